// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import NIOCore

/// Bounds what a peer may send before it was admitted, TLS included; goes away with the admission.
final class PreAdmissionGuard: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private var left = Limits.preAdmissionBytes

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        left -= unwrapInboundIn(data).readableBytes
        if left >= 0 {
            context.fireChannelRead(data)
        } else {
            context.fireErrorCaught(TooMuchBeforeAdmission())
        }
    }
}

/// The peer sent more than a handshake can need.
struct TooMuchBeforeAdmission: Error, CustomStringConvertible {
    var description: String { "more than \(Limits.preAdmissionBytes) bytes before the handshake was finished" }
}
