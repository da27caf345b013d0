// SPDX-License-Identifier: Apache-2.0

internal import HubCore

// What connections say about nodes: the transport's reasons in the words of membership.

extension LinkEnd {
    /// What the end of an admitted connection says about its peer.
    init(_ loss: LinkLoss) {
        self =
            switch loss {
            case .closedByPeer: .closed
            case .goodbye: .goodbye
            case .refusedByPeer(let refusal) where refusal.reason == .leaving: .goodbye
            case .silent, .nameClash: .silent
            case .failed, .noListener: .broken
            default: .ours
            }
    }
}

extension DialFault {
    /// Why an address led to nobody; `nil` if that says nothing: the pair has a connection, or this end gave up.
    init?(_ loss: LinkLoss) {
        switch loss {
        case .duplicate, .replaced, .evicted, .forgotten, .shutdown: return nil
        case .refused(let reason):
            guard reason != .duplicate, reason != .leaving else { return nil }
            self = reason == .ownAddress ? .ownAddress : .turnedAway
        case .refusedByPeer(let refusal):
            guard let fault = DialFault(refusal.reason) else { return nil }
            self = fault
        case .noListener: self = .refused
        case .untrusted, .untrustedByPeer, .notLoopback, .garbage: self = .turnedAway
        case .closedByPeer, .goodbye, .failed, .silent, .slowReader, .nameClash, .late: self = .unreachable
        }
    }

    /// What the node at an address said.
    private init?(_ reason: HandshakeRefusal.Reason) {
        switch reason {
        case .duplicate: return nil
        case .ownAddress: self = .ownAddress
        case .ownName, .nameTaken: self = .nameTaken
        // It may do in a moment.
        case .leaving, .busy, .late: self = .unreachable
        default: self = .turnedAway
        }
    }
}
