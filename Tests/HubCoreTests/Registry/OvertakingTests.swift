// SPDX-License-Identifier: Apache-2.0

internal import TestSupport
internal import Testing

@testable import HubCore

/// Deltas that overtake each other: none has to come twice.
@Suite("Deltas that overtake", .serialized, .computing)
struct OvertakingTests {
    /// Two nodes that know each other, and the ends of this many children on their way from the one to the other.
    private static func world(_ count: Int) -> RegistryWorld {
        var world = RegistryWorld(2)
        world.meet()
        let ids = (0..<count).map { ChildID(rawValue: "c\($0)") }
        for id in ids {
            world.start(id, on: 0)
            world.run(for: .milliseconds(5))
        }
        world.run(for: .seconds(1))
        world.sent = []
        for id in ids {
            world.act(0) { registry, _, _ in
                if let slot = registry.slot(of: id) { registry.removeCopy(of: slot) }
            }
        }
        return world
    }

    /// What is on its way comes in this order, a microsecond apart.
    private static func reorder(_ world: inout RegistryWorld, _ order: ([Int]) -> [Int]) {
        let first = world.now.nanoseconds + 1_000
        let places = order(Array(world.underway.indices))
        for (turn, place) in places.enumerated() { world.underway[place].due = first + Int64(turn) * 1_000 }
    }

    private static func position(_ world: RegistryWorld) -> UInt64 {
        let birth = world.nodes[0].life
        return world.nodes[1].slices.first { $0.life == birth }?.number ?? 0
    }

    @Test("once the first of them is there all count, in whatever order they came", arguments: 0..<20)
    func anyOrder(seed: UInt64) {
        var world = Self.world(12)
        #expect(world.underway.count == 12)
        let before = Self.position(world)
        var chance = SeededGenerator(seed: seed)
        Self.reorder(&world) { $0.shuffled(using: &chance) }
        world.run(for: .microseconds(14))
        #expect(Self.position(world) == before + 12)
        #expect(world.nodes[1].slices.allSatisfy { $0.early.isEmpty })
        #expect(world.firstDifference() == nil)
    }

    @Test("one that was lost comes again, and then what came before it counts")
    func lost() {
        var world = Self.world(12)
        let before = Self.position(world)
        world.underway.remove(at: 3)
        Self.reorder(&world) { $0.reversed() }
        world.run(for: .microseconds(13))
        #expect(Self.position(world) == before + 3)
        #expect(world.nodes[1].slices.contains { !$0.early.isEmpty })
        world.sent = []
        world.run(for: .seconds(1))
        #expect(Self.position(world) == before + 12)
        #expect(world.nodes[1].slices.allSatisfy { $0.early.isEmpty })
        #expect(world.firstDifference() == nil)
    }

    @Test("not more is kept than a message may bring")
    func bounded() {
        var world = Self.world(Limits.windowMessages)
        let life = world.nodes[0].life
        var slice = Slice(life: life)
        for number in 1...10 as ClosedRange<UInt64> {
            let rows = (0..<100).map { SliceRow(child: "r\($0)", number: number * 100 + $0, copy: nil) }
            slice.keep(
                SliceRange(life: life, from: number * 100, to: number * 100 + 99, top: 2_000, trimmed: 0, rows: rows))
        }
        #expect(slice.early.reduce(0) { $0 + $1.rows.count } <= Limits.earlyRows && !slice.early.isEmpty)
        world.underway.removeFirst()
        Self.reorder(&world) { $0.reversed() }
        world.run(for: .seconds(2))
        #expect(world.firstDifference() == nil)
    }
}
