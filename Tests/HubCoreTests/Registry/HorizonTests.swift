// SPDX-License-Identifier: Apache-2.0

internal import Testing

@testable import HubCore

/// What was stopped stays stopped, though tombstones are collected (S9).
@Suite("Horizon", .serialized)
struct HorizonTests {
    private static var short: RegistrySettings {
        var settings = RegistrySettings()
        settings.tombstoneLife = .seconds(30)
        return settings
    }

    /// Three nodes know a child; the third is cut off, the child is stopped, and its tombstones are collected.
    private static func absent() -> RegistryWorld {
        var world = RegistryWorld(3, settings: short)
        world.meet()
        world.run(for: .seconds(1))
        world.start("a", on: 2)
        world.start("stays", on: 0)
        world.run(for: .seconds(1))
        world.cuts = [[0, 2], [2, 0], [1, 2], [2, 1]]
        world.stop("a", on: 0)
        world.run(for: .seconds(60))
        return world
    }

    @Test("a tombstone is collected after its time on the holder's clock, and raises the horizon to its stamp")
    func collection() {
        var world = RegistryWorld(1, settings: Self.short)
        world.meet()
        world.start("a", on: 0)
        let stopped = world.stop("a", on: 0)
        world.run(for: .seconds(29))
        #expect(world.nodes[0].counts.stopped == 1 && world.nodes[0].horizon == .zero)
        world.run(for: .seconds(2))
        #expect(world.nodes[0].counts.stopped == 0 && world.nodes[0].horizon == stopped.stamp)
        #expect(world.knowledge(of: 0).isEmpty)
    }

    @Test("a tombstone that was decided late covers only what was asked for before it was (S8)")
    func collectionOfALateOne() throws {
        var world = RegistryWorld(1, settings: Self.short)
        world.meet()
        let asked = world.nodes[0].mint(at: world.now)
        let between = world.start("b", on: 0)
        var actions: [RegistryAction] = []
        _ = world.nodes[0].wish(
            .stopped, since: asked, for: "a", origin: RegistryWorld.origin, at: world.now, into: &actions)
        world.run(for: .seconds(31))
        #expect(world.nodes[0].horizon == asked && world.nodes[0].horizon < between.stamp)
        #expect(world.nodes[0].counts.stopped == 0 && world.nodes[0].counts.running == 1)
    }

