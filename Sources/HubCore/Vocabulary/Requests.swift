// SPDX-License-Identifier: Apache-2.0

/// Names one call for as long as anyone may ask about it: the caller's incarnation and a number that only grows.
package struct RequestID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let caller: Incarnation
    package let sequence: UInt64

    package init(caller: Incarnation, sequence: UInt64) {
        self.caller = caller
        self.sequence = sequence
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.caller == right.caller ? left.sequence < right.sequence : left.caller < right.caller
    }
    package var description: String { "\(caller)/\(sequence)" }
}

/// Names one turn: one call executing in a process. A call carries the ids of the turns that wait for it.
package struct TurnID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let incarnation: Incarnation
    package let sequence: UInt64

    package init(incarnation: Incarnation, sequence: UInt64) {
        self.incarnation = incarnation
        self.sequence = sequence
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.incarnation == right.incarnation
            ? left.sequence < right.sequence : left.incarnation < right.incarnation
    }
    package var description: String { "\(incarnation):\(sequence)" }
}

/// Where an activation of a child is: the node that hosts it and its epoch.
package struct Route: Hashable, Sendable, CustomStringConvertible {
    package var node: NodeName
    package var epoch: Epoch

    package init(node: NodeName, epoch: Epoch) {
        self.node = node
        self.epoch = epoch
    }
    package var description: String { "\(node)@\(epoch)" }
}

/// How a call is sent: for the first time as far as its effect can tell, or again after a sending whose fate is unknown.
package enum CallMode: Hashable, Sendable {
    /// Every earlier sending was itself answered *not executed*. `hint` is the epoch the caller expects.
    case first(hint: Epoch)
    /// An earlier sending may have been executed. `first` is the hint of the first such sending, `hint` the epoch the
    /// caller expects now.
    case again(first: Epoch, hint: Epoch)

    /// The epoch of the route this sending took.
    package var hint: Epoch {
        switch self {
        case .first(let hint), .again(_, let hint): hint
        }
    }
}

/// Why a process, or the node that should host it, did not execute a sending (or cannot say whether it did).
package enum Refusal: Hashable, Sendable {
    /// The activation is elsewhere, or here under another epoch. To a `first`: not executed.
    case redirect(Route)
    /// This node hosts no activation of the child. To a `first`: not executed.
    case notHere
    /// The caller expects a higher epoch than this activation has. To a `first`: not executed.
    case stale(own: Epoch)
    /// The mailbox, the park or the node's memory for waiting arguments is full. To a `first`: not executed.
    case overloaded
    /// The process was stopped. To a `first`: not executed.
    case stopped
    /// The sending's deadline passed while it waited. To a `first`: not executed.
    case deadlinePassed
    /// The sending was cancelled while it waited. To a `first`: not executed.
    case cancelled
    /// The node has no quorum and starts nothing. To a `first`: not executed.
    case partitioned
    /// The window no longer knows the request, and it may have been executed.
    case expired
    /// The request may have been executed in a line of state that this activation does not continue.
    case unknown
    /// Executed; the reply was dropped to keep memory bounded.
    case replyGone
}
