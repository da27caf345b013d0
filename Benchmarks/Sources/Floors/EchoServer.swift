// SPDX-License-Identifier: Apache-2.0

internal import Harness
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// When bytes leave for the socket.
package enum Flushing: String, CaseIterable, Sendable {
    /// Every frame by itself.
    case each
    /// All frames of one turn of the event loop together.
    case coalesced
}

/// The other end of the raw echo.
package enum EchoServer {
    /// Serves until standard input closes.
    package static func serve(_ flushing: Flushing, certificates: String?) async throws -> Never {
        let tls = try certificates.map { try EchoTLS.server($0) }
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.addHandler(EchoServerHandler(flushing))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        try await ServingRole.ready("\(channel.localAddress?.port ?? 0)")
    }
}

private final class EchoServerHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let flushing: Flushing
    private var reader = EchoReader()
    private var replies = ByteBuffer()

    init(_ flushing: Flushing) { self.flushing = flushing }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        reader.read(unwrapInboundIn(data)) { id, payload in
            let number = payload.getInteger(at: payload.readerIndex, as: Int64.self) ?? 0
            EchoFrame.write(reply: number &+ 1, id: id, into: &replies)
            if flushing == .each { send(context) }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if replies.readableBytes > 0 { send(context) }
    }

    private func send(_ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(replies), promise: nil)
        replies = context.channel.allocator.buffer(capacity: replies.writerIndex)
    }
}
