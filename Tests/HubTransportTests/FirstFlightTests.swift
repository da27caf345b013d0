// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubTransport
internal import HubWire
internal import NIOCore
internal import NIOPosix
internal import Synchronization
import TestSupport
internal import Testing

/// The first bytes of a connection with a few of them changed by chance, against a live port.
@Suite("First flights", .serialized, .live)
struct FirstFlightTests {
    private static let flights: UInt64 = 400

    @Test("changed greetings are refused or mean something, and the node stays up")
    func greetings() async throws {
        let a = try await TestNode.start("a") { $0.limits.handshakeTime = .milliseconds(500) }
        let flight =
            RawClient.hello("x") + RawClient.frame(.ping, PingEnvelope(1, sentNanoseconds: 0))
            + RawClient.frame(.call, stream: 9, bytes: [1, 2, 3])
        try await send(changed: flight, to: a)
        // Whoever got in by a change of no importance is a peer like any other: the name is free once it has gone.
        let b = try await TestNode.start("b") { $0.seeds = [a.address] }
        _ = try await b.connection(to: "a")
        await b.stop()
        await a.stop()
    }

    @Test("changed greetings of TLS are refused, and the node stays up")
    func tls() async throws {
        let flight = try await Self.firstFlightOfTLS()
        #expect(flight.first == 22 && flight.count > 100, "a handshake record: \(flight.prefix(5))")
        let a = try await TestNode.start("a") {
            $0.tls = Certificates.files("a")
            $0.limits.handshakeTime = .milliseconds(500)
        }
        try await send(changed: flight, to: a)
        #expect(a.recorder.now.ups.isEmpty && a.recorder.now.frameCount == 0)
        let b = try await TestNode.start("b") {
            $0.tls = Certificates.files("b")
            $0.seeds = [a.address]
        }
        _ = try await b.connection(to: "a")
        await b.stop()
        await a.stop()
    }

    /// Sends each changed flight on a connection of its own, and waits until the node has closed those it does not take.
    private func send(changed flight: [UInt8], to node: TestNode) async throws {
        var clients: [RawClient] = []
        for seed in 0..<Self.flights {
            var generator = SeededGenerator(seed: seed)
            let client = try await RawClient.connect(to: node.address)
            client.send(flight.changed(using: &generator))
            clients.append(client)
        }
        try await eventually("those that were not admitted are closed") {
            clients.count { !$0.isClosed } <= node.recorder.now.ups.count
        }
        for client in clients { client.close() }
        for event in node.recorder.now.events {
            #expect("\(event)".unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }, "\(event)")
        }
    }

    /// What a node says first where it dials with TLS.
    private static func firstFlightOfTLS() async throws -> [UInt8] {
        let listener = FirstBytes()
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { $0.pipeline.addHandler(listener) }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(server.localAddress?.port)
        let b = try await TestNode.start("b") {
            $0.tls = Certificates.files("b")
            $0.seeds = [PeerAddress(host: "127.0.0.1", port: UInt16(port))]
        }
        try await eventually("it dials") { !listener.bytes.isEmpty }
        await b.stop()
        try await server.close()
        return listener.bytes
    }
}

/// Keeps what the first connection sends at once.
private final class FirstBytes: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    private let kept = Mutex<[UInt8]>([])
    var bytes: [UInt8] { kept.withLock { $0 } }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = Array(unwrapInboundIn(data).readableBytesView)
        kept.withLock { if $0.isEmpty { $0 = bytes } }
    }
}

extension [UInt8] {
    /// A few changes: bits, bytes, what is put in, left out or cut off.
    fileprivate func changed(using generator: inout SeededGenerator) -> [UInt8] {
        var bytes = self
        for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: bytes.insert(.random(in: 0...255, using: &generator), at: place)
            case 1: bytes.remove(at: place)
            case 2: bytes.removeLast(bytes.count - place)
            case 3: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &generator)
            default: bytes[place] = .random(in: 0...255, using: &generator)
            }
        }
        return bytes
    }
}
