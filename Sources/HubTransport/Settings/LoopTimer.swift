// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import NIOCore
internal import NIOPosix

/// A timer on an event loop of its own: it fires in time even while every other thread is kept busy.
package enum LoopTimer {
    /// Serves no connection and runs no turn, so that nothing a user does can stop a node's time. Ends with the process.
    private static let clock = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    /// Calls `body` on the thread that all nodes of the process share for their timers. It must not block.
    package static func after(_ time: Duration, _ body: @escaping @Sendable () -> Void) {
        _ = clock.next().scheduleTask(in: .nanoseconds(max(0, time.wholeNanoseconds)), body)
    }

    /// Calls `body` soon, on an event loop that has connections too: the current one if this is one, whose core holds what
    /// `body` works on.
    package static func soon(_ body: @escaping @Sendable () -> Void) {
        MultiThreadedEventLoopGroup.singleton.any().execute(body)
    }
}
