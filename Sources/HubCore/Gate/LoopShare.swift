// SPDX-License-Identifier: Apache-2.0

/// How much of one round of an event loop turns may take: all connections that the loop serves share it, because each of
/// them waits for all.
package struct LoopShare: Hashable, Sendable {
    private var spent: Duration = .zero

    package init() {}

    /// Whether another turn may begin in this round.
    package var hasRoom: Bool { spent < Limits.loopShare }

    /// A turn held the loop up.
    ///
    /// - Returns: whether it was the first of the round, so that somebody has to tell when the round is over.
    package mutating func spend(_ time: Duration) -> Bool {
        defer { spent += max(time, .nanoseconds(1)) }
        return spent == .zero
    }

    /// The loop has done everything else that was to be done.
    package mutating func beginRound() { spent = .zero }
}
