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

    /// Loops without connections: a loop that has some does not look at them while one task begins the next. Who goes on
    /// there stays on its loop, whose core holds what it works on. They end with the process.
    private static let work = MultiThreadedEventLoopGroup(numberOfThreads: max(1, System.coreCount / 2))

    /// Whether this thread is that of an event loop, of whatever group.
    package static var isOnLoop: Bool { MultiThreadedEventLoopGroup.currentEventLoop != nil }

    /// Calls `body` soon, on a thread that no connection waits for.
    package static func soon(_ body: @escaping @Sendable () -> Void) {
        work.any().execute(body)
    }
}
