// SPDX-License-Identifier: Apache-2.0

internal import TestSupport
internal import Testing

@testable import HubCore

/// A slice whose hash differs at the same number is taken whole, whoever stops telling it and whoever lags.
@Suite("Slices in doubt", .serialized, .computing)
struct DoubtTests {
    private static let count = 20

    /// The first of four nodes runs children that all know; the last one hears only those that are named.
    private static func world(hears: [Int]) -> RegistryWorld {
        var settings = RegistrySettings()
        (settings.messageRows, settings.windowRows, settings.removals) = (2, 4, 4)
        var world = RegistryWorld(4, settings: settings)
        world.meet()
        for child in 0..<count { world.start(id(child), on: 0) }
        world.run(for: .seconds(1))
        world.cuts = Set((0..<3).filter { !hears.contains($0) }.flatMap { [[$0, 3], [3, $0]] })
        return world
    }

    private static func id(_ child: Int) -> ChildID { ChildID(rawValue: "c\(child)") }

    private static func place(_ world: RegistryWorld) -> Int {
        world.nodes[3].slices.firstIndex { $0.life == world.nodes[0].life }!
    }

    private static func slice(_ world: RegistryWorld) -> Slice { world.nodes[3].slices[place(world)] }

    /// How many of the children the last node knows to run.
    private static func known(_ world: RegistryWorld) -> Int {
        world.knowledge(of: 3).values.filter { facts in facts.contains { $0.hasPrefix("n0 ") } }.count
    }

    private static func whole(_ world: RegistryWorld, rows: Range<Int>, from: UInt64, top: UInt64, trimmed: UInt64)
        -> SliceRange
    {
        let birth = world.nodes[0].life
        var registry = world.nodes[0]
        let told = rows.map { child in
            let slot = registry.slot(of: id(child))!
            let place = registry.place(of: slot, in: Slice.own)!
            return SliceRow(
                child: id(child), number: registry.copies[place].number, copy: registry.copy(place))
        }
        return SliceRange(
            life: birth, from: from, to: told.last?.number ?? top, top: top, trimmed: trimmed, rows: told)
    }

    @Test("it is asked for again from another one when the teller stopped in the middle, though its owner is quiet")
    func tellerStops() {
        var world = Self.world(hears: [1])
        let missing = Self.slice(world).list.tail
        world.act(3) { registry, _, _ in registry.erase(copyAt: missing) }
        #expect(Self.known(world) == Self.count - 1)
        // The exchange tells the difference; then the teller dies after some rows, and only another one is heard.
        while Self.slice(world).resync == nil, world.now < Instant(nanoseconds: 40_000_000_000) {
            world.run(for: .microseconds(50))
        }
        #expect(Self.slice(world).isDoubtful && Self.slice(world).resync != nil)
        world.cuts = Set([0, 2, 3].flatMap { [[$0, 1], [1, $0]] } + [[0, 3], [3, 0]])
        world.run(for: .milliseconds(600))
        world.meet([0, 2, 3], version: 2)
        world.run(for: .seconds(4))
        #expect(!Self.slice(world).isDoubtful && Self.slice(world).resync == nil)
        #expect(Self.slice(world).hash == world.nodes[0].slices[0].hash)
        #expect(Self.known(world) == Self.count)
    }

    @Test("one that has less than was held takes nothing back")
    func lessThanHeld() {
        var world = Self.world(hears: [])
        let (held, place) = (Self.slice(world), Self.place(world))
        var old = Self.whole(world, rows: 0..<5, from: 0, top: held.number - 5, trimmed: 0)
        old.to = old.top
        world.act(3) { registry, now, actions in
            registry.slices[place].doubted = now
            let position = registry.take(old, from: "n2", at: now, into: &actions)
            // It is done with it: it would tell the same again and again.
            #expect(position?.isGap == false && position?.number == old.top)
        }
        world.run(for: .milliseconds(1))
        #expect(Self.slice(world).number == held.number && Self.slice(world).isDoubtful)
        #expect(Self.known(world) == Self.count)
    }

    @Test("a teller that is behind what another one forgot makes nothing begin anew")
    func behindAnother() {
        var world = Self.world(hears: [])
        let (top, place) = (Self.slice(world).number, Self.place(world))
        let first = Self.whole(world, rows: 0..<8, from: 0, top: top, trimmed: top - 4)
        let behind = Self.whole(world, rows: 8..<10, from: first.to, top: top - 6, trimmed: 0)
        let rest = Self.whole(world, rows: 8..<Self.count, from: first.to, top: top, trimmed: top - 4)
        world.act(3) { registry, now, actions in
            registry.slices[place].number = top - 10
            #expect(registry.take(first, from: "n1", at: now, into: &actions)?.isGap == false)
            let taken = registry.slices[place].resync
            #expect(taken?.number == first.to)
            let position = registry.take(behind, from: "n2", at: now, into: &actions)
            #expect(position?.isGap == false && position?.number == behind.top)
            #expect(registry.slices[place].resync == taken)
            let end = registry.take(rest, from: "n1", at: now, into: &actions)
            #expect(end?.isGap == false && end?.number == top)
            #expect(registry.slices[place].number == top)
        }
    }

    @Test("an old message of the owner itself is behind too, and the owner goes on where the slice stands")
    func oldMessageOfOwner() {
        var world = Self.world(hears: [])
        let (top, place) = (Self.slice(world).number, Self.place(world))
        let first = Self.whole(world, rows: 0..<8, from: 0, top: top, trimmed: top - 4)
        let old = Self.whole(world, rows: 0..<2, from: 0, top: top - 9, trimmed: 0)
        world.act(3) { registry, now, actions in
            registry.slices[place].doubted = now
            _ = registry.take(first, from: "n0", at: now, into: &actions)
            let position = registry.take(old, from: "n0", at: now, into: &actions)
            #expect(position?.isGap == true && position?.number == first.to)
        }
    }
}
