// SPDX-License-Identifier: Apache-2.0

import HubCore
import ProcessHub
import Testing

/// Nodes in this process that are members of one cluster over loopback sockets, each with a hub of one id.
struct Cluster: Sendable {
    /// In the order of the nodes' names: `a`, `b`, and so on.
    let hubs: [Hub]
    var nodes: [Node] { hubs.map(\.node) }

    /// Runs so many nodes while `body` does; it begins when each sees all.
    static func run(
        _ count: Int,
        configure: @escaping @Sendable (inout HubConfiguration) -> Void = {
            $0.processes = [Bench.self, Other.self, Subject.self]
        },
        body: @Sendable @escaping (Cluster) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            var hubs: [Hub] = []
            var seeds: [String] = []
            for index in 0..<count {
                let name = NodeName(String(UnicodeScalar(UInt8(ascii: "a") + UInt8(index))))
                let node = testNode(name, discovery: .seeds(seeds))
                hubs.append(try Hub("h", on: node, configure))
                group.addTask { try await node.run() }
                let address = try await node.whenListening()
                if seeds.isEmpty { seeds = [address] }
            }
            let cluster = Cluster(hubs: hubs)
            do {
                for hub in hubs { try await eventually(within: 30) { hub.members.count == count } }
                try await body(cluster)
            } catch {
                for hub in hubs { hub.node.leave() }
                throw error
            }
            for hub in hubs { hub.node.leave() }
            try await group.waitForAll()
        }
    }

    /// Waits until all hubs show the same children on the same hosts, these ids and no others, each with one.
    func agree(
        on ids: Set<ChildID>, within seconds: Double = 30, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await eventually(
            within: seconds,
            {
                let maps = hubs.map { hub in
                    Dictionary(uniqueKeysWithValues: hub.children().map { ($0.id, $0.hosts) })
                }
                guard let first = maps.first, maps.allSatisfy({ $0 == first }) else { return false }
                return Set(first.keys) == ids && first.values.allSatisfy { $0.count == 1 }
            }, sourceLocation: sourceLocation)
    }

    /// On how many nodes an instance of a child really runs.
    func count(of id: ChildID) async throws -> Int {
        var count = 0
        for hub in hubs {
            if try await hub.process(id, as: Bench.self).withLocal({ _ in true }) == true { count += 1 }
        }
        return count
    }
}
