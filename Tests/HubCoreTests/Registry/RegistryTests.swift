// SPDX-License-Identifier: Apache-2.0

internal import TestSupport
internal import Testing

@testable import HubCore

@Suite("Registry", .serialized, .computing)
struct RegistryTests {
    private func exchanged(_ count: Int, settings: RegistrySettings = RegistrySettings()) -> RegistryWorld {
        var world = RegistryWorld(count, settings: settings)
        world.meet()
        world.run(for: .seconds(1))
        return world
    }

    private func wish(_ id: ChildID, _ time: UInt64, since: UInt64? = nil, running: Bool = true) -> Wish {
        let life = Incarnation(rawValue: 5)
        return Wish(
            id: id, stamp: Stamp(time: time, incarnation: life),
            since: since.map { Stamp(time: $0, incarnation: life) }, origin: RegistryWorld.origin,
            content: running ? .running(Child(id: id, kind: "k"), placedOn: []) : .stopped)
    }

    // MARK: - Wishes

    @Test("the later stamp wins, in whatever order wishes come", arguments: [[1, 2, 3], [3, 1, 2], [2, 3, 1]])
    func laterWins(order: [UInt64]) throws {
        var registry = RegistryWorld(1).nodes[0]
        var actions: [RegistryAction] = []
        for time in order {
            _ = registry.take(wish("a", time, running: time != 3), from: "x", at: .zero, into: &actions)
        }
        let found = registry.slot(of: "a")
        let slot = try #require(found)
        #expect(registry.stamp(of: slot).time == 3 && registry.desired(of: slot) == .stopped)
        #expect(registry.counts.running == 0 && registry.counts.stopped == 1)
        let same = registry.take(wish("a", 3, running: false), from: "x", at: .zero, into: &actions)
        let older = registry.take(wish("a", 2), from: "x", at: .zero, into: &actions)
        #expect(same == .same(slot) && older == .older(slot))
    }