    @Test("who has not caught up collects nothing: its horizon would cover what it has not heard of (S8)")
    func newcomerCollectsNothing() throws {
        var settings = Self.short
        settings.tombstones = 2
        var world = RegistryWorld(3, settings: settings)
        world.meet([0, 1])
        world.run(for: .seconds(1))
        world.start("kept", on: 0)
        world.run(for: .seconds(1))
        for number in 0..<2 { world.stop(ChildID(rawValue: "s\(number)"), on: 1) }
        world.run(for: .seconds(1))
        // Tombstones reach the newcomer, and nothing else does for long.
        for node in 0..<2 {
            let view = world.view([0, 1, 2], of: node, version: 2)
            world.act(node) { $0.viewChanged(view, at: $1, into: &$2) }
        }
        let view = world.view([0, 1, 2], of: 2, version: 2)
        world.act(2) { $0.viewChanged(view, at: $1, into: &$2) }
        world.underway = []
        world.cuts = [[2, 0], [0, 2], [1, 2], [2, 1]]
        for number in 0..<4 {
            let id = ChildID(rawValue: "t\(number)")
            let stop = Wish(
                id: id, stamp: world.nodes[1].mint(at: world.now), origin: RegistryWorld.origin, content: .stopped)
            world.act(2) { _ = $0.take(stop, from: "n1", at: $1, into: &$2) }
        }
        world.run(for: .seconds(40))
        #expect(world.nodes[2].horizon == .zero && world.nodes[2].counts.stopped == 4)
        world.cuts = []
        world.run(for: .seconds(20))
        for node in 0..<3 { #expect(world.nodes[node].counts.running == 1) }
        #expect(world.firstDifference() == nil && world.nodes[2].counts.stopped <= 2)
    }

    @Test("tombstones beyond their number go before their time, the oldest first (S16)")
    func tooMany() {
        var settings = RegistrySettings()
        settings.tombstones = 10
        var world = RegistryWorld(1, settings: settings)
        world.meet()
        var stamps: [Stamp] = []
        for number in 0..<25 { stamps.append(world.stop(ChildID(rawValue: "c\(number)"), on: 0).stamp) }
        world.act(0) { $0.timePassed(at: $1, into: &$2) }
        #expect(world.nodes[0].counts.stopped == 10 && world.nodes[0].horizon == stamps[14])
    }

    @Test("tombstones beyond their number stay until every member was told: nobody counts as a holder before (S8, S16)")
    func toldBeforeCollected() {
        var settings = RegistrySettings()
        settings.tombstones = 2
        settings.windowRows = 4
        var world = RegistryWorld(2, settings: settings)
        world.meet()
        world.run(for: .seconds(1))
        for number in 0..<30 { world.start(ChildID(rawValue: "c\(number)"), on: 0) }
        world.run(for: .seconds(5))
        var wishes: [Wished] = []
        for number in 0..<30 { wishes.append(world.stop(ChildID(rawValue: "c\(number)"), on: 0)) }
        #expect(world.nodes[0].counts.stopped == 30)
        var untold = 0
        for _ in 0..<1_000 {
            world.run(for: .microseconds(100))
            for (number, wish) in wishes.enumerated() where world.nodes[0].holds("n1", wish.mark) {
                let isHeld =
                    world.nodes[1].horizon >= wish.stamp
                    || world.holds(ChildID(rawValue: "c\(number)"), at: wish.stamp, on: 1)
                if !isHeld { untold += 1 }
            }
        }
        #expect(untold == 0 && wishes.allSatisfy { world.nodes[0].holds("n1", $0.mark) })
        #expect(world.nodes[0].counts.stopped == 2 && world.nodes[1].counts.running == 0)
    }

    @Test("who refuses a wish because its horizon covers it is no holder of it (S8)")
    func coveredIsNotHeld() {
        var world = RegistryWorld(2, settings: Self.short)
        world.meet()
        world.run(for: .seconds(1))
        let before = world.start("before", on: 0)
        world.run(for: .milliseconds(10))
        world.nodes[1].horizon = Stamp(time: .max >> 8, incarnation: Incarnation(rawValue: 1))
        let covered = world.start("covered", on: 0)
        world.run(for: .microseconds(250))
        #expect(world.notes[0].contains(.dropped("covered")))
        #expect(world.nodes[0].holders(of: covered.mark) == 1 && before.mark < covered.mark)
    }

    @Test("a start after the stop makes the tombstone worthless: nothing is collected, no horizon rises")
    func startedAgain() {
        var world = RegistryWorld(1, settings: Self.short)
        world.meet()
        world.stop("a", on: 0)
        world.start("a", on: 0)
        world.run(for: .seconds(60))
        #expect(world.nodes[0].horizon == .zero && world.nodes[0].counts.running == 1)
    }

    @Test("a member that was away brings nothing back from the dead: both sides drop it and say so (S9)")
    func returning() {
        var world = Self.absent()
        #expect(world.nodes[0].horizon > .zero && world.nodes[0].counts.running == 1)
        world.cuts = []
        world.run(for: .seconds(20))
        for node in 0..<3 { #expect(world.knowledge(of: node)["a"]?.contains { $0.hasPrefix("Wish") } != true) }
        #expect(world.notes[2].contains(.dropped("a")))
        #expect(world.nodes.allSatisfy { $0.horizon == world.nodes[0].horizon })
        #expect(world.firstDifference() == nil && world.nodes[2].counts.running == 1)
    }

    @Test("a member that changed the child while it was away brings nothing back either (S9)")
    func returningWithAChange() throws {
        var world = Self.absent()
        let slot = try #require(world.slot("a", on: 2))
        let wish = try #require(world.nodes[2].wish(of: slot))
        var actions: [RegistryAction] = []
        _ = world.nodes[2].wish(
            wish.content, since: wish.since, for: "a", origin: RegistryWorld.origin, at: world.now, into: &actions)
        #expect(world.nodes[2].stamp(of: slot) > world.nodes[0].horizon)
        world.cuts = []
        world.run(for: .seconds(20))
        #expect(world.nodes.allSatisfy { $0.counts.running == 1 } && world.firstDifference() == nil)
    }

    @Test("without its horizon a node would take back what was stopped: the rule is what prevents it")
    func planted() {
        var world = Self.absent()
        for node in 0..<2 {
            world.nodes[node].horizon = .zero
            for peer in world.nodes[node].peers.indices { world.nodes[node].peers[peer].round = nil }
        }
        world.cuts = []
        world.run(for: .seconds(20))
        #expect(world.nodes[0].counts.running == 2)
    }

    @Test("a wish that was written while away, later than the horizon, is taken")
    func laterWish() {
        var world = Self.absent()
        world.start("new", on: 2)
        world.cuts = []
        world.run(for: .seconds(20))
        #expect(world.nodes.allSatisfy { $0.counts.running == 2 })
    }

    @Test("a newcomer takes everything before it takes the horizon: what it lacks yet is not dropped")
    func newcomer() {
        var world = Self.absent()
        for number in 0..<500 { world.start(ChildID(rawValue: "c\(number)"), on: 0) }
        world.run(for: .seconds(1))
        // The third is new now, and its connection is slow and bad.
        world.nodes[2] = Registry(
            node: "n2", incarnation: Incarnation(rawValue: 8), at: world.now, settings: Self.short)
        world.cuts = []
        world.faults = .init(loss: 0.2, doubling: 0.1, delay: 1_000_000...300_000_000, patience: 0.5)
        world.meet(version: 2)
        var isOrderly = true
        for _ in 0..<600 where world.nodes[2].horizon == .zero {
            world.run(for: .milliseconds(100))
            if world.nodes[2].horizon > .zero { isOrderly = world.nodes[2].counts.running == 501 }
        }
        #expect(isOrderly && world.nodes[2].horizon > .zero)
        world.faults = .init()
        world.run(for: .seconds(40))
        #expect(world.nodes.allSatisfy { $0.counts.running == 501 } && world.firstDifference() == nil)
    }

    @Test("a delta is no way around the horizon: the receiver refuses, and the sender drops too")
    func byDelta() {
        var world = RegistryWorld(2, settings: Self.short)
        world.meet()
        world.run(for: .seconds(1))
        world.nodes[1].horizon = Stamp(time: .max >> 8, incarnation: Incarnation(rawValue: 1))
        world.start("a", on: 0)
        world.run(for: .milliseconds(10))
        #expect(world.nodes[0].counts.running == 0 && world.nodes[1].counts.running == 0)
        #expect(world.notes[0].contains(.dropped("a")))
    }
}
