// SPDX-License-Identifier: Apache-2.0

import HubCore
import TestSupport
import Testing

@testable import ProcessHub

/// A hub on several nodes, over sockets.
@Suite("Hub on several nodes", .serialized, .live)
struct HubClusterTests {
    private func ids(_ count: Int) -> [ChildID] { (0..<count).map { "c-\($0)" } }

    private func children(_ count: Int) -> [Child] {
        ids(count).enumerated().map { Child(Bench.self, id: $0.element, .init(start: $0.offset), tags: ["t"]) }
    }

    @Test("children are placed by hashing, found from every node, and run exactly once (I02, I09)")
    func placed() async throws {
        try await Cluster.run(3) { cluster in
            let result = try await cluster.hubs[1].start(children(300)).result
            #expect(result.status == .ok && Set(result.nodes) == ["a", "b", "c"])
            try await cluster.agree(on: Set(ids(300)))
            let view = PlacementView(version: 1, node: "a", members: ["a", "b", "c"].map { .init(name: $0) })
            let owners = RendezvousHashing().owners(of: result.ids, copies: 1, in: view)
            for (one, owner) in zip(result.started, owners) { #expect([one.host.node] == owner) }
            for hub in cluster.hubs {
                #expect(hub.tagged("t").count == 300)
                for number in stride(from: 0, to: 300, by: 29) {
                    #expect(try await hub.process("c-\(number)", as: Bench.self).value == number)
                }
            }
            for id in ids(30) { try await eventually(within: 30) { try await cluster.count(of: id) == 1 } }
            let stopped = try await cluster.hubs[2].stop(ids(300)).result
            #expect(stopped.status == .ok && Set(stopped.nodes) == ["a", "b", "c"])
            try await cluster.agree(on: [])
            for hub in cluster.hubs { try await eventually { hub.node.calls.table.instances().isEmpty } }
        }
    }

    @Test("what was awaited is in the asking node's own registry, wherever it runs (W39)")
    func readYourWrites() async throws {
        try await Cluster.run(3) { cluster in
            for number in 0..<60 {
                let hub = cluster.hubs[number % 3]
                let id = ChildID("w-\(number)")
                let bench = try await hub.start(Bench.self, id: id, .init(start: number))
                #expect(hub.lookup(id)?.host != nil)
                #expect(try await bench.value == number)
                try await hub.stop(id)
                #expect(hub.lookup(id) == nil)
            }
        }
    }

    @Test("one id that is started on two nodes at once is started by one of them (I01)")
    func concurrent() async throws {
        try await Cluster.run(2) { cluster in
            for number in 0..<40 {
                let id = ChildID("r-\(number)")
                async let left = failure { try await cluster.hubs[0].start(Bench.self, id: id, .init()) }
                async let right = failure { try await cluster.hubs[1].start(Bench.self, id: id, .init()) }
                let codes = [await left?.code, await right?.code]
                #expect(codes.count { $0 == nil } == 1 && codes.contains(.alreadyStarted))
            }
            try await cluster.agree(on: Set((0..<40).map { ChildID("r-\($0)") }))
        }
    }

    @Test("a kind that no member runs is refused from every node at once, alone, and leaves nothing")
    func kindOfNobody() async throws {
        try await Cluster.run(3) { cluster in
            for (place, hub) in cluster.hubs.enumerated() {
                let strange = (0..<20).map { Child(Crowd.self, id: "s-\(place)-\($0)") }
                let good = ChildID("g-\(place)")
                let result = try await hub.start(strange + [Child(Bench.self, id: good, .init())]).result
                #expect(result.ids == [good] && result.errors.count == 20)
                #expect(result.errors.allSatisfy { $0.error.code == .unknownKind && $0.error.outcome == .notExecuted })
            }
            try await cluster.agree(on: ["g-0", "g-1", "g-2"])
        }
    }

    @Test("metadata and tags that one node changes are seen by all (W44)")
    func update() async throws {
        try await Cluster.run(3) { cluster in
            _ = try await cluster.hubs[0].start(children(20)).result.get()
            try await cluster.hubs[1].update("c-3", metadata: ["n": 2], tags: ["x"])
            #expect(cluster.hubs[1].lookup("c-3")?.tags == ["x"])
            for hub in cluster.hubs {
                try await eventually(within: 30) {
                    hub.tagged("x").map(\.id) == ["c-3"] && hub.lookup("c-3")?.metadata == ["n": 2]
                        && hub.tagged("t").count == 19
                }
            }
        }
    }

    @Test("a node that leaves hands its children to the others, each runs exactly once")
    func leave() async throws {
        try await Cluster.run(3) { cluster in
            _ = try await cluster.hubs[0].start(children(90)).result.get()
            try await cluster.agree(on: Set(ids(90)))
            cluster.nodes[2].leave()
            let left = Cluster(hubs: Array(cluster.hubs.prefix(2)))
            try await left.agree(on: Set(ids(90)))
            try await eventually(within: 30) { left.hubs[0].children(on: "c").isEmpty }
            // A move that arrives is known to the registry a moment before the instance runs.
            for id in ids(90) { try await eventually(within: 30) { try await left.count(of: id) == 1 } }
        }
    }

    @Test("a node that joins takes its share, and nothing is lost on the way (W1)")
    func join() async throws {
        try await Cluster.run(2) { cluster in
            _ = try await cluster.hubs[0].start(children(120)).result.get()
            let node = testNode("z", discovery: .seeds([try await cluster.nodes[0].whenListening()]))
            let hub = try Hub("h", on: node) { $0.processes = [Bench.self, Other.self, Subject.self] }
            try await running(node) {
                let all = Cluster(hubs: cluster.hubs + [hub])
                try await eventually(within: 30) { hub.children(on: "z").count > 20 }
                try await all.agree(on: Set(ids(120)))
                for id in ids(120) { try await eventually(within: 30) { try await all.count(of: id) == 1 } }
            }
        }
    }

    @Test("several nodes that declare the same children run each once (W8)")
    func declared() async throws {
        try await Cluster.run(3) {
            $0.processes = [Bench.self]
            $0.children = (0..<30).map { Child(Bench.self, id: "boot-\($0)", .init(start: $0)) }
        } body: { cluster in
            try await cluster.agree(on: Set((0..<30).map { ChildID("boot-\($0)") }))
        }
    }

    @Test("a call to a process that moves to a joiner is executed once, by whichever instance has it")
    func callsDuringMoves() async throws {
        try await Cluster.run(1) { cluster in
            let hub = cluster.hubs[0]
            _ = try await hub.start(children(50)).result.get()
            let node = testNode("z", discovery: .seeds([try await cluster.nodes[0].whenListening()]))
            let other = try Hub("h", on: node) { $0.processes = [Bench.self, Other.self, Subject.self] }
            let callers = Task {
                var calls = 0
                while !Task.isCancelled {
                    for id in ids(50) {
                        _ = try await withDeadline(.seconds(30)) { try await hub.process(id, as: Bench.self).value }
                        calls += 1
                    }
                }
                return calls
            }
            try await running(node) {
                try await eventually(within: 30) { other.children(on: "z").count > 10 }
                callers.cancel()
                _ = try? await callers.value
            }
        }
    }
}
