// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif
package import NIOCore
internal import NIOPosix
internal import Synchronization

/// Knows when every event loop has read what had arrived.
///
/// A task on a loop does not tell: it may run before the loop looks at its sockets again. So each loop gets a pipe to read
/// from. The system reports what is ready in the order in which it became ready, so whoever reads the pipe's end has
/// first read every connection that had something before.
package enum ReadRound {
    /// Calls `body`, on an event loop, once every loop of the group has handed on what its connections had received
    /// until now.
    package static func after(
        on group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        _ body: @escaping @Sendable () -> Void
    ) {
        let loops = Array(group.makeIterator())
        let round = Round(loops: loops.count, body)
        for loop in loops { read(on: loop, round) }
    }

    private static func read(on loop: any EventLoop, _ round: Round) {
        var ends: [CInt] = [-1, -1]
        // Without descriptors the loop is not waited for: late is worse than unsure.
        guard pipe(&ends) == 0 else { return loop.execute { round.finish() } }
        let (reader, writer) = (ends[0], ends[1])
        NIOPipeBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(EndReader(round))
                }
            }
            .takingOwnershipOfDescriptor(input: reader)
            .whenComplete { result in
                // Only now, when the loop listens to it, does the pipe become ready: behind all that is.
                close(writer)
                if case .failure = result {
                    close(reader)
                    round.finish()
                }
            }
    }

    /// Counts the loops that are through.
    private final class Round: Sendable {
        private let left: Atomic<Int>
        private let body: @Sendable () -> Void

        init(loops: Int, _ body: @escaping @Sendable () -> Void) {
            left = Atomic(loops)
            self.body = body
        }

        func finish() {
            if left.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { body() }
        }
    }

    /// Reads the end of the pipe.
    private final class EndReader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let round: Round

        init(_ round: Round) { self.round = round }

        func channelInactive(context: ChannelHandlerContext) {
            round.finish()
            context.fireChannelInactive()
        }
    }
}
