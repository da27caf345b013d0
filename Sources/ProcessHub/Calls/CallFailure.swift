// SPDX-License-Identifier: Apache-2.0

internal import HubCore

extension HubError.Code {
    /// What a call's error says of its code, in words.
    var words: String {
        switch self {
        case .deadlineExceeded: "the deadline passed"
        case .unknownProcess: "no such process is wished for"
        case .overloaded: "too much waits for the peer already"
        case .processStopped: "the process was stopped"
        case .cancelled: "the caller was cancelled"
        case .tooLarge: "the call does not fit a frame"
        case .partitioned: "the host sees no quorum"
        case .expired: "the process no longer remembers the request"
        case .connectionLost: "the connection was lost and whether it was executed cannot be learned"
        case .replyGone: "executed, and its reply was dropped"
        default: description
        }
    }
}

extension HubError {
    /// What a caller is told when a process refused its call.
    ///
    /// - Parameter outcome: what is known of *all* sendings of the call, which the refusal alone cannot say.
    init(refused refusal: Refusal, _ call: String, outcome: Outcome) {
        switch refusal {
        case .redirect, .notHere:
            self.init(.deadlineExceeded, "\(call): no node hosts the process", outcome: outcome)
        case .stale:
            self.init(.stale, "\(call): the activation was superseded", outcome: outcome)
        case .overloaded:
            self.init(.overloaded, "\(call): the mailbox is full", outcome: outcome)
        case .stopped:
            self.init(.processStopped, "\(call): the process was stopped", outcome: outcome)
        case .deadlinePassed:
            self.init(.deadlineExceeded, "\(call): the deadline passed while the call waited", outcome: outcome)
        case .cancelled:
            self.init(.cancelled, "\(call): cancelled", outcome: outcome)
        case .partitioned:
            self.init(.partitioned, "\(call): the node sees no quorum", outcome: outcome)
        case .expired:
            self.init(.expired, "\(call): the process no longer remembers the request", outcome: outcome)
        case .unknown:
            self.init(.connectionLost, "\(call): whether it was executed cannot be learned", outcome: outcome)
        case .replyGone:
            self.init(.replyGone, "\(call): executed, and its reply was dropped", outcome: .executed)
        }
    }
}
