// SPDX-License-Identifier: Apache-2.0

package import HubCore

// What an enum with payloads has for cases, without them. The switches are exhaustive: a case that is added does not
// compile until it has a mark, and a campaign fails until it was reached.

extension NodeEvent {
    package enum Kind: UInt8, CaseIterable, Sendable {
        case started, candidatesFound, hubStarted, hubStopped, drainAsked, leaveAsked, timePassed, linkUp, linkDown,
            dialFailed, peerRenewed, received
    }

    package var kind: Kind {
        switch self {
        case .started: .started
        case .candidatesFound: .candidatesFound
        case .hubStarted: .hubStarted
        case .hubStopped: .hubStopped
        case .drainAsked: .drainAsked
        case .leaveAsked: .leaveAsked
        case .timePassed: .timePassed
        case .linkUp: .linkUp
        case .linkDown: .linkDown
        case .dialFailed: .dialFailed
        case .peerRenewed: .peerRenewed
        case .received: .received
        }
    }
}

extension NodeEffect {
    package enum Kind: UInt8, CaseIterable, Sendable {
        case send, connect, dialSeed, forgetSeed, disconnect, renew, viewChanged, rosterChanged, nameTaken, left, note
    }

    package var kind: Kind {
        switch self {
        case .send: .send
        case .connect: .connect
        case .dialSeed: .dialSeed
        case .forgetSeed: .forgetSeed
        case .disconnect: .disconnect
        case .renew: .renew
        case .viewChanged: .viewChanged
        case .rosterChanged: .rosterChanged
        case .nameTaken: .nameTaken
        case .left: .left
        case .note: .note
        }
    }
}

extension MembershipNote {
    package enum Kind: UInt8, CaseIterable, Sendable {
        case joined, suspected, cleared, died, wentAway, draining, damped, paused, renewed, nameClash, alone
    }

    package var kind: Kind {
        switch self {
        case .joined: .joined
        case .suspected: .suspected
        case .cleared: .cleared
        case .died: .died
        case .wentAway: .wentAway
        case .draining: .draining
        case .damped: .damped
        case .paused: .paused
        case .renewed: .renewed
        case .nameClash: .nameClash
        case .alone: .alone
        }
    }
}

extension NodeMessage {
    package enum Kind: UInt8, CaseIterable, Sendable {
        case probe, answer, ask, reached, missed, news, greet, greeted, compare, table, leaving, noted, doubt, verdict
    }

    /// `nil` for what only a newer version says: no simulated node does.
    package var kind: Kind? {
        guard case .membership(let message) = self else { return nil }
        switch message.body {
        case .probe: return .probe
        case .answer: return .answer
        case .ask: return .ask
        case .reached: return .reached
        case .missed: return .missed
        case .news: return .news
        case .greet: return .greet
        case .greeted: return .greeted
        case .compare: return .compare
        case .table: return .table
        case .leaving: return .leaving
        case .noted: return .noted
        case .doubt: return .doubt
        case .verdict: return .verdict
        case .unknown: return nil
        }
    }
}

extension Rumour {
    package enum Kind: UInt8, CaseIterable, Sendable {
        case alive, suspected, ended, dead, outranked, left
    }

    package var kind: Kind {
        switch self {
        case .alive: .alive
        case .suspected: .suspected
        case .ended: .ended
        case .dead: .dead
        case .outranked: .outranked
        case .left: .left
        }
    }
}

extension DialFault {
    package enum Kind: UInt8, CaseIterable, Sendable {
        case refused, unreachable, ownAddress, turnedAway, nameTaken
    }

    package var kind: Kind {
        switch self {
        case .refused: .refused
        case .unreachable: .unreachable
        case .ownAddress: .ownAddress
        case .turnedAway: .turnedAway
        case .nameTaken: .nameTaken
        }
    }
}

extension Fault {
    package enum Kind: UInt8, CaseIterable, Sendable {
        case crash, vanish, pause, slow, cut, cutOneWay, split, reject, sever, lose, double, delay, jump, drain, leave,
            start,
            twin, find, startHub, stopHub
    }

    /// `nil` for what ends a fault.
    package var kind: Kind? {
        switch self {
        case .crash: .crash
        case .vanish: .vanish
        case .pause: .pause
        case .slow: .slow
        case .cut(_, _, let both, _): both ? .cut : .cutOneWay
        case .split: .split
        case .reject: .reject
        case .sever: .sever
        case .lose: .lose
        case .double: .double
        case .delay: .delay
        case .jump: .jump
        case .drain: .drain
        case .leave: .leave
        case .start: .start
        case .twin: .twin
        case .find: .find
        case .startHub: .startHub
        case .stopHub: .stopHub
        case .heal, .healAll, .resume: nil
        }
    }
}
