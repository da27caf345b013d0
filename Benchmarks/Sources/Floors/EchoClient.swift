// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

/// One connection to an echo server, shared by any number of callers, each of which waits on a continuation.
final class EchoClient: Sendable {
    private let queue = Mutex(Queue())
    private let channel: any Channel
    private let handler: NIOLoopBound<EchoClientHandler>
    private let flushing: Flushing

    private struct Queue {
        var items: [EchoRequest] = []
        var isScheduled = false
    }

    private init(channel: any Channel, handler: NIOLoopBound<EchoClientHandler>, flushing: Flushing) {
        self.channel = channel
        self.handler = handler
        self.flushing = flushing
    }

    static func connect(port: Int, _ flushing: Flushing, certificates: String?) async throws -> EchoClient {
        let tls = try certificates.map { try EchoTLS.client($0) }
        return try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        let ssl = try NIOSSLClientHandler(context: tls, serverHostname: nil)
                        try channel.pipeline.syncOperations.addHandler(ssl)
                    }
                    let handler = EchoClientHandler()
                    try channel.pipeline.syncOperations.addHandler(handler)
                    let bound = NIOLoopBound(handler, eventLoop: channel.eventLoop)
                    return EchoClient(channel: channel, handler: bound, flushing: flushing)
                }
            }
    }

    /// Sends a payload of `bytes` bytes that begins with `number`; the answer is the number plus one.
    func call(_ number: Int64, bytes: Int) async throws -> Int64 {
        let payload = integerPayload(number, bytes: bytes)
        return try await withUnsafeThrowingContinuation { continuation in
            let request = EchoRequest(payload: payload, continuation: continuation)
            switch flushing {
            case .each: channel.eventLoop.execute { self.handler.value.send([request]) }
            case .coalesced: enqueue(request)
            }
        }
    }

    private func enqueue(_ request: EchoRequest) {
        let isFirst = queue.withLock { queue in
            queue.items.append(request)
            defer { queue.isScheduled = true }
            return !queue.isScheduled
        }
        if isFirst { channel.eventLoop.execute { self.drain() } }
    }

    private func drain() {
        let requests = queue.withLock { queue in
            defer { queue = Queue() }
            return queue.items
        }
        handler.value.send(requests)
    }
}

struct EchoRequest: Sendable {
    let payload: [UInt8]
    let continuation: UnsafeContinuation<Int64, any Error>
}

/// Numbers the requests and finds the caller of each reply; touched on the event loop only, so without a lock.
final class EchoClientHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var context: ChannelHandlerContext?
    private var reader = EchoReader()
    private var waiting: [UInt64: UnsafeContinuation<Int64, any Error>] = [:]
    private var nextID: UInt64 = 1

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func send(_ requests: [EchoRequest]) {
        guard let context else { return requests.forEach { $0.continuation.resume(throwing: ChannelError.eof) } }
        var buffer = context.channel.allocator.buffer(capacity: requests.reduce(0) { $0 + $1.payload.count + 16 })
        for request in requests {
            waiting[nextID] = request.continuation
            EchoFrame.write(request: request.payload, id: nextID, into: &buffer)
            nextID += 1
        }
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        reader.read(unwrapInboundIn(data)) { id, payload in
            let number = payload.getInteger(at: payload.readerIndex, as: Int64.self) ?? 0
            waiting.removeValue(forKey: id)?.resume(returning: number)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        for continuation in waiting.values { continuation.resume(throwing: ChannelError.eof) }
        waiting.removeAll()
    }
}

/// A payload of a given size that begins with an integer.
private func integerPayload(_ number: Int64, bytes: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: bytes) { buffer, count in
        buffer.initialize(repeating: 0)
        withUnsafeBytes(of: number.bigEndian) { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
        count = bytes
    }
}
