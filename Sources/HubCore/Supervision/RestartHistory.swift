// SPDX-License-Identifier: Apache-2.0

/// The recent ends of one child: whether it may be started again, and when.
///
/// An idle child pays one word for it.
package struct RestartHistory: Hashable, Sendable {
    /// When it was allowed to restart, oldest first; at most as many as the limit.
    private var restarts: [Instant] = []

    package init() {}

    package var isEmpty: Bool { restarts.isEmpty }

    package enum Verdict: Hashable, Sendable {
        case restart(after: Duration)
        /// It failed so often in a row that it is left alone for a while.
        case quarantine(failures: Int)
    }

    /// The instance ended and is to run again.
    package mutating func ended(at now: Instant, _ settings: RestartSettings) -> Verdict {
        restarts.removeAll { $0.advanced(by: settings.childWindow) <= now }
        let failures = restarts.count
        guard failures < settings.perChild else {
            restarts = []
            return .quarantine(failures: failures + 1)
        }
        restarts.append(now)
        return .restart(after: Self.wait(before: failures, settings))
    }

    /// Nothing, then the shortest wait, then twice as long each time.
    private static func wait(before failures: Int, _ settings: RestartSettings) -> Duration {
        guard failures > 0 else { return .zero }
        let wait = settings.shortestWait * (1 << min(failures - 1, 20))
        return min(wait, settings.longestWait)
    }
}
