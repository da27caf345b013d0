// SPDX-License-Identifier: Apache-2.0

/// A call at the gate of a process.
package struct Arrival<Waiter: Sendable>: Sendable {
    /// The turn this call will be if it runs; minted anew for each arrival, so it also names this sending.
    package var turn: TurnID
    package var source: CallSource
    /// The turns that wait for this call, at most `Limits.chainTurns`.
    package var chain: [TurnID]
    package var deadline: Instant
    /// Who is told when the call may run, or why it may not.
    package var waiter: Waiter

    package init(turn: TurnID, source: CallSource, chain: [TurnID], deadline: Instant, waiter: Waiter) {
        self.turn = turn
        self.source = source
        self.chain = chain
        self.deadline = deadline
        self.waiter = waiter
    }
}

/// Where a call comes from.
package enum CallSource: Hashable, Sendable {
    /// A caller on this node: it hears the answer for sure, so it needs no request id.
    case local(hint: Epoch)
    /// A connection, also one that leads back to the caller's own node.
    case wire(RequestID, CallMode)
}

/// What a gate says to a call from this node that it has not taken in yet.
package enum LocalAdmission: Hashable, Sendable {
    /// The turn has begun. The caller runs it and says `finish`.
    case run
    /// It must wait: bring it with `arrive`.
    case wait
    /// It was not executed and never will be.
    case refuse(Refusal)
}

/// What a gate says to an arrival.
package enum Admission: Hashable, Sendable {
    /// The turn has begun. The driver runs it and says `finish`.
    case run
    /// It waits for its turn, in the mailbox or in the park; the gate holds its waiter.
    case waiting
    /// An earlier sending of the same request waits or runs; the gate holds the waiter until that one's answer.
    case joined
    /// It was executed before; this is its answer.
    case answer(StoredReply)
    /// Not executed: the caller must send it to this very instance once more, expecting the instance's own epoch.
    case redirectHere
    /// Not executed now; what that says about the request depends on the refusal and on the mode of the sending.
    case refuse(Refusal)
}

/// A call that was let in and whose turn begins now.
package struct TurnStart<Waiter: Sendable>: Sendable {
    package var turn: TurnID
    /// `nil` for a call from this node.
    package var request: RequestID?
    package var waiter: Waiter

    package init(turn: TurnID, request: RequestID?, waiter: Waiter) {
        self.turn = turn
        self.request = request
        self.waiter = waiter
    }
}

/// What follows from the end of a turn.
package enum Finished<Waiter: Sendable>: Sendable {
    /// Nobody waits for it.
    case idle
    case follow(FollowUp<Waiter>)
}

package struct FollowUp<Waiter: Sendable>: Sendable {
    /// Later sendings of the same request: each gets the reply too.
    package var answers: [Waiter]
    /// The turns that begin now.
    package var starts: [TurnStart<Waiter>]
    /// This was the last turn that a seal waited for.
    package var isSealed: Bool

    package init(answers: [Waiter], starts: [TurnStart<Waiter>], isSealed: Bool) {
        self.answers = answers
        self.starts = starts
        self.isSealed = isSealed
    }
}

/// What follows when the caller of a sending no longer waits for it.
package struct Withdrawal<Waiter: Sendable>: Sendable {
    /// Sendings that leave the gate: each is to be refused with the reason of the withdrawal.
    package var refused: [Waiter]
    /// The turn that now runs for nobody: its task is to be cancelled.
    package var cancelled: TurnID?

    package init(refused: [Waiter], cancelled: TurnID?) {
        self.refused = refused
        self.cancelled = cancelled
    }
}

/// What follows when a process is stopped.
package struct Stopped<Waiter: Sendable>: Sendable {
    /// Calls that were not executed and never will be.
    package var refused: [Waiter]
    /// Turns whose tasks are to be cancelled; each still says `finish`.
    package var cancelled: [TurnID]

    package init(refused: [Waiter], cancelled: [TurnID]) {
        self.refused = refused
        self.cancelled = cancelled
    }
}

extension Arrival: Equatable where Waiter: Equatable {}
extension Arrival: Hashable where Waiter: Hashable {}
extension TurnStart: Equatable where Waiter: Equatable {}
extension TurnStart: Hashable where Waiter: Hashable {}
extension FollowUp: Equatable where Waiter: Equatable {}
extension FollowUp: Hashable where Waiter: Hashable {}
extension Finished: Equatable where Waiter: Equatable {}
extension Finished: Hashable where Waiter: Hashable {}
extension Withdrawal: Equatable where Waiter: Equatable {}
extension Withdrawal: Hashable where Waiter: Hashable {}
extension Stopped: Equatable where Waiter: Equatable {}
extension Stopped: Hashable where Waiter: Hashable {}
