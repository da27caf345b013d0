// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import Synchronization

/// Bounds how often one kind of event is logged; every one of them is counted elsewhere.
final class LogRate: Sendable {
    private struct State {
        var second: Int64 = 0
        var lines = 0
    }

    private let state = Mutex(State())

    /// Whether another line may be written now.
    func admits(at now: Instant) -> Bool {
        let second = now.nanoseconds / 1_000_000_000
        return state.withLock { state in
            if state.second != second { state = State(second: second) }
            state.lines += 1
            return state.lines <= Limits.logLinesPerSecond
        }
    }
}
