// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// Whether the initializer of a kind is so short that it may run on the thread that orders the instance: the same rule as
/// for turns.
struct MakingPace {
    private var turns: TurnPace

    init(turns: TurnPace = TurnPace()) { self.turns = turns }

    /// A kind that has shown it, for those who test what follows.
    static var proven: MakingPace { MakingPace(turns: .proven) }

    var isProven: Bool { turns.isProven }

    /// It returned without having waited, and the kind has no body.
    ///
    /// - Parameter isOnLoop: whether an event loop waited for it.
    mutating func ended(after time: Duration, isOnLoop: Bool, at now: Instant) {
        if isOnLoop { _ = turns.ranOnLoop(for: time, at: now) } else { turns.ranElsewhere(for: time, at: now) }
    }

    /// It waits for something, or a body goes on.
    mutating func left() {
        if turns.leftLoop() == nil { turns.ranElsewhere(for: Limits.slowTurn, at: .zero) }
    }
}
