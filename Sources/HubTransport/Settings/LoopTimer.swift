// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import NIOCore
internal import NIOPosix

/// A timer on an event loop: it fires in time even while every thread that runs tasks is kept busy.
package enum LoopTimer {
    /// Calls `body` on an event loop that all nodes of the process share. It must not block.
    package static func after(_ time: Duration, _ body: @escaping @Sendable () -> Void) {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        _ = loop.scheduleTask(in: .nanoseconds(max(0, time.wholeNanoseconds)), body)
    }
}
