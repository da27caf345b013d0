// SPDX-License-Identifier: Apache-2.0

internal import TestSupport
internal import Testing

@testable import HubCore

/// No event does work in proportion to the number of children (W47 to W53).
@Suite("Registry work", .serialized, .computing)
struct RegistryWorkTests {
    /// Two nodes that know so many children, written on the first.
    private static func world(_ count: Int) -> RegistryWorld {
        var world = RegistryWorld(2)
        world.meet()
        world.run(for: .seconds(1))
        for number in 0..<count {
            let id = ChildID(rawValue: "child-\(number)")
            world.act(0) { registry, now, actions in
                guard
                    let slot = registry.wish(
                        .running(Child(id: id, kind: "k"), placedOn: []), for: id, origin: RegistryWorld.origin,
                        at: now, into: &actions)?.slot
                else { return }
                registry.set(HubCore.Copy(epoch: registry.mintEpoch(at: now), status: .active), of: slot)
            }
            if number % 500 == 0 { world.run(for: .milliseconds(1)) }
        }
        world.run(for: .seconds(2))
        return world
    }

    @Test("one start and one stop touch as many rows among 20 000 as among 200 (W47)")
    func single() async {
        var work: [UInt64] = []
        for count in [200, 20_000] {
            await Task.yield()
            var world = Self.world(count)
            #expect(world.nodes[1].counts.running == count)
            let before = world.nodes.map(\.totalWork)
            world.start("one", on: 0)
            world.run(for: .milliseconds(5))
            world.stop("one", on: 0)
            world.run(for: .milliseconds(5))
            work.append(zip(world.nodes, before).reduce(0) { $0 + $1.0.totalWork - $1.1 })
        }
        #expect(work[1] <= work[0] + 40, "\(work)")
        #expect(work[1] <= 200)
    }

    @Test("a newcomer takes 20 000 children in batches of a bounded size, on both sides (W50, W52)")
    func newcomer() async {
        var world = Self.world(20_000)
        await Task.yield()
        world.nodes[1] = Registry(node: "n1", incarnation: Incarnation(rawValue: 8), at: world.now)
        world.dearest = 0
        world.sent.removeAll()
        world.meet(version: 2)
        world.run(for: .seconds(10))
        #expect(world.firstDifference() == nil && world.nodes[1].counts.running == 20_000)
        #expect(world.dearest <= 4 * UInt64(Limits.batchWork), "\(world.dearest)")
        #expect(world.sent.allSatisfy { $0.rows <= 2 * Limits.messageRows })
        // Each wish and each copy crosses once, or nearly so.
        let rows = world.sent.reduce(0) { $0 + $1.wishCount }
        #expect(rows <= 21_000, "\(rows)")
    }

    @Test("a node that leaves with 20 000 copies makes no single step long (W50)")
    func leaving() async {
        var world = Self.world(20_000)
        await Task.yield()
        world.dearest = 0
        let view = world.view([1], of: 1, version: 2)
        world.act(1) { $0.viewChanged(view, at: $1, into: &$2) }
        #expect(world.nodes[1].counts.running == 20_000)
        #expect(world.dearest <= 4 * UInt64(Limits.batchWork), "\(world.dearest)")
        #expect(world.notes[1].filter { if case .copyLost = $0 { true } else { false } }.count == 20_000)
    }

    @Test("comparing 20 000 equal children looks at none of them (W48, W49)")
    func comparing() async {
        var world = Self.world(20_000)
        await Task.yield()
        world.run(for: .seconds(20))
        let before = world.nodes.map(\.totalWork)
        world.run(for: .seconds(300))
        let work = zip(world.nodes, before).reduce(0) { $0 + $1.0.totalWork - $1.1 }
        #expect(work <= 100)
    }

    @Test("what one budget does not allow follows in the next batch, and none does more")
    func budget() {
        var world = RegistryWorld(2)
        world.meet()
        world.run(for: .seconds(1))
        var actions: [RegistryAction] = []
        for number in 0..<5_000 {
            let id = ChildID(rawValue: "c\(number)")
            _ = world.nodes[0].wish(.stopped, for: id, origin: RegistryWorld.origin, at: world.now, into: &actions)
        }
        actions = []
        var left = 100
        world.nodes[0].flush(isAwaited: true, at: world.now, budget: &left, into: &actions)
        let rows = actions.reduce(0) { sum, action in
            if case .send(let message, _) = action { sum + message.rows } else { sum }
        }
        #expect(rows <= 100 + Limits.messageRows + 4 && actions.contains(.continueWork))
    }
}
