// SPDX-License-Identifier: Apache-2.0

internal import TestSupport
internal import Testing

@testable import HubCore

@Suite("Receipts of deltas", .serialized, .computing)
struct ReceiptTests {
    /// Two nodes that know each other, of which nobody waits for anything unless it is said.
    private static func world(patience: Double = 1) -> RegistryWorld {
        var world = RegistryWorld(2)
        world.meet()
        world.run(for: .seconds(1))
        world.faults.patience = patience
        world.sent = []
        return world
    }

    private static func receipts(_ world: RegistryWorld) -> [UInt64] {
        world.sent.compactMap { if case .received(let receipt) = $0.body { receipt.number } else { nil } }
    }

    private static func isHeld(_ world: RegistryWorld) -> Bool {
        world.nodes[0].holds(world.nodes[1].node, WishMark(world.nodes[0].log.last))
    }

    @Test("where somebody waits for it, a receipt comes at once")
    func awaited() {
        var world = Self.world(patience: 0)
        world.start("one", on: 0)
        world.run(for: .microseconds(250))
        #expect(Self.receipts(world).count == 1 && Self.isHeld(world))
    }

    @Test("where nobody waits for it, it comes a little later, all that are owed together")
    func patient() {
        var world = Self.world()
        for name: ChildID in ["one", "two", "three"] {
            world.start(name, on: 0)
            world.run(for: .microseconds(200))
        }
        #expect(Self.receipts(world).isEmpty && !Self.isHeld(world) && world.nodes[1].counts.running == 3)
        world.run(for: Limits.receiptPatience)
        #expect(Self.receipts(world).count == 3 && Self.isHeld(world))
        #expect(world.nodes.allSatisfy { !$0.owesReceipts })
    }

    @Test("what is awaited brings the receipts of what came before it")
    func broughtByTheNext() {
        var world = Self.world()
        world.start("one", on: 0)
        world.run(for: .microseconds(200))
        world.faults.patience = 0
        world.start("two", on: 0)
        world.run(for: .microseconds(250))
        #expect(Self.receipts(world).count == 2 && Self.isHeld(world))
    }

    @Test("they go with what is sent there for another reason")
    func withOthers() {
        var world = Self.world()
        world.start("one", on: 0)
        world.run(for: .microseconds(200))
        world.start("two", on: 1)
        world.run(for: .microseconds(200))
        #expect(Self.receipts(world).count == 1 && Self.isHeld(world))
        var actions: [RegistryAction] = []
        var registry = world.nodes[0]
        registry.payReceipts(to: ["n7"], into: &actions)
        #expect(actions.isEmpty)
        registry.payReceipts(to: ["n1"], into: &actions)
        #expect(actions.count == 1)
    }

    @Test("many deltas, and large ones, are acknowledged at once, so that the window stays open")
    func many() {
        var world = Self.world()
        for number in 0..<100 { world.start(ChildID("c-\(number)"), on: 0) }
        let open = world.nodes[0].peers[0].flights.count
        #expect(open == Limits.windowMessages)
        world.run(for: .milliseconds(2))
        #expect(Self.receipts(world).count >= Limits.windowMessages && world.nodes[1].counts.running == 100)
    }

    @Test("one that is lost is asked for again", arguments: 1...20 as ClosedRange<UInt64>)
    func lost(seed: UInt64) {
        var world = RegistryWorld(3, seed: seed)
        world.meet()
        world.run(for: .seconds(1))
        world.faults = .init(loss: 0.5, patience: 0.7)
        for number in 0..<30 {
            world.start(ChildID("c-\(number)"), on: number % 3)
            world.run(for: .milliseconds(7))
        }
        world.faults = .init(patience: 1)
        world.run(for: .seconds(10))
        #expect(world.firstDifference() == nil)
        #expect(world.nodes.allSatisfy { $0.peers.allSatisfy { $0.flights.isEmpty && $0.owed.isEmpty } })
    }
}
