// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubTransport

/// Time and the event loops as a driver needs them. Tests have a clock of their own.
protocol DriverTime: Sendable {
    func now() -> Instant
    /// Calls `body` after `delay`, at once if that is not positive; never before this returns.
    func wake(after delay: Duration, _ body: @escaping @Sendable () -> Void)
    /// Calls `body` soon, on another stack.
    func soon(_ body: @escaping @Sendable () -> Void)
    /// Calls `body` once every event loop has handed on what its connections had received until now.
    func afterReading(_ body: @escaping @Sendable () -> Void)
}

/// Real time, on the event loops that all nodes of the process share.
struct LoopTime: DriverTime {
    func now() -> Instant { Clock.now() }
    func wake(after delay: Duration, _ body: @escaping @Sendable () -> Void) { LoopTimer.after(delay, body) }
    func soon(_ body: @escaping @Sendable () -> Void) { LoopTimer.soon(body) }
    func afterReading(_ body: @escaping @Sendable () -> Void) { ReadRound.after(body) }
}
