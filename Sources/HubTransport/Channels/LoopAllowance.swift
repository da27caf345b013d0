// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import HubCore
internal import NIOCore
internal import Synchronization

/// What others than the transport may run on one event loop, and how long that held the loop up.
package final class LoopAllowance: Sendable {
    private struct State {
        var share = LoopShare()
        /// What the loop's thread had used when the first turn of the round began.
        var usage: ThreadUsage?
    }

    private let loop: any EventLoop
    private let state = Mutex(State())

    init(_ loop: any EventLoop) {
        self.loop = loop
    }

    /// Asks to run something short on the loop's thread, which the caller is on.
    ///
    /// - Returns: whether there is room in this round of the loop.
    package func begin() -> Bool {
        guard loop.inEventLoop else { return false }
        return state.withLock { state in
            guard state.share.hasRoom else { return false }
            if state.usage == nil { state.usage = .ofThisThread() }
            return true
        }
    }

    /// What was begun has ended, or goes on elsewhere.
    ///
    /// - Returns: how long it kept the loop from other work by its own doing: time in which the thread was ready to run
    ///   and the system ran others does not count.
    package func end(after time: Duration) -> Duration {
        let (isFirst, before) = state.withLock { ($0.share.spend(time), $0.usage) }
        if isFirst { loop.execute { self.beginRound() } }
        guard time >= Limits.shortTurn, let before, let now = ThreadUsage.ofThisThread() else { return time }
        return now.waits > before.waits ? time : min(time, before.time.duration(to: now.time))
    }

    /// Runs `body` on the loop, as soon as it comes to it.
    package func whenFree(_ body: @escaping @Sendable () -> Void) { loop.execute(body) }

    /// Runs when the loop has handled all that it found to be read.
    private func beginRound() {
        state.withLock { state in
            state.share.beginRound()
            state.usage = nil
        }
    }
}

/// What a thread has used so far.
private struct ThreadUsage: Sendable {
    /// CPU time, as an instant on the thread's own clock.
    let time: Instant
    /// How often it waited for something.
    let waits: Int

    /// - Returns: `nil` where the system does not tell.
    static func ofThisThread() -> ThreadUsage? {
        #if os(Linux)
            var usage = rusage()
            // RUSAGE_THREAD, which the C library shows to GNU programs only.
            guard getrusage(1, &usage) == 0 else { return nil }
            let times = [usage.ru_utime, usage.ru_stime]
            let time = times.reduce(Int64(0)) { $0 + Int64($1.tv_sec) * 1_000_000_000 + Int64($1.tv_usec) * 1_000 }
            return ThreadUsage(time: Instant(nanoseconds: time), waits: usage.ru_nvcsw)
        #else
            return nil
        #endif
    }
}
