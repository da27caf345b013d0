// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubTransport
internal import HubWire
import TestSupport
internal import Testing

@Suite("Hostile peers", .serialized, .live)
struct HostilePeerTests {
    static let garbage: [(String, [UInt8])] = [
        ("an HTTP request", Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)),
        ("zeros", [UInt8](repeating: 0, count: 64)),
        ("ones", [UInt8](repeating: 0xFF, count: 64)),
        ("a length of four gigabytes", [0xFF, 0xFF, 0xFF, 0xFF, 1, 0]),
        ("a length just above what a hello may have", [0, 0, 0x10, 0x01, 1, 0]),
        ("a call before the hello", RawClient.frame(.call, stream: 1, bytes: [1, 2, 3])),
        ("a frame to be skipped before the hello", [0, 0, 0, 3, 0xC0, 0, 0]),
        ("a hello without its magic", RawClient.frame(.hello, bytes: [UInt8](repeating: 1, count: 40))),
        ("a hello that ends early", Array(RawClient.hello("x").prefix(30)) + [UInt8](repeating: 0, count: 60)),
        ("a name with a line feed", RawClient.hello("x\n[error] owned")),
        ("an empty name", RawClient.hello("")),
        ("a ping instead of a hello", RawClient.frame(.ping, PingEnvelope(1, sentNanoseconds: 0))),
    ]

    @Test("whoever sends garbage first is cut off, and what is reported of it is printable", arguments: garbage)
    func garbageFirst(name: String, bytes: [UInt8]) async throws {
        let a = try await TestNode.start("a") { $0.limits.handshakeTime = .milliseconds(300) }
        let client = try await RawClient.connect(to: a.address)
        client.send(bytes)
        try await eventually("\(name): still open") { client.isClosed }
        try await eventually("\(name): not reported") { !a.recorder.now.events.isEmpty }
        #expect(a.recorder.now.ups.isEmpty && a.recorder.now.frameCount == 0)
        for event in a.recorder.now.events {
            #expect("\(event)".unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }, "\(event)")
        }
        await a.stop()
    }

    static let refusals: [(HandshakeRefusal.Reason, [UInt8])] = [
        (.otherCluster, RawClient.hello("x", cluster: "other")),
        (.protocolVersion, RawClient.hello("x") { ($0.lowestProtocol, $0.highestProtocol) = (7, 9) }),
        (.protocolVersion, RawClient.hello("x") { ($0.lowestProtocol, $0.highestProtocol) = (9, 1) }),
        (.wrongDestination, RawClient.hello("x") { $0.destination = "c" }),
        (.ownName, RawClient.hello("a", incarnation: 12_345)),
        (.noMainConnection, RawClient.hello("x") { $0.lane = .bulk }),
    ]

    @Test("a hello that does not fit is refused with its reason", arguments: refusals)
    func refused(reason: HandshakeRefusal.Reason, hello: [UInt8]) async throws {
        let a = try await TestNode.start("a")
        let client = try await RawClient.connect(to: a.address)
        client.send(hello)
        try await eventually("refused as \(reason), got \(String(describing: client.refusal))") {
            client.refusal == reason && client.isClosed
        }
        try await eventually("reported") { a.recorder.losses.contains(.refused(reason)) }
        #expect(a.recorder.now.ups.isEmpty)
        await a.stop()
    }

    @Test("an admitted peer that sends what is no frame is cut off")
    func garbageLater() async throws {
        let a = try await TestNode.start("a")
        for bytes in [
            [0xFF, 0xFF, 0xFF, 0xFF, 3, 0], [0, 0, 0, 1, 3], [0, 0, 0, 2, 77, 0], RawClient.hello("x"),
            [0, 0x10, 0, 1, 3, 0],
        ] as [[UInt8]] {
            let before = a.recorder.now.downs.count
            let client = try await RawClient.connect(to: a.address)
            try await client.becomePeer("x", incarnation: .random(in: 1...1_000_000))
            _ = try await a.connection(to: "x")
            client.send(bytes)
            try await eventually("\(bytes.prefix(6)) did not end the connection") {
                a.recorder.now.downs.count == before + 1
            }
            guard case .garbage? = a.recorder.now.downs.last?.1 else {
                Issue.record("\(String(describing: a.recorder.now.downs.last?.1))")
                continue
            }
        }
        await a.stop()
    }

    @Test("a frame of a type that may be skipped is skipped")
    func skipped() async throws {
        let a = try await TestNode.start("a")
        let client = try await RawClient.connect(to: a.address)
        try await client.becomePeer("x")
        client.send([0, 0, 0, 4, 0xC3, 0, 9, 9] + RawClient.frame(.call, stream: 5, bytes: [1]))
        try await eventually("the call arrives") { a.recorder.now.frames.first?.1 == 5 }
        #expect(a.recorder.now.downs.isEmpty)
        await a.stop()
    }

    @Test("who is silent, or drips bytes, loses its place after the time for handshakes")
    func silent() async throws {
        let a = try await TestNode.start("a") { $0.limits.handshakeTime = .milliseconds(300) }
        let silent = try await RawClient.connect(to: a.address)
        let dripping = try await RawClient.connect(to: a.address)
        for byte in RawClient.hello("x").dropLast() {
            dripping.send([byte])
            if dripping.isClosed { break }
            try await Task.sleep(for: .milliseconds(10))
        }
        try await eventually("both are closed") { silent.isClosed && dripping.isClosed }
        #expect(silent.refusal == .late)
        try await eventually("both are reported") { a.recorder.losses.filter { $0 == .late }.count == 2 }
        await a.stop()
    }

    @Test("a hello in single bytes is as good as one in a piece")
    func bytewise() async throws {
        let a = try await TestNode.start("a")
        let client = try await RawClient.connect(to: a.address)
        for byte in RawClient.hello("x") + RawClient.frame(.call, stream: 9, bytes: [1, 2]) { client.send([byte]) }
        try await eventually("the call arrives") { a.recorder.now.frames.first?.1 == 9 }
        await a.stop()
    }

    @Test("nothing that follows a hello is handed on before the connection is admitted")
    func earlyFrames() async throws {
        let a = try await TestNode.start("a")
        let client = try await RawClient.connect(to: a.address)
        client.send(RawClient.hello("a", incarnation: 7) + RawClient.frame(.call, stream: 9, bytes: [1, 2]))
        try await eventually("refused") { client.isClosed }
        #expect(a.recorder.now.frameCount == 0)
        await a.stop()
    }

    @Test("a flood before admission is cut off after 64 KiB")
    func flood() async throws {
        let a = try await TestNode.start("a")
        let client = try await RawClient.connect(to: a.address)
        // A valid hello whose connection waits for a decision that never comes, because it never confirms.
        client.send([0, 0, 0x0F, 0xFF, 1, 0] + [UInt8](repeating: 0, count: 1 << 20))
        try await eventually("cut off") { client.isClosed }
        #expect(a.recorder.now.ups.isEmpty)
        await a.stop()
    }
}
