// SPDX-License-Identifier: Apache-2.0

internal import Floors
internal import Foundation
internal import Harness
internal import ProcessHub

/// What it costs on several nodes, each a process of its own but the first, which is this one.
enum ClusterCases {
    static func cases() -> [Case] {
        [
            Case("start 1, three nodes") { time in
                try await Group.run(3) { try await Starts($0.hub).one(for: time) }
            },
            agree(10_000, nodes: 3), agree(10_000, nodes: 5),
            Case("kill -9 one of three, 10000") { _ in try await kill(10_000) },
            Case("idle child elsewhere") { _ in try await elsewhere(100_000) },
        ]
    }

    /// Takes minutes and gigabytes: only where it is asked for by its name.
    static let large = [
        Case("1000000 on three nodes") { _ in try await million(1_000_000) }
    ]

    private static func agree(_ count: Int, nodes: Int) -> Case {
        Case("agree \(count), \(nodes) nodes") { _ in
            try await Group.run(nodes) { group in
                group.tell(["await", "\(count)"])
                let start = Clocks.elapsed()
                try await Starts(group.hub).fill(count)
                let started = Clocks.elapsed() - start
                try await group.untilAll(count)
                return [.p50: Double(Clocks.elapsed() - start), .rate: Double(count) * 1e9 / Double(started)]
            }
        }
    }

    private static func kill(_ count: Int) async throws -> Sample {
        try await Group.run(3) { group in
            try await Starts(group.hub).fill(count)
            group.tell(["await", "\(count)"])
            try await group.untilAll(count)
            let victim = group.others[1]
            let start = Clocks.elapsed()
            victim.kill()
            group.others[0].tell(["without", "n2", "\(count)"])
            try await group.until(count, without: "n2")
            _ = group.others[0].answer()
            return [.p50: Double(Clocks.elapsed() - start)]
        }
    }

    /// The memory of a child on a node that does not run it.
    private static func elsewhere(_ count: Int) async throws -> Sample {
        try await Group.run(2, weightOfFirst: 0) { group in
            let hub = group.hub
            _ = try await hub.start(Adder.self, id: "first", .init())
            let before = Memory.residentBytes()
            _ = group.others[0].ask("fill", "\(count)")
            try await group.until(count, without: "")
            try await Task.sleep(for: .seconds(1))
            return [.bytes: Double(Memory.residentBytes() - before) / Double(count)]
        }
    }

    private static func million(_ count: Int) async throws -> Sample {
        try await Group.run(3) { group in
            let before = Memory.residentBytes()
            group.tell(["await", "\(count)"])
            let start = Clocks.elapsed()
            try await Starts(group.hub).fill(count)
            let time = Clocks.elapsed() - start
            try await group.untilAll(count)
            let bytes = Memory.residentBytes() - before
            let killed = Clocks.elapsed()
            group.others[1].kill()
            group.others[0].tell(["without", "n2", "\(count)"])
            try await group.until(count, without: "n2")
            _ = group.others[0].answer()
            return [
                .rate: Double(count) * 1e9 / Double(time), .bytes: Double(bytes) / Double(count),
                .p50: Double(Clocks.elapsed() - killed),
            ]
        }
    }

    static let bars = [
        Bar("start 1, three nodes", .p50, .atMost(3), of: "echo coalesced int 1"),
        Bar("agree 10000, 3 nodes", .p50, .atMost(150_000_000)),
        Bar("agree 10000, 5 nodes", .p50, .atMost(300_000_000)),
        Bar("kill -9 one of three, 10000", .p50, .atMost(750_000_000)),
        Bar("idle child elsewhere", .bytes, .atMost(350)),
    ]

    /// Another member: says where it listens, and does what it is asked.
    static func member(_ words: [String]) async throws {
        let node = Node(
            name: NodeName(words[0]), discovery: .seeds([words[1]]), cluster: ClusterName(words[2]), logger: .quiet)
        let hub = try Hub("bench", on: node) { $0.processes = [Adder.self] }
        try await node.run {
            let address = try await node.whenListening()
            try await ServingRole.ready([address]) { request in
                switch request.first {
                case "await": try await Group.until(Int(request[1]) ?? 0, without: "", on: hub)
                case "without": try await Group.until(Int(request[2]) ?? 0, without: request[1], on: hub)
                case "members": try await Group.until(members: Int(request[1]) ?? 0, on: hub)
                case "fill": try await Starts(hub).fill(Int(request[1]) ?? 0)
                default: throw UsageError(argument: request.joined(separator: " "))
                }
                return ["done"]
            }
        }
    }
}

/// Nodes that were made for one measurement.
struct Group: Sendable {
    let hub: Hub
    let others: [OtherProcess]

    static func run(
        _ count: Int, weightOfFirst: Double = 1, _ body: @escaping @Sendable (Group) async throws -> Sample
    ) async throws -> Sample {
        let cluster = "bench-\(UUID().uuidString)"
        let node = Node(
            name: "n0", cluster: ClusterName(cluster), traits: NodeTraits(weight: weightOfFirst), logger: .quiet)
        let hub = try Hub("bench", on: node) { $0.processes = [Adder.self] }
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await node.run() }
            let address = try await node.whenListening()
            let others = try (1..<count).map { try OtherProcess(role: ["member", "n\($0)", address, cluster]) }
            let group = Group(hub: hub, others: others)
            for other in others { other.tell(["members", "\(count)"]) }
            try await until(members: count, on: hub)
            for other in others { _ = other.answer() }
            let sample = try await body(group)
            node.leave()
            try await tasks.waitForAll()
            return sample
        }
    }

    func tell(_ words: [String]) { for other in others { other.tell(words) } }

    /// Waits until every node knows so many children with a host each; the others were told to.
    func untilAll(_ count: Int) async throws {
        try await until(count, without: "")
        for other in others { _ = other.answer() }
    }

    func until(_ count: Int, without node: NodeName) async throws {
        try await Self.until(count, without: node.rawValue, on: hub)
    }

    /// Waits until a hub knows so many children with a host each, none on a node.
    static func until(_ count: Int, without node: String, on hub: Hub) async throws {
        while true {
            let entries = hub.children()
            if entries.count >= count, entries.allSatisfy({ $0.host.map { $0.node.rawValue != node } ?? false }) {
                return
            }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    static func until(members: Int, on hub: Hub) async throws {
        while hub.members.count != members { try await Task.sleep(for: .milliseconds(5)) }
    }
}
