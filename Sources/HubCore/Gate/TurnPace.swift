// SPDX-License-Identifier: Apache-2.0

/// Whether the turns of one method are so short that they may run on the event loop that their calls arrive on.
///
/// Waking a thread for a turn costs several times what a short turn takes. But whatever runs on a loop holds up all that
/// the loop serves, so a method has to show first that its turns are short, and loses the right when they are not: a long
/// turn costs what several short ones earn, the more the longer it was. One in twenty may be a little longer, as on any
/// machine that has other work.
package struct TurnPace: Hashable, Sendable {
    private enum State: Hashable, Sendable {
        /// What short turns have earned. → proven
        case measured(credit: Int)
        /// May run on a loop, as long as there is credit. → measured, resting, barred
        case proven(credit: Int)
        /// Held up a loop. → measured
        case resting(until: Instant)
        /// Held up a loop for so long that it never runs on one again.
        case barred
    }

    /// What a turn on a loop cost its method.
    package enum Demotion: Hashable, Sendable {
        /// Until it has shown again that its turns are short.
        case measured
        /// For ``Limits/slowTurnRest``.
        case resting
        case barred
    }

    private var state = State.measured(credit: 0)
    /// How much credit it takes; more for a method whose turns suspended or were slow.
    private var needed = Limits.provenTurns

    package init() {}

    /// A method that has shown it, for those who test what follows.
    package static var proven: TurnPace {
        var pace = TurnPace()
        pace.state = .proven(credit: Limits.provenTurns)
        return pace
    }

    /// Whether the next turn may run on a loop.
    package var isProven: Bool {
        if case .proven = state { true } else { false }
    }

    /// A turn ran on a thread of the pool.
    ///
    /// - Parameter time: from its beginning to its end, waiting included.
    package mutating func ranElsewhere(for time: Duration, at now: Instant) {
        switch state {
        case .measured(let credit):
            let credit = Self.credit(credit, after: time)
            state = credit < needed ? .measured(credit: max(0, credit)) : .proven(credit: Limits.provenTurns)
        case .resting(let end) where now >= end:
            state = .measured(credit: 0)
        case .proven, .resting, .barred: break
        }
    }

    private static func credit(_ credit: Int, after time: Duration) -> Int {
        if time < Limits.shortTurn { return credit + 1 }
        if time >= Limits.slowTurn { return 0 }
        return credit - Limits.longTurnCost * Int(time.wholeNanoseconds / Limits.shortTurn.wholeNanoseconds)
    }

    /// A turn ran on a loop and has ended.
    ///
    /// - Parameter time: for how long it kept the loop from other work.
    /// - Returns: what that cost the method, if it did.
    package mutating func ranOnLoop(for time: Duration, at now: Instant) -> Demotion? {
        if time >= Limits.blockingTurn {
            state = .barred
            return .barred
        }
        guard case .proven(let credit) = state else { return nil }  // Another loop's turn was told first.
        if time >= Limits.slowTurn {
            state = .resting(until: now.advanced(by: Limits.slowTurnRest))
            raiseNeed()
            return .resting
        }
        let left = min(Limits.provenTurns, Self.credit(credit, after: time))
        state = left > 0 ? .proven(credit: left) : .measured(credit: 0)
        return left > 0 ? nil : .measured
    }

    /// A turn began on a loop and suspended: it goes on elsewhere, and a thread was woken after all.
    package mutating func leftLoop() -> Demotion? {
        guard isProven else { return nil }
        state = .measured(credit: 0)
        raiseNeed()
        return .measured
    }

    private mutating func raiseNeed() {
        needed = min(needed * 2, Limits.provenTurnsMost)
    }
}
