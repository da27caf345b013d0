// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubWire
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// A TCP client that knows nothing of the protocol and says what a test lets it say.
final class RawClient: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    private struct State {
        var received: [UInt8] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    private let channelBox = Mutex<(any Channel)?>(nil)

    /// - Parameter reads: whether it reads what it is sent.
    static func connect(to address: PeerAddress, reads: Bool = true) async throws -> RawClient {
        let client = RawClient()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: reads)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 1_024))
            .channelInitializer { channel in channel.pipeline.addHandler(client) }
            .connect(host: address.host, port: Int(address.port)).get()
        client.channelBox.withLock { $0 = channel }
        return client
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = Array(unwrapInboundIn(data).readableBytesView)
        state.withLock { $0.received += bytes }
    }

    func channelInactive(context: ChannelHandlerContext) { state.withLock { $0.isClosed = true } }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func send(_ bytes: [UInt8]) {
        channelBox.withLock { $0 }?.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }

    func stopReading() { setReading(false) }
    func startReading() { setReading(true) }

    private func setReading(_ isOn: Bool) {
        _ = channelBox.withLock { $0 }?.setOption(.autoRead, value: isOn)
    }

    func close() { channelBox.withLock { $0 }?.close(promise: nil) }

    var isClosed: Bool { state.withLock { $0.isClosed } }
    var received: [UInt8] { state.withLock { $0.received } }

    /// The frames received so far: type, stream and payload.
    var frames: [(FrameType, UInt64, [UInt8])] {
        var frames: [(FrameType, UInt64, [UInt8])] = []
        received.withUnsafeBytes { memory in
            var offset = 0
            let decoder = FrameDecoder(admitted: true)
            while case .frame(let frame, let consumed)? = try? decoder.next(
                in: UnsafeRawBufferPointer(rebasing: memory[offset...]))
            {
                frames.append((frame.type, frame.stream, Array(frame.payload)))
                offset += consumed
            }
        }
        return frames
    }

    /// Why it was refused, if it was.
    var refusal: HandshakeRefusal.Reason? {
        for (type, _, payload) in frames where type == .refusal {
            return payload.withUnsafeBytes { memory in
                var reader = ByteReader(memory)
                return (try? RefusalEnvelope(from: &reader))?.refusal.reason
            }
        }
        return nil
    }

    /// Says a valid hello, takes the answer and confirms it: it is a peer then, with the name it claims.
    func becomePeer(_ name: NodeName, incarnation: UInt64 = 99, generation: UInt64 = 0) async throws {
        send(Self.hello(name, incarnation: incarnation, generation: generation))
        try await eventually("no hello came back: \(self.frames)") { self.frames.first?.0 == .hello }
        send(Self.frame(.ping, PingEnvelope(1, sentNanoseconds: 0)))
    }

    static func hello(
        _ name: NodeName, incarnation: UInt64 = 99, generation: UInt64 = 0, cluster: ClusterName = "test",
        _ change: (inout Hello) -> Void = { _ in }
    ) -> [UInt8] {
        var hello = Hello(
            identity: NodeIdentity(cluster: cluster, node: name, incarnation: Incarnation(rawValue: incarnation)),
            generation: generation)
        change(&hello)
        return frame(.hello, hello)
    }

    static func frame(_ type: FrameType, stream: UInt64 = 0, _ envelope: some Envelope) -> [UInt8] {
        var writer = ByteWriter()
        try? writer.frame(type, stream: stream, envelope)
        return writer.bytes
    }

    static func frame(_ type: FrameType, stream: UInt64 = 0, bytes: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        try? writer.frame(type, stream: stream) { writer in writer.raw(bytes) }
        return writer.bytes
    }
}
