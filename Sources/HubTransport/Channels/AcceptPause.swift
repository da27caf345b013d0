// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import Synchronization

/// How many accepted connections are not admitted yet, known where they are accepted.
final class UnfinishedCount: Sendable {
    private let count = Atomic<Int>(0)

    var value: Int { count.load(ordering: .relaxed) }
    func begin() { count.add(1, ordering: .relaxed) }
    func finish() { count.subtract(1, ordering: .relaxed) }
}

/// Stops accepting for a moment: when the evictions of a flood lag behind, because an unfinished TLS handshake costs
/// memory; and when a connection could not be accepted, because without a descriptor trying again only burns a core.
final class AcceptPause: ChannelInboundHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel

    private let unfinished: UnfinishedCount
    private let limit: Int
    private let report: (TransportEvent) -> Void
    private var isPaused = false

    init(_ unfinished: UnfinishedCount, limit: Int, report: @escaping (TransportEvent) -> Void) {
        self.unfinished = unfinished
        self.limit = limit
        self.report = report
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        unfinished.begin()
        if unfinished.value > limit { pause(context, for: .milliseconds(5)) }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is IOError else { return context.fireErrorCaught(error) }
        guard !isPaused else { return }
        report(.acceptFailed("\(error)"))
        pause(context, for: .milliseconds(100))
    }

    private func pause(_ context: ChannelHandlerContext, for time: TimeAmount) {
        guard !isPaused else { return }
        isPaused = true
        // Holding reads back would not do: after an error the socket stays registered and wakes the loop for ever.
        try? context.channel.syncOptions?.setOption(.autoRead, value: false)
        goOn(context, in: time)
    }

    private func goOn(_ context: ChannelHandlerContext, in time: TimeAmount) {
        context.eventLoop.assumeIsolated().scheduleTask(in: time) {
            if self.unfinished.value > self.limit, context.channel.isActive { return self.goOn(context, in: time) }
            self.isPaused = false
            try? context.channel.syncOptions?.setOption(.autoRead, value: true)
        }
    }
}
