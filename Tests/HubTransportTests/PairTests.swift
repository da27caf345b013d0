// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubTransport
internal import HubWire
import TestSupport
internal import Testing

/// Which connection of two nodes stays, and who may have a name.
@Suite("Pairs", .serialized, .live)
struct PairTests {
    @Test("a newcomer with the name of a living node is refused, and both ends say so")
    func nameTaken() async throws {
        let a = try await TestNode.start("a") { $0.limits.nameClashAnswer = .seconds(120) }
        let first = try await TestNode.start("b") { $0.seeds = [a.address] }
        let connection = try await a.connection(to: "b")
        let second = try await TestNode.start("b") { $0.seeds = [a.address] }
        try await eventually("the newcomer is told, it heard \(second.recorder.losses)") {
            second.recorder.losses.contains(.refusedByPeer(HandshakeRefusal(.nameTaken, by: "a")))
        }
        #expect(second.switchboard.lastFailure(at: a.address) != nil)
        try await eventually("the refusal is reported") { a.recorder.losses.contains(.refused(.nameTaken)) }
        #expect(connection.isOpen && second.recorder.now.ups.isEmpty && a.recorder.now.downs.isEmpty)
        for node in [first, second, a] { await node.stop() }
    }

    @Test("a name is free for a newcomer when its owner does not answer within the limit")
    func silentOwner() async throws {
        let a = try await TestNode.start("a") { $0.limits.nameClashAnswer = .milliseconds(200) }
        let silent = try await RawClient.connect(to: a.address)
        try await silent.becomePeer("b", incarnation: 1)
        let old = try await a.connection(to: "b")
        let b = try await TestNode.start("b") { $0.seeds = [a.address] }
        try await eventually("the newcomer is in") { a.switchboard.connection(to: "b").map { $0 != old } ?? false }
        #expect(a.recorder.now.downs.map(\.1) == [.nameClash])
        #expect(silent.isClosed || !old.isOpen)
        await b.stop()
        await a.stop()
    }

    @Test("two nodes with one name that dial each other refuse each other")
    func ownName() async throws {
        let one = try await TestNode.start("a", incarnation: 1)
        let two = try await TestNode.start("a", incarnation: 2) { $0.seeds = [one.address] }
        try await eventually("refused") {
            one.recorder.losses.contains(.refused(.ownName))
                && two.recorder.losses.contains(.refusedByPeer(HandshakeRefusal(.ownName, by: "a")))
        }
        #expect(two.recorder.now.ups.isEmpty)
        await two.stop()
        await one.stop()
    }

    @Test("a node that is its own seed stops dialing it and says nothing of it")
    func ownSeed() async throws {
        let a = try await TestNode.start("a")
        a.switchboard.add(seed: a.address)
        let b = try await TestNode.start("b") { $0.seeds = [a.address] }
        _ = try await a.connection(to: "b")
        #expect(a.recorder.losses.isEmpty && a.recorder.now.ups.map(\.peer) == ["b"])
        await b.stop()
        await a.stop()
    }

    @Test("a peer that knows its connection dead replaces it, and the old one is down before the new one is up")
    func replaced() async throws {
        let a = try await TestNode.start("a")
        let old = try await RawClient.connect(to: a.address)
        try await old.becomePeer("b", incarnation: 5, generation: 1)
        _ = try await a.connection(to: "b")
        let surplus = try await RawClient.connect(to: a.address)
        surplus.send(RawClient.hello("b", incarnation: 5, generation: 1) { $0.destination = "a" })
        try await eventually("a lower key is refused") { surplus.refusal == .duplicate }
        let new = try await RawClient.connect(to: a.address)
        // What the old one sent just before is never handed on after the answer to the new one.
        new.send(RawClient.hello("b", incarnation: 5, generation: 2) { $0.destination = "a" })
        try await eventually("answered") { new.frames.first?.0 == .hello }
        #expect(a.recorder.now.downs.map(\.1) == [.replaced])
        old.send(RawClient.frame(.call, stream: 1, bytes: [1]))
        new.send(RawClient.frame(.call, stream: 2, bytes: [2]))
        try await eventually("the new one is up") { a.recorder.now.frames.map(\.1) == [2] }
        #expect(a.recorder.now.ups.count == 2 && !a.recorder.now.frameOfAClosedConnection)
        await a.stop()
    }

    @Test("a generation counts only for the node that the dialer means")
    func unmeantGeneration() async throws {
        let a = try await TestNode.start("a")
        let old = try await RawClient.connect(to: a.address)
        try await old.becomePeer("b", incarnation: 5)
        _ = try await a.connection(to: "b")
        let new = try await RawClient.connect(to: a.address)
        new.send(RawClient.hello("b", incarnation: 5, generation: 9))
        try await eventually("refused") { new.refusal == .duplicate }
        #expect(a.recorder.now.downs.isEmpty)
        await a.stop()
    }

    @Test("who dials a name refuses another node that answers there")
    func wrongNode() async throws {
        let a = try await TestNode.start("a")
        let b = try await TestNode.start("b")
        b.switchboard.want("c", at: a.address)
        try await eventually("refused: \(b.recorder.losses)") {
            b.recorder.losses.contains(.refusedByPeer(HandshakeRefusal(.wrongDestination, by: "a")))
        }
        #expect(b.switchboard.lastFailure(of: "c") != nil)
        #expect(a.recorder.now.ups.isEmpty && b.recorder.now.ups.isEmpty)
        await b.stop()
        await a.stop()
    }

    @Test("a peer that comes back is connected again, under its new incarnation")
    func reconnect() async throws {
        let a = try await TestNode.start("a")
        let first = try await TestNode.start("b", incarnation: 1)
        a.switchboard.want("b", at: first.address)
        #expect(try await a.connection(to: "b").incarnation == Incarnation(rawValue: 1))
        await first.stop()
        try await eventually("down") { a.switchboard.connection(to: "b") == nil }
        try await eventually("dialed in vain") { a.switchboard.lastFailure(of: "b") != nil }
        let second = try await TestNode.start("b", incarnation: 2) {
            $0.listen = .loopback(first.address.port)
        }
        #expect(try await a.connection(to: "b").incarnation == Incarnation(rawValue: 2))
        #expect(a.switchboard.lastFailure(of: "b") == nil)
        await second.stop()
        await a.stop()
    }

    @Test("a living node's new incarnation reaches its peers on the open connection")
    func announce() async throws {
        let a = try await TestNode.start("a", incarnation: 1)
        let b = try await TestNode.start("b") { $0.seeds = [a.address] }
        let toA = try await b.connection(to: "a")
        a.switchboard.announce(Incarnation(rawValue: 77))
        try await eventually("b hears it") { b.recorder.now.incarnations == [Incarnation(rawValue: 77)] }
        #expect(toA.incarnation == Incarnation(rawValue: 77) && toA.isOpen)
        // A later connection of the same life is no clash of names.
        let c = try await TestNode.start("c") { $0.seeds = [a.address] }
        #expect(try await c.connection(to: "a").incarnation == Incarnation(rawValue: 77))
        for node in [c, b, a] { await node.stop() }
    }
}
