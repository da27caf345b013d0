// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubTransport
internal import HubWire
import TestSupport
internal import Testing

@Suite("Switchboard", .live)
struct SwitchboardTests {
    @Test("an end of a connection knows where the peer can be dialed: where it was, or the port it told")
    func listening() async throws {
        let a = try await TestNode.start("a")
        let b = try await TestNode.start("b") { $0.seeds = [a.address] }
        let c = try await TestNode.start("c") {
            $0.seeds = [a.address]
            $0.listen = nil
        }
        #expect(try await b.connection(to: "a").listening == a.address)
        #expect(try await a.connection(to: "b").listening == b.address)
        #expect(try await a.connection(to: "c").listening == nil)
        for node in [a, b, c] { await node.stop() }
    }

    @Test("a dial in vain is told with its address: nobody listens, another cluster, the node itself")
    func failedDials() async throws {
        let a = try await TestNode.start("a")
        let other = try await TestNode.start("o") { $0.identity.cluster = "other" }
        let gone = try await TestNode.start("g")
        await gone.stop()
        for address in [gone.address, other.address, a.address] { a.switchboard.add(seed: address) }
        a.switchboard.want("g", at: gone.address)
        func failed(_ address: PeerAddress, _ node: NodeName?, _ reasons: LinkLoss...) async throws {
            try await eventually("\(address) failed for \(reasons)") {
                a.recorder.now.failedDials.contains { $0.0 == address && $0.1 == node && reasons.contains($0.2) }
            }
        }
        try await failed(gone.address, nil, .noListener)
        try await failed(gone.address, "g", .noListener)
        try await failed(
            other.address, nil, .refused(.otherCluster), .refusedByPeer(HandshakeRefusal(.otherCluster)))
        try await failed(
            a.address, nil, .refused(.ownAddress), .refusedByPeer(HandshakeRefusal(.ownAddress, by: "a")))
        await a.stop()
        await other.stop()
    }

    @Test("a forgotten node is disconnected and not dialed, and can connect again")
    func forgotten() async throws {
        let a = try await TestNode.start("a")
        let b = try await TestNode.start("b")
        a.switchboard.want("b", at: b.address)
        let connection = try await a.connection(to: "b")
        _ = try await b.connection(to: "a")
        a.switchboard.forget("b", connection.incarnation)
        try await eventually("disconnected") { a.recorder.now.downs.contains { $0.1 == .forgotten } }
        try await eventually("told") { b.recorder.now.downs.contains { $0.1 == .closedByPeer } }
        b.switchboard.want("a", at: a.address)
        _ = try await a.connection(to: "b")
        #expect(a.recorder.now.ups.last?.remote.isDialed == false)
        await a.stop()
        await b.stop()
    }

    @Test("a seed leads to a connection that carries frames both ways")
    func seed() async throws {
        let a = try await TestNode.start("a")
        let b = try await TestNode.start("b") { $0.seeds = [a.address] }
        let toA = try await b.connection(to: "a")
        let toB = try await a.connection(to: "b")
        #expect(toA.send(stream: 7, [1, 2, 3]) == .queued)
        #expect(toB.send(.control, .machine, stream: 8, [4]) == .queued)
        try await eventually("frames arrive") { a.recorder.now.frameCount == 1 && b.recorder.now.frameCount == 1 }
        #expect(a.recorder.now.frames.first?.1 == 7)
        #expect(a.recorder.now.frames.first?.2 == [1, 2, 3])
        #expect(b.recorder.now.frames.first?.0 == .machine)
        #expect(a.recorder.now.readsFinished > 0)
        await b.stop()
        try await eventually("a hears the goodbye") { a.recorder.now.downs.count == 1 }
        #expect(a.recorder.now.downs.first?.1 == .goodbye)
        await a.stop()
        #expect(a.switchboard.connections.isEmpty && b.switchboard.connections.isEmpty)
    }

    @Test("nodes that dial each other at once keep one connection and lose no frame")
    func simultaneousDials() async throws {
        for round in 0..<Strict.limit(1_000, otherwise: 200) {
            let a = try await TestNode.start("a")
            let b = try await TestNode.start("b")
            if round % 2 == 0 {
                a.switchboard.want("b", at: b.address)
                b.switchboard.want("a", at: a.address)
            } else {
                a.switchboard.add(seed: b.address)
                b.switchboard.add(seed: a.address)
            }
            let toB = try await a.connection(to: "b")
            let toA = try await b.connection(to: "a")
            for number in 0..<10 {
                #expect(toB.send(stream: UInt64(number)) == .queued)
                #expect(toA.send(stream: UInt64(number)) == .queued)
            }
            try await eventually("round \(round): 10 frames each") {
                a.recorder.now.frameCount == 10 && b.recorder.now.frameCount == 10
            }
            #expect(a.recorder.now.ups.count == 1 && b.recorder.now.ups.count == 1)
            #expect(a.recorder.now.downs.isEmpty && b.recorder.now.downs.isEmpty)
            await a.stop()
            await b.stop()
        }
    }
}
