// SPDX-License-Identifier: Apache-2.0

public import Distributed
internal import HubCore

extension HubProcess {
    /// Sends a call and does not wait for it: no reply, executed at most once.
    ///
    /// ```swift
    /// try await counter.cast { try await $0.increment(by: 1) }
    /// ```
    ///
    /// The closure's first call to the process it is given is the cast; nothing after it runs. Calls to other processes
    /// before it are calls. Calls and casts that one task sends to one process run in the order sent while the process
    /// stays where it is; those of a kind whose turns are concurrent begin in no order. A cast that waits for the
    /// node's call deadline is dropped, one that runs for so long is cancelled.
    ///
    /// - Throws: ``HubError`` if the call could not be sent (not executed). What happens to it afterwards is not told.
    public nonisolated func cast<T>(_ call: @Sendable (Self) async throws -> T) async throws {
        // From inside the process too: a cast takes its place in the queue like any other.
        let target = try Self.resolve(id: id, using: actorSystem)
        var frame = CallFrame.current
        frame.castTarget = CastTarget(id)
        do {
            _ = try await CallFrame.$current.withValue(frame) { try await call(target) }
        } catch is CastSent {
            return
        }
        throw HubError(
            .invalidConfiguration, "the closure of a cast made no call to the process it was given",
            outcome: .notExecuted)
    }

    /// Runs a closure inside the process, as one turn, if it runs on this node.
    ///
    /// The standard `whenLocal` always gives nil on a reference of ours.
    ///
    /// - Returns: what the closure returned, or `nil` if the process does not run here; the closure was not called then.
    /// - Throws: ``HubError`` if the process is here and the turn was not admitted (not executed), and what the closure
    ///   throws.
    // Made for the caller's types, it costs less than half; in the caller's own frame, it enters no executor in vain.
    @inlinable
    @inline(__always)
    public nonisolated func withLocal<T: Sendable>(
        _ body: @Sendable (isolated Self) async throws -> T
    ) async throws -> T? {
        let calls = actorSystem.calls
        var quick = try calls.enterAtOnce(id, as: Self.self)
        if quick == nil { quick = try await calls.enter(id, as: Self.self) }
        guard let turn = quick else { return nil }
        defer { calls.leave(turn) }
        let process = unsafeDowncast(turn.process, to: Self.self)  // Of this type, as just compared.
        return try await CallFrame.slot.withValue(turn.frame) { try await process.whenLocal(body) }
    }
}

/// Bounds every call that the closure makes, a turn on this node too.
///
/// A call waits, is routed and is sent again for as long as its node's `callDeadline` says, 5 seconds by default, unless
/// a shorter or longer time is given here. A turn on this node runs in its caller's task and can only be bounded by this
/// function, which gives it a task of its own. The closure of `withLocal` is bounded only until it begins.
///
/// - Parameter time: how long the calls may take together, from now.
/// - Throws: what the closure throws; a call whose time is over throws ``HubError`` with
///   ``HubError/Code/deadlineExceeded`` and says whether it may have been executed.
public func withDeadline<T>(
    _ time: Duration, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> T
) async rethrows -> T {
    var frame = CallFrame.current
    let end = Clock.elapsed().advanced(by: time)
    frame.bound(at: end)
    return try await CallFrame.$current.withValue(frame, operation: body, isolation: isolation)
}
