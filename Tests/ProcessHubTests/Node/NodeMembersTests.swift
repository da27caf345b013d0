// SPDX-License-Identifier: Apache-2.0

import HubCore
import HubWire
import Synchronization
import TestSupport
import Testing

@testable import HubTransport
@testable import ProcessHub

@Suite("Members of a node", .live)
struct NodeMembersTests {
    @Test("nodes that each know one other see all, with their hubs and traits; who leaves is seen no more")
    func three() async throws {
        let a = Node(
            name: "a", cluster: testCluster, traits: NodeTraits(weight: 3, zone: "z"), callDeadline: patience,
            logger: quietLogger())
        _ = try Hub("h", on: a)
        try await running(a) {
            let b = testNode("b", discovery: .seeds([try await a.whenListening()]))
            try await running(b) {
                let c = testNode("c", discovery: .seeds([try await b.whenListening()]))
                try await running(c) {
                    for node in [a, b, c] {
                        try await eventually { node.members.map(\.name) == ["a", "b", "c"] }
                        #expect(node.members.first?.hubs == ["h"] && node.members.first?.traits.weight == 3)
                    }
                    // A hub that comes later is seen too.
                    _ = try Hub("late", on: c)
                    try await eventually { a.members.last?.hubs == ["late"] }
                    // Also who only knew others through others is connected.
                    try await eventually { c.calls.switchboard?.connection(to: "a") != nil }
                }
                for node in [a, b] {
                    try await eventually { node.members.map(\.name) == ["a", "b"] }
                }
            }
        }
        #expect(a.members.map(\.name).first == "a")
    }

    @Test("whoever reads the views gets the newest and those that follow, until the node has left")
    func views() async throws {
        let a = testNode("a")
        #expect(a.members.isEmpty)
        let reader = Task {
            var versions: [UInt64] = []
            for await view in a.views { versions.append(view.version) }
            return versions
        }
        try await running(a) {
            try await eventually { !a.members.isEmpty }
            let late = a.views.makeAsyncIterator()
            var first = late
            #expect(await first.next()?.members.map(\.name) == ["a"])
        }
        let versions = await reader.value
        #expect(!versions.isEmpty && versions == versions.sorted() && Set(versions).count == versions.count)
        for await _ in a.views.dropFirst() { Issue.record("a view after the end") }
    }

    @Test("S14: of a new incarnation every peer is told on its open connection, and what is minted later is of it")
    func renews() async throws {
        let (a, b) = (testNode("a"), testNode("b"))
        let hub = try Hub("h", on: b) { $0.processes = [Bench.self] }
        let near = try Hub("h", on: a) { $0.processes = [Bench.self] }
        try await running(a, b) {
            try a.connect(to: await b.whenListening())
            near.learn("c", kind: Bench.kind, at: try await hub.place(Bench.self, id: "c", .init()))
            let bench = try near.process("c", as: Bench.self)
            _ = try await bench.increment(by: 1)
            let connection = try #require(a.calls.switchboard?.connection(to: "b"))
            let (oldEpoch, oldRequest) = (b.mintEpoch(), b.calls.mintRequest())
            let next = Incarnation(rawValue: 77)
            b.membership.withLock { $0 }?.errands.perform(.renew(next))
            // The machine, which did not decide it, may take yet another one.
            let epoch = b.mintEpoch()
            #expect(epoch > oldEpoch && epoch.stamp.incarnation != oldEpoch.stamp.incarnation)
            #expect(b.calls.mintRequest().caller != oldRequest.caller)
            try await eventually { connection.incarnation != oldRequest.caller }
            #expect(connection.isOpen)
            #expect(try await bench.increment(by: 1) == 2)
        }
    }

    @Test(
        "a machine's message that cannot be decoded ends the connection; one for a machine of a newer version does not")
    func badMessages() async throws {
        let (a, b) = (testNode("a"), testNode("b"))
        try await running(a, b) {
            try a.connect(to: await b.whenListening())
            try await eventually { a.calls.switchboard?.connection(to: "b") != nil }
            let connection = try #require(a.calls.switchboard?.connection(to: "b"))
            // An envelope of one byte that names machine 9, and something behind it.
            send([1, 9, 42, 42], over: connection)
            send([1, 9], over: connection)
            try await eventually { connection.outbound.isIdle }
            #expect(connection.isOpen)
            // The node's own machine, and a message that is none.
            send([1, 0, 0xFF], over: connection)
            try await eventually { !connection.isOpen }
        }
    }

    private func send(_ bytes: [UInt8], over connection: PeerConnection) {
        connection.send(.control) { writer, _ in
            (try? writer.frame(.machine, stream: 0) { $0.raw(bytes) }) != nil
        }
    }
}
