// SPDX-License-Identifier: Apache-2.0

internal import TestSupport
internal import Testing

@testable import HubCore

/// Whatever the network does, all nodes know the same in the end (L1).
@Suite("Registry convergence", .serialized, .computing)
struct RegistryConvergenceTests {
    @Test("what is written on one node is known on all after one message each")
    func oneMessage() {
        var world = RegistryWorld(3)
        world.meet()
        world.run(for: .seconds(1))
        world.sent.removeAll()
        world.start("a", on: 0)
        let deltas = world.sent.filter { if case .delta = $0.body { true } else { false } }
        #expect(deltas.count == 2)
        world.run(for: .milliseconds(1))
        #expect(world.firstDifference() == nil)
        #expect(world.knowledge(of: 2).count == 1)
    }

    @Test("nodes that lose, double, delay and reorder messages know the same in the end", arguments: 0..<60)
    func faults(seed: Int) async {
        await Task.yield()
        var world = RegistryWorld(seed % 2 == 0 ? 2 : 3, seed: UInt64(seed), settings: .small(UInt64(seed)))
        world.faults = .init(loss: 0.2, doubling: 0.2, delay: 100_000...400_000_000, patience: 0.5)
        world.meet()
        for _ in 0..<300 {
            world.doSomething()
            if seed % 3 == 0, Int.random(in: 0..<20, using: &world.chance) == 0 { world.forgetSomething() }
            if Bool.random(using: &world.chance) { world.run(for: .milliseconds(50)) }
        }
        world.faults = .init()
        world.cuts = []
        world.run(for: .seconds(40))
        #expect(world.firstDifference() == nil, "seed \(seed)")
    }

    @Test("a cut between two nodes hides nothing of the one from the other while a third hears both", arguments: 0..<20)
    func cut(seed: Int) async {
        await Task.yield()
        var world = RegistryWorld(3, seed: UInt64(seed), settings: .small(UInt64(seed)))
        world.meet()
        world.run(for: .seconds(1))
        world.cuts = seed % 2 == 0 ? [[0, 1]] : [[0, 1], [1, 0]]
        for _ in 0..<100 { world.doSomething() }
        world.run(for: .seconds(10))
        #expect(world.firstDifference() == nil, "seed \(seed)")
    }

    @Test("who lags takes the whole slice also while it changes faster than removals are remembered", arguments: 0..<3)
    func changesMeanwhile(seed: Int) throws {
        var settings = RegistrySettings()
        (settings.removals, settings.messageRows, settings.windowRows) = (2, 2, 8)
        var world = RegistryWorld(4, seed: UInt64(seed), settings: settings)
        world.meet()
        world.run(for: .seconds(1))
        world.cuts = Set((0..<3).flatMap { [[$0, 3], [3, $0]] })
        for child in 0..<200 { world.start(ChildID(rawValue: "c\(child)"), on: 0) }
        for child in 0..<40 { world.stop(ChildID(rawValue: "c\(child)"), on: 0) }
        world.run(for: .seconds(3))
        world.cuts = []
        world.faults.delay = 2_000_000...2_000_000
        world.act(0) { registry, now, _ in
            guard let slot = registry.slot(of: "c199") else { return }
            registry.set(
                HubCore.Copy(epoch: registry.mintEpoch(at: now), status: .moving(to: "x", .none)), of: slot)
        }
        // Each node copies the slice from each other one: while it does, its owner goes on.
        for change in 0..<900 {
            let id = ChildID(rawValue: "c\(40 + change / 2 % 150)")
            if change % 2 == 0 { world.stop(id, on: 0) } else { world.start(id, on: 0) }
            world.run(for: .milliseconds(1))
        }
        let moves = world.knowledge(of: 3)["c199"]?.contains { $0.contains("moving") }
        #expect(moves == true, "seed \(seed)")
        world.faults = .init()
        world.run(for: .seconds(5))
        #expect(world.firstDifference() == nil, "seed \(seed)")
    }

    @Test("two sides that wrote apart know the same soon after they meet again", arguments: 0..<20)
    func split(seed: Int) async {
        await Task.yield()
        var world = RegistryWorld(3, seed: UInt64(seed), settings: .small(UInt64(seed)))
        world.meet()
        world.run(for: .seconds(1))
        world.cuts = [[0, 1], [1, 0], [0, 2], [2, 0]]
        for _ in 0..<200 { world.doSomething() }
        world.run(for: .seconds(20))
        world.cuts = []
        for node in 0..<3 {
            for other in 0..<3 where other != node {
                let life = world.nodes[other].life
                world.act(node) { $0.linked(life.node, life.incarnation, at: $1, into: &$2) }
            }
        }
        world.run(for: .seconds(5))
        #expect(world.firstDifference() == nil, "seed \(seed)")
    }
}
