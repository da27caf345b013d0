// SPDX-License-Identifier: Apache-2.0

/// What this node does with one child that is its own to run.
package struct Hosted: Hashable, Sendable {
    package let slot: SlotReference
    package var epoch: Epoch
    package var state: State
    /// Hooks were told that it is activated, and are to be told when it no longer is.
    package var isActivated = false
    /// It stands in the line of those that wait for a place among the leaving ones.
    package var waitsToLeave = false
    package var cause: ActivationCause
    /// Empty, or one element; behind what is small, so that no room is left between.
    private var rare: [Rare] = []

    /// What few children have: an idle one pays a word for it.
    private struct Rare: Hashable, Sendable {
        var history = RestartHistory()
        var met = Epoch.none
        var begun = Epoch.none
        var failedMoves: UInt8 = 0
        var staysUntil = Instant(nanoseconds: .min)
        var rest: State?
        static let none = Rare()
    }

    package init(slot: SlotReference, epoch: Epoch, cause: ActivationCause) {
        self.slot = slot
        self.epoch = epoch
        self.cause = cause
        state = .queued
    }

    package var history: RestartHistory {
        get { known.history }
        set { note { $0.history = newValue } }
    }

    /// The highest epoch of another instance that this one was renewed against.
    package var met: Epoch {
        get { known.met }
        set { note { $0.met = newValue } }
    }

    /// The epoch under which its instance was made, if it was renewed since; else none. Word of its end may come under any
    /// from there on: the instance may have ended before it was to go on under a later one.
    package var begun: Epoch {
        get { known.begun }
        set { note { $0.begun = newValue } }
    }

    /// Whether an instance that is told of under this epoch is the one that it runs.
    package func runs(_ epoch: Epoch) -> Bool {
        epoch == self.epoch || (begun != .none && begun <= epoch && epoch < self.epoch)
    }

    /// Moves of it that failed in a row.
    package var failedMoves: UInt8 {
        get { known.failedMoves }
        set { note { $0.failedMoves = newValue } }
    }

    /// It does not leave before.
    package var staysUntil: Instant {
        get { known.staysUntil }
        set { note { $0.staysUntil = newValue } }
    }

    /// What it waited for when it was offered to another node, and waits for again if nobody takes it.
    package var rest: State? {
        get { known.rest }
        set { note { $0.rest = newValue } }
    }

    private var known: Rare { rare.isEmpty ? .none : rare[0] }

    private mutating func note(_ change: (inout Rare) -> Void) {
        var known = known
        change(&known)
        if known == .none { rare = [] } else { rare = [known] }
    }

    /// What few are in lies apart, so that an idle child pays little for it.
    package enum State: Hashable, Sendable {
        /// It waits for a place among the parallel starts. → claiming, or gone
        case queued
        /// The authority was asked. → starting, waiting, or gone
        case claiming
        /// Its instance is being made. → active, ending, waiting, quarantined, or gone
        case starting
        /// → offering, ending, waiting, quarantined, or gone
        case active
        /// Its instance ended; it is started again then. → queued, offering, or gone
        case waiting(until: Instant)
        /// It failed too often. → queued, offering, or gone
        case quarantined(until: Instant)
        /// Another node was asked to take it. `isRunning`: it serves meanwhile. → active, waiting, ending, moved, or gone
        indirect case offering(MoveAttempt, isRunning: Bool, until: Instant, sent: UInt8)
        /// Its instance is being stopped. → moved, or gone
        indirect case ending(After)
        /// It is to run on another node. → arrived, offering, queued, or gone
        indirect case moved(MoveAttempt)
        /// It runs there; the record is kept a little longer. → gone
        indirect case arrived(MoveAttempt, until: Instant)
    }

    package enum After: Hashable, Sendable {
        case gone
        case move(MoveAttempt)
    }

    /// What the slice shows of it.
    package var copy: Copy {
        switch state {
        case .queued, .claiming, .starting: Copy(epoch: epoch, status: .starting)
        case .active, .offering(_, isRunning: true, _, _): Copy(epoch: epoch, status: .active)
        case .waiting, .offering(_, isRunning: false, _, _): Copy(epoch: epoch, status: .idle)
        case .quarantined, .ending(.gone): Copy(epoch: epoch, status: .idle)
        case .ending(.move(let move)): Copy(epoch: epoch, status: .moving(to: move.target, move.epoch))
        case .moved(let move), .arrived(let move, _):
            Copy(epoch: epoch, status: .moved(to: move.target, move.epoch))
        }
    }

    /// What the reconciler looks at.
    package func fact(lifeBegan: Stamp) -> OwnFact {
        switch state {
        case .waiting, .quarantined, .offering(_, isRunning: false, _, _): .idle(epoch)
        case .queued, .claiming, .starting: .starting(epoch)
        case .active, .offering(_, isRunning: true, _, _):
            epoch.stamp < lifeBegan ? .held(epoch) : .running(epoch, version: 0, met: met)
        case .ending: .ending(epoch)
        case .moved(let move), .arrived(let move, _): .moved(to: move.target, move.epoch)
        }
    }
}