    @Test("a stop after the start is later than a change that did not know of it", arguments: [[1, 2, 3], [1, 3, 2]])
    func stopOutlastsChange(order: [UInt64]) throws {
        var registry = RegistryWorld(1).nodes[0]
        var actions: [RegistryAction] = []
        let wishes: [UInt64: Wish] = [
            1: wish("a", 1), 2: wish("a", 2, running: false), 3: wish("a", 3, since: 1),
        ]
        for time in order { _ = registry.take(try #require(wishes[time]), from: "x", at: .zero, into: &actions) }
        let found = registry.slot(of: "a")
        let slot = try #require(found)
        #expect(registry.stamp(of: slot).time == 2 && registry.desired(of: slot) == .stopped)
        let next = registry.take(wish("a", 5, since: 4), from: "x", at: .zero, into: &actions)
        #expect(next == .newer(slot) && registry.desired(of: slot) == .running)
        #expect(registry.since(of: slot).time == 4 && registry.stamp(of: slot).time == 5)
        let stale = registry.take(wish("a", 9, since: 1), from: "x", at: .zero, into: &actions)
        #expect(stale == .older(slot))
    }

    @Test("what was decided late counts from when it was asked for: what was asked for since is the last word (S9, S8)")
    func decidedLate() throws {
        var registry = RegistryWorld(1).nodes[0]
        var actions: [RegistryAction] = []
        _ = registry.take(wish("a", 5), from: "x", at: .zero, into: &actions)
        let lateStop = registry.take(wish("a", 9, since: 3, running: false), from: "x", at: .zero, into: &actions)
        let found = registry.slot(of: "a")
        let slot = try #require(found)
        #expect(lateStop == .older(slot) && registry.desired(of: slot) == .running)
        let stop = wish("a", 12, since: 8, running: false)
        let stopped = registry.take(stop, from: "x", at: .zero, into: &actions)
        #expect(stopped == .newer(slot) && registry.wish(of: slot) == stop && registry.since(of: slot).time == 8)
        let lateStart = registry.take(wish("a", 20, since: 7), from: "x", at: .zero, into: &actions)
        #expect(lateStart == .older(slot) && registry.desired(of: slot) == .stopped)
        let start = registry.take(wish("a", 9), from: "x", at: .zero, into: &actions)
        #expect(start == .newer(slot) && registry.since(of: slot).time == 9)
    }

    @Test("a stopped child keeps the time that its instance may take to end")
    func shutdownOfTheStopped() throws {
        var world = RegistryWorld(1)
        world.start("a", on: 0, child: Child(id: "a", kind: "k", shutdown: .seconds(30)))
        let stopped = world.stop("a", on: 0)
        #expect(world.nodes[0].shutdown(of: stopped.slot) == .seconds(30))
        world.start("a", on: 0)
        let again = world.stop("a", on: 0)
        #expect(world.nodes[0].shutdown(of: again.slot) == Limits.childShutdown)
    }

    @Test("a request is late once an owner could have been replaced since it was made, not before")
    func lateRequests() {
        var world = RegistryWorld(1)
        let request = world.nodes[0].mint(at: world.now)
        world.run(for: Limits.lateRequest)
        #expect(world.nodes[0].since(request, at: world.now) == nil)
        world.run(for: .milliseconds(2))
        #expect(world.nodes[0].since(request, at: world.now) == request)
        let ahead = Stamp(time: request.time + 1 << 40, incarnation: request.incarnation)
        #expect(world.nodes[0].since(ahead, at: world.now) == nil)
    }

    @Test("a stamp more than a year ahead is refused, counted and told")
    func yearAhead() {
        var registry = RegistryWorld(1).nodes[0]
        var actions: [RegistryAction] = []
        let far = wish("a", 65_536 * 1_000 * 3_600 * 24 * 400)
        let taken = registry.take(far, from: "x", at: .zero, into: &actions)
        let slot = registry.slot(of: "a")
        #expect(taken == .refused && slot == nil && registry.counts.refusedStamps == 1)
        #expect(actions == [.refusedStamp(far.stamp, from: "x")])
    }

    @Test("a child that is known by its tombstone alone has no kind, not that of another one")
    func tombstoneWithoutKind() throws {
        var registry = RegistryWorld(1).nodes[0]
        var actions: [RegistryAction] = []
        _ = registry.take(wish("a", 3, running: false), from: "x", at: .zero, into: &actions)
        _ = registry.take(wish("b", 3), from: "x", at: .zero, into: &actions)
        let found = (registry.slot(of: "a"), registry.slot(of: "b"))
        #expect(registry.kind(of: try #require(found.0)) == nil)
        #expect(registry.kind(of: try #require(found.1)) == "k")
    }

    @Test("what a child has is what was wished, rare things included")
    func whole() throws {
        var world = RegistryWorld(2)
        world.meet()
        let child = Child(
            id: "a", kind: "k", arguments: Array(0..<40), metadata: ["n": 1, "l": ["x", true]], tags: ["t", "u"],
            restart: .transient, shutdown: .seconds(9))
        world.start("a", on: 0, child: child)
        world.run(for: .seconds(1))
        let slot = try #require(world.slot("a", on: 1))
        #expect(world.nodes[1].child(of: slot) == child)
        #expect(world.tagged("t", on: 1) == ["a"] && world.tagged("v", on: 1).isEmpty)
        world.stop("a", on: 0)
        world.run(for: .seconds(1))
        #expect(world.nodes[1].child(of: slot) == nil && world.tagged("t", on: 1).isEmpty)
    }

    @Test("a tag finds its children among all, and costs what it finds")
    func tags() {
        var world = RegistryWorld(1)
        for number in 0..<20_000 {
            let id = ChildID(rawValue: "c\(number)")
            world.start(id, on: 0, child: Child(id: id, kind: "k", tags: number % 100 == 0 ? ["rare"] : []))
        }
        let before = world.nodes[0].totalWork
        let found = world.nodes[0].children(tagged: "rare").map { world.nodes[0].id(of: $0).rawValue }
        #expect(Set(found) == Set((0..<200).map { "c\($0 * 100)" }))
        #expect(world.nodes[0].totalWork - before <= 4)
    }

    @Test("a slot is kept while pinned or changed, and free once nothing is known of its child")
    func slots() throws {
        var registry = RegistryWorld(1).nodes[0]
        var actions: [RegistryAction] = []
        let wished = registry.wish(
            .running(Child(id: "a", kind: "k"), placedOn: []), for: "a", origin: RegistryWorld.origin, at: .zero,
            into: &actions)
        let slot = try #require(wished).slot
        registry.pin(slot)
        let changed = registry.takeDirty()
        #expect(changed == slot && !registry.hasDirty)
        registry.drop(try #require(registry.key(of: slot)), at: .zero, into: &actions)
        let changedAgain = registry.takeDirty()
        #expect(changedAgain == slot)
        registry.free(slot)
        let kept = registry.slot(of: "a")
        #expect(kept == slot)
        registry.unpin(slot)
        let changedOnceMore = registry.takeDirty()
        #expect(changedOnceMore == slot)
        registry.free(slot)
        let left = registry.slot(of: "a")
        #expect(left == nil)
    }

    // MARK: - Who holds what

    @Test("a wish is held by those who acknowledged it, and the node itself (S8)")
    func holders() {
        var world = exchanged(3)
        world.cuts = [[0, 2]]
        let wished = world.start("a", on: 0)
        #expect(world.nodes[0].holders(of: wished.mark) == 1)
        world.run(for: .milliseconds(10))
        #expect(world.nodes[0].holders(of: wished.mark) == 2)
        #expect(world.nodes[0].holds("n1", wished.mark) && !world.nodes[0].holds("n2", wished.mark))
        #expect(world.notes[0].contains(.held("n1", upTo: wished.mark)))
        world.cuts = []
        world.run(for: .seconds(5))
        #expect(world.nodes[0].holders(of: wished.mark) == 3)
    }

    @Test("the node that hears of a wish can tell at once that it holds it: one message")
    func asking() {
        var world = exchanged(3)
        let wished = world.start("a", on: 0)
        #expect(!world.holds("a", at: wished.stamp, on: 1))
        world.run(for: .microseconds(150))
        #expect(world.holds("a", at: wished.stamp, on: 1))
    }

    @Test("nobody sees a wish without the start its owner ordered, also when what went before was lost")
    func neverAlone() throws {
        var world = exchanged(2)
        world.cuts = [[0, 1]]
        world.start("a", on: 0)
        world.run(for: .milliseconds(1))
        world.cuts = []
        world.start("b", on: 0)
        world.run(for: .milliseconds(1))
        let slot = try #require(world.slot("b", on: 1))
        #expect(world.nodes[1].desired(of: slot) == .running)
        #expect(world.nodes[1].copies(of: slot).map(\.copy.status) == [.starting])
        world.run(for: .seconds(2))
        #expect(world.firstDifference() == nil)
    }

    // MARK: - Exchanges

    @Test("equal tables compare digests and send nothing else (W49)")
    func equalTables() {
        var world = exchanged(2)
        for number in 0..<3_000 { world.start(ChildID(rawValue: "c\(number)"), on: number % 2) }
        world.run(for: .seconds(3))
        #expect(world.firstDifference() == nil)
        world.sent.removeAll()
        world.run(for: .seconds(60))
        #expect(!world.sent.isEmpty)
        for message in world.sent {
            switch message.body {
            case .compare, .completed: break
            case .compared(_, let buckets): #expect(buckets.isEmpty)
            default: Issue.record("\(message)")
            }
        }
    }

    @Test("tables that differ in one child exchange that one and its neighbours' keys")
    func oneDifference() {
        var world = exchanged(2)
        for number in 0..<5_000 { world.start(ChildID(rawValue: "c\(number)"), on: 0) }
        world.run(for: .seconds(3))
        var actions: [RegistryAction] = []
        // As if it had come from a node that is gone by now.
        _ = world.nodes[0].take(wish("lonely", 70_000_000_000), from: "x", at: world.now, into: &actions)
        world.sent.removeAll()
        world.run(for: .seconds(16))
        #expect(world.firstDifference() == nil)
        let wishes = world.sent.reduce(0) { $0 + $1.wishCount }
        let keys = world.sent.reduce(0) { $0 + $1.keyCount }
        #expect(wishes == 1)
        #expect(keys <= 20)
    }

    @Test("a node is ready once it exchanged everything with one that is, or is alone")
    func ready() {
        var world = RegistryWorld(3)
        world.meet([0], version: 1)
        #expect(world.nodes[0].isReady)
        for number in 0..<50 { world.start(ChildID(rawValue: "c\(number)"), on: 0) }
        world.cuts = [[0, 1], [1, 0]]
        world.meet(version: 2)
        world.run(for: .seconds(2))
        #expect(world.nodes[2].isReady && world.knowledge(of: 2).count == 50)
        world.run(for: .seconds(30))
        // Through the third, which is ready.
        #expect(world.nodes[1].isReady && world.knowledge(of: 1).count == 50)
    }

    @Test("two nodes that both know nothing do not take that for a full exchange while a third may know more")
    func emptyPair() {
        var world = RegistryWorld(3)
        world.cuts = [[0, 1], [1, 0], [0, 2], [2, 0]]
        world.meet([0], version: 1)
        world.start("a", on: 0)
        world.meet(version: 2)
        world.run(for: .seconds(5))
        #expect(world.nodes[1].isExchanged(with: "n2"))
        #expect(!world.nodes[1].isReady && !world.nodes[2].isReady)
        world.cuts = []
        world.run(for: .seconds(30))
        #expect(world.nodes[1].isReady && world.nodes[2].isReady && world.firstDifference() == nil)
    }

    // MARK: - Lives

    @Test("the copies of a life that left the view count for nothing at once and go bit by bit, each told of")
    func lostLife() throws {
        var world = exchanged(3)
        for number in 0..<3_000 { world.start(ChildID(rawValue: "c\(number)"), on: 2) }
        world.run(for: .seconds(5))
        let slot = try #require(world.slot("c7", on: 0))
        #expect(world.nodes[0].copies(of: slot).count == 1)
        var actions: [RegistryAction] = []
        let view = world.view([0, 1], of: 0, version: 2)
        world.nodes[0].viewChanged(view, at: world.now, into: &actions)
        #expect(world.nodes[0].copies(of: slot).isEmpty && actions.contains(.continueWork))
        var lost = 0
        var batches = 0
        while world.nodes[0].hasWork {
            actions = []
            var left = 1_000
            world.nodes[0].work(&left, at: world.now, into: &actions)
            let told = actions.filter { if case .copyLost = $0 { true } else { false } }.count
            #expect(told <= 1_000)
            lost += told
            batches += 1
        }
        #expect(lost == 3_000 && batches >= 3)
        #expect(world.nodes[0].counts.running == 3_000)
    }

    @Test("a node that goes on under a new incarnation keeps its copies, and others know them as the new life's")
    func renewal() throws {
        var world = exchanged(2)
        world.start("a", on: 0)
        world.run(for: .seconds(1))
        let renewed = Incarnation(rawValue: 77)
        world.act(0) { $0.renew(renewed, at: $1, into: &$2) }
        world.meet(version: 2)
        world.run(for: .seconds(3))
        let slot = try #require(world.slot("a", on: 1))
        #expect(world.nodes[1].copies(of: slot).map(\.incarnation) == [renewed])
        #expect(world.firstDifference() == nil)
    }

    @Test("a hub that was stopped and started again on a living node is another life: what it held is not held")
    func restartedHub() {
        var world = exchanged(2)
        let wished = world.start("a", on: 0)
        world.start("b", on: 1)
        world.run(for: .seconds(1))
        #expect(world.nodes[0].holds("n1", wished.mark))
        world.now.wallMilliseconds += 10
        world.nodes[1] = Registry(node: "n1", incarnation: world.nodes[1].life.incarnation, at: world.now)
        world.meet(version: 2)
        world.run(for: .seconds(3))
        #expect(world.firstDifference() == nil)
        #expect(world.knowledge(of: 0)["b"]?.count == 1, "the copy of the former life is gone")
    }

    @Test("what an earlier life of a hub held counts for nothing, whoever tells of it, and whenever (S12)")
    func earlierLifeByHearsay() throws {
        let node = Incarnation(rawValue: 2_000)
        let lives = [2_000_000, 2_000_001].map { HubLife(node: "n1", birth: Stamp(time: $0 << 16, incarnation: node)) }
        for order in [[0, 1], [1, 0]] {
            for isHeard in [false, true] {
                var world = exchanged(3)
                // The hub of n1 left, and came back in the same life of its node: what is known of it is forgotten.
                for (version, members) in [(2, [0, 2]), (3, [0, 1, 2])] {
                    let view = world.view(members, of: 0, version: UInt64(version))
                    world.act(0) { $0.viewChanged(view, at: $1, into: &$2) }
                }
                for life in order {
                    let epoch = Epoch(lives[life].birth)
                    let row = SliceRow(child: "x", number: 1, copy: HubCore.Copy(epoch: epoch, status: .active))
                    let range = SliceRange(life: lives[life], from: 0, to: 1, top: 1, trimmed: 0, rows: [row])
                    let sender = world.nodes[2].life
                    let message = RegistryMessage(birth: sender.birth, body: .delta(Delta(number: 900, slice: range)))
                    world.act(0) { $0.receive(message, from: "n2", sender.incarnation, at: $1, into: &$2) }
                    guard isHeard, life == order[0] else { continue }
                    let own = RegistryMessage(
                        birth: lives[1].birth, body: .received(Receipt(to: .zero, number: 0, slice: nil, covered: [])))
                    world.act(0) { $0.receive(own, from: "n1", node, at: $1, into: &$2) }
                }
                world.run(for: .seconds(1))
                let slot = try #require(world.slot("x", on: 0))
                #expect(world.nodes[0].copies(of: slot).map(\.copy.epoch) == [Epoch(lives[1].birth)])
            }
        }
    }

    @Test("a link that was greeted as a life that is over hides nothing from the life that went on with it (L1)")
    func linkOfAnEarlierLife() {
        var world = exchanged(2)
        let old = world.nodes[1].life.incarnation
        let renewed = Incarnation(rawValue: 2_001)
        world.act(1) { $0.renew(renewed, at: $1, into: &$2) }
        world.meet(version: 2)
        world.run(for: .seconds(1))
        world.act(0) { $0.linked("n1", old, at: $1, into: &$2) }
        let wished = world.start("late", on: 0)
        world.run(for: .seconds(3))
        #expect(world.nodes[0].holds("n1", wished.mark) && world.firstDifference() == nil)
    }

    @Test("a stamp is above every stamp that came from anywhere (S2)")
    func stamps() {
        var world = exchanged(2)
        world.nodes[0].clock = StampClock(incarnation: world.nodes[0].life.incarnation)
        _ = world.nodes[0].clock.observe(Stamp(time: 1 << 45, incarnation: Incarnation(rawValue: 1)), at: world.now)
        let wished = world.start("a", on: 0)
        world.run(for: .seconds(1))
        let minted = world.nodes[1].mint(at: world.now)
        #expect(minted > wished.stamp)
    }
}

extension RegistryMessage {
    var wishCount: Int {
        switch body {
        case .delta(let delta): delta.wishes.count
        case .differences(let differences): differences.wishes.count
        case .wishes(let wishes): wishes.count
        default: 0
        }
    }

    var keyCount: Int {
        guard case .keys(let keys) = body else { return 0 }
        return keys.buckets.reduce(0) { $0 + $1.keys.count }
    }
}
