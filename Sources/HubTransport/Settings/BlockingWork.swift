// SPDX-License-Identifier: Apache-2.0

internal import NIOPosix

/// Threads for what blocks: files and names. They are not those that run tasks, nor the event loops.
package enum BlockingWork {
    package static func start(_ body: @escaping @Sendable () -> Void) {
        NIOThreadPool.singleton.submit { _ in body() }
    }
}
