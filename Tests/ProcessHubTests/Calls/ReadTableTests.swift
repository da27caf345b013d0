// SPDX-License-Identifier: Apache-2.0

import HubCore
import Testing

@testable import ProcessHub

@Suite("ReadTable")
struct ReadTableTests {
    private func id(_ child: String, hub: HubID = "h") -> ProcessID { ProcessID(hub: hub, child: ChildID(child)) }
    private func epoch(_ time: UInt64) -> Epoch { Epoch(Stamp(time: time, incarnation: Incarnation(rawValue: 1))) }
    private func route(_ node: NodeName, _ time: UInt64) -> Route { Route(node: node, epoch: epoch(time)) }

    private func wished(
        at hosts: Route..., kind: ProcessKind = "k", tags: Set<String> = [], metadata: [String: MetadataValue] = [:]
    ) -> ReadRow.Content { .wished(kind, metadata: metadata, tags: tags, hosts: hosts) }

    @Test("ids of other bytes are other children, also where Unicode calls them equal", arguments: [("é", "e\u{301}")])
    func unicode(one: String, other: String) {
        let table = ReadTable()
        table.publish(wished(), of: id(one))
        #expect(table[id(one)]?.kind == "k" && table[id(other)] == nil)
        table.publish(wished(kind: "l"), of: id(other))
        #expect(table[id(one)]?.kind == "k" && table[id(other)]?.kind == "l" && table.listings(of: "h").count == 2)
    }

    @Test("a child is found on whatever node, however many came and went")
    func nodes() {
        let table = ReadTable()
        table.publish(wished(at: route("stays", 1)), of: id("other"))
        for time in 1...70_000 as ClosedRange<UInt64> {
            table.publish(wished(at: route(NodeName("n\(time)"), time)), of: id("c"))
            guard table[id("c")]?.route == route(NodeName("n\(time)"), time) else {
                Issue.record("not found on n\(time)")
                return
            }
        }
        #expect(table[id("other")]?.route == route("stays", 1))
    }

    @Test("children of one id in two hubs are two children")
    func hubs() {
        let table = ReadTable()
        table.publish(wished(tags: ["t"]), of: id("c", hub: "a"))
        #expect(table[id("c", hub: "b")] == nil)
        #expect(table.listings(of: "a").count == 1 && table.listings(of: "b").isEmpty)
        #expect(table.listings(of: "a", tagged: "t").count == 1 && table.listings(of: "b", tagged: "t").isEmpty)
        table.publish(.gone, of: id("c", hub: "a"))
        #expect(table[id("c", hub: "a")] == nil && table.listings(of: "a").isEmpty)
        #expect(table.listings(of: "a", tagged: "t").isEmpty)
    }

    @Test("a table that grew and shrank by chance holds what a dictionary holds", arguments: [1, 2, 3] as [UInt64])
    func model(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let table = ReadTable()
        var model: [String: (UInt64, Set<String>)] = [:]
        for time in 1...20_000 as ClosedRange<UInt64> {
            let child = "c\(Int.random(in: 0..<2_000, using: &random))"
            if Int.random(in: 0..<3, using: &random) == 0 {
                table.publish(.gone, of: id(child))
                model[child] = nil
            } else {
                let tags: Set<String> = time % 5 == 0 ? ["t\(time % 3)"] : []
                table.publish(wished(at: route("n", time), tags: tags), of: id(child))
                model[child] = (time, tags)
            }
        }
        for number in 0..<2_000 {
            let entry = table.listing(id("c\(number)"))
            #expect(entry?.host?.epoch == model["c\(number)"].map { epoch($0.0) })
            #expect(entry?.tags == model["c\(number)"]?.1)
        }
        #expect(Set(table.listings(of: "h").map(\.id.rawValue)) == Set(model.keys))
        for tag in ["t0", "t1", "t2"] {
            let expected = Set(model.filter { $0.value.1.contains(tag) }.keys)
            #expect(Set(table.listings(of: "h", tagged: tag).map(\.id.rawValue)) == expected)
        }
    }

    @Test("a redirect outranks lower epochs that the hub tells later, and no host outranks it (S12)")
    func hints() {
        let table = ReadTable()
        let child = id("c")
        #expect(!table.raise(child, to: route("b", 5)))
        table.publish(wished(at: route("a", 1)), of: child)
        #expect(table.raise(child, to: route("b", 5)))
        #expect(!table.raise(child, to: route("c", 4)))
        table.publish(wished(at: route("c", 4)), of: child)
        #expect(table[child]?.route == route("b", 5))
        table.publish(wished(at: route("d", 6)), of: child)
        #expect(table[child]?.route == route("d", 6))
        table.publish(wished(), of: child)
        #expect(table[child]?.route == nil && table[child]?.kind == "k")
    }

    @Test("a listing shows kind, hosts, tags and metadata, and what changed")
    func listing() {
        let table = ReadTable()
        let child = id("c")
        table.publish(
            wished(at: route("a", 2), route("b", 1), tags: ["x", "y"], metadata: ["n": 1]), of: child)
        let entry = table.listing(child)
        #expect(entry?.hosts == [Host(route("a", 2)), Host(route("b", 1))])
        #expect(entry?.tags == ["x", "y"] && entry?.metadata == ["n": 1] && entry?.kind == "k")
        #expect(table.listings(of: "h", on: "b").count == 1 && table.listings(of: "h", on: "c").isEmpty)
        table.publish(wished(at: route("a", 2), tags: ["y"]), of: child)
        #expect(table.listings(of: "h", tagged: "x").isEmpty && table.listings(of: "h", tagged: "y").count == 1)
        #expect(table.listing(child)?.metadata == [:] && table.listing(child)?.hosts.count == 1)
    }
}
