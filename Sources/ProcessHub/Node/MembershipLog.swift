// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import Logging

/// Logs and counts what membership notices: each is counted, and so many a second are logged.
struct MembershipLog: Sendable {
    let logger: Logger
    let meters: Meters
    private let rate = LogRate()

    init(logger: Logger, meters: Meters) {
        self.logger = logger
        self.meters = meters
    }

    func note(_ note: MembershipNote) {
        meters.membership(note.word)
        guard rate.admits(at: Clock.elapsed()) else { return }
        logger.log(level: note.isGrave ? .warning : .info, "\(note)")
    }
}

extension MembershipNote: CustomStringConvertible {
    /// A short constant word to count it under.
    var word: String {
        switch self {
        case .joined: "joined"
        case .suspected: "suspected"
        case .cleared: "cleared"
        case .died: "died"
        case .wentAway: "left"
        case .draining: "draining"
        case .damped: "damped"
        case .paused: "paused"
        case .renewed: "renewed"
        case .nameClash: "name-clash"
        case .alone: "alone"
        }
    }

    /// Whether something is wrong.
    var isGrave: Bool {
        switch self {
        case .joined, .cleared, .wentAway, .draining, .alone: false
        case .suspected, .died, .damped, .paused, .renewed, .nameClash: true
        }
    }

    package var description: String {
        switch self {
        case .joined(let node, let life): "\(Escaped(node.rawValue)) joined, incarnation \(life)"
        case .suspected(let node, _): "\(Escaped(node.rawValue)) does not answer and is suspected"
        case .cleared(let node, _): "\(Escaped(node.rawValue)) answers again"
        case .died(let node, let life, let cause):
            "\(Escaped(node.rawValue)) is dead, incarnation \(life): \(cause.words)"
        case .wentAway(let node, _): "\(Escaped(node.rawValue)) left"
        case .draining(let node): "\(Escaped(node.rawValue)) drains"
        case .damped(let node, let time): "\(Escaped(node.rawValue)) comes and goes: it gets nothing new for \(time)"
        case .paused(let time): "this node was stopped for \(time); it serves nothing until a member counts it in"
        case .renewed(let old, let new):
            "this node was declared dead as \(old) and goes on under the incarnation \(new)"
        case .nameClash(let node, let one, let other):
            "two living nodes claim the name \(Escaped(node.rawValue)): incarnations \(one) and \(other)"
        case .alone: "no other node was found: this one is alone"
        }
    }
}

extension MembershipNote.DeathCause {
    fileprivate var words: String {
        switch self {
        case .silence: "nothing was heard of it"
        case .processEnded: "its connection closed and nothing listens at its address"
        case .restarted: "a new life of it is here"
        case .nameTaken: "another node has its name"
        }
    }
}
