// SPDX-License-Identifier: Apache-2.0

/// Whether the turns of one method are so short that they may run on the event loop that their calls arrive on.
///
/// Waking a thread for a turn costs several times what a short turn takes. But whatever runs on a loop holds up all that
/// the loop serves, so a method has to show first that its turns are short, and loses the right with the first that is
/// not.
package struct TurnPace: Hashable, Sendable {
    private enum State: Hashable, Sendable {
        /// So many turns in a row were short. → proven
        case measured(streak: Int)
        /// May run on a loop. → measured, resting, barred
        case proven
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

    private var state = State.measured(streak: 0)
    /// How many short turns in a row it takes; more for a method whose turns suspended or were slow.
    private var needed = Limits.provenTurns

    package init() {}

    /// A method that has shown it, for those who test what follows.
    package static var proven: TurnPace {
        var pace = TurnPace()
        pace.state = .proven
        return pace
    }

    /// Whether the next turn may run on a loop.
    package var isProven: Bool { state == .proven }

    /// A turn ran on a thread of the pool.
    ///
    /// - Parameter time: from its beginning to its end, waiting included.
    package mutating func ranElsewhere(for time: Duration, at now: Instant) {
        switch state {
        case .measured(let streak):
            state = time >= Limits.shortTurn ? .measured(streak: 0) : grown(streak)
        case .resting(let end) where now >= end:
            state = .measured(streak: 0)
        case .proven, .resting, .barred: break
        }
    }

    private func grown(_ streak: Int) -> State {
        streak + 1 < needed ? .measured(streak: streak + 1) : .proven
    }

    /// A turn ran on a loop and has ended.
    ///
    /// - Parameter time: for how long it kept the loop from other work.
    /// - Returns: what that cost the method, if it did.
    package mutating func ranOnLoop(for time: Duration, at now: Instant) -> Demotion? {
        if time < Limits.shortTurn { return nil }
        if time >= Limits.blockingTurn {
            state = .barred
            return .barred
        }
        guard state == .proven else { return nil }  // Another loop's turn was told first.
        if time >= Limits.slowTurn {
            state = .resting(until: now.advanced(by: Limits.slowTurnRest))
            raiseNeed()
            return .resting
        }
        state = .measured(streak: 0)
        return .measured
    }

    /// A turn began on a loop and suspended: it goes on elsewhere, and a thread was woken after all.
    package mutating func leftLoop() -> Demotion? {
        guard state == .proven else { return nil }
        state = .measured(streak: 0)
        raiseNeed()
        return .measured
    }

    private mutating func raiseNeed() {
        needed = min(needed * 2, Limits.provenTurnsMost)
    }
}
