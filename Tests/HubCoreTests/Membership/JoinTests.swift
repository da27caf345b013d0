// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import HubCore

@Suite(.computing) struct MembershipJoinTests {
    @Test("nodes that know a seed agree on one view within 2 s", arguments: [2, 3, 5, 9, 25])
    func join(count: Int) {
        var town = Town()
        let names = (0..<count).map { NodeName("n\($0)") }
        for name in names { town.boot(name, seeds: [names[0]]) }
        let time = town.run(atMost: .seconds(10)) { $0.agrees }
        #expect(time.map { $0 < .seconds(2) } == true)
    }

    @Test("nodes that begin in any order, each with all as seeds, make one cluster", arguments: 0..<6 as Range<UInt64>)
    func coldStart(seed: UInt64) {
        var town = Town(seed: seed)
        var generator = SeededGenerator(seed: seed)
        let names = (0..<5).map { NodeName("n\($0)") }
        for name in names.shuffled(using: &generator) {
            town.boot(name, seeds: names)
            town.run(.milliseconds(Int.random(in: 0...400, using: &generator)))
        }
        let time = town.run(atMost: .seconds(10)) { $0.agrees }
        #expect(time.map { $0 < .seconds(5) } == true)
    }

    @Test("a node without seeds is alone at once, and sees itself")
    func withoutSeeds() {
        let stage = Stage()
        #expect(stage.notes == [.alone])
        #expect(stage.seen == ["m"])
        #expect(stage.membership.standing == .serving)
    }

    @Test("a node whose seeds are itself or refused twice is alone, one refusal is not enough")
    func vainSeeds() {
        let (own, other) = (Town.address("m"), Town.address("x"))
        var stage = Stage(seeds: [own, other])
        #expect(stage.membership.standing == .joining)
        stage.act { $0.dialFailed(own, node: nil, .ownAddress, at: $1) }
        stage.act { $0.dialFailed(other, node: nil, .refused, at: $1) }
        stage.pass(.milliseconds(500))
        #expect(stage.membership.standing == .joining)
        stage.act { $0.dialFailed(other, node: nil, .refused, at: $1) }
        #expect(stage.membership.standing == .serving)
    }

    @Test("a node whose seeds are silent is alone after 3 s, not before")
    func silentSeeds() {
        var stage = Stage(seeds: [Town.address("x")])
        stage.act { $0.dialFailed(Town.address("x"), node: nil, .unreachable, at: $1) }
        stage.pass(.milliseconds(2_900))
        #expect(stage.membership.standing == .joining)
        #expect(stage.views.isEmpty)
        stage.pass(.milliseconds(300))
        #expect(stage.membership.standing == .serving)
    }

    @Test("a joiner serves nothing before it has the whole table of a member")
    func firstExchange() throws {
        var stage = Stage(seeds: [Town.address("a")])
        stage.meet("a")
        stage.pass(.milliseconds(200))
        #expect(stage.record("a")?.isPresent == true)
        let asked = stage.sent.compactMap { sent -> UInt64? in
            if case .compare(let number, _) = sent.message.body { number } else { nil }
        }
        let number = try #require(asked.last)
        stage.say(.table(number: number, part: 1, parts: 2), from: "a")
        stage.say(.table(number: number + 99, part: 0, parts: 1), from: "a")
        stage.pass(.milliseconds(400))
        #expect(stage.membership.standing == .joining)
        #expect(stage.views.isEmpty)
        stage.say(.table(number: number, part: 0, parts: 2), from: "a")
        stage.pass(.seconds(2))
        #expect(stage.membership.standing == .serving)
        #expect(stage.views.first?.members.map(\.name) == ["a", "m"], "the first view shows who was there")
    }

    @Test("a joiner whose only member dies before its table came is alone, not stuck")
    func memberDies() {
        var stage = Stage(seeds: [Town.address("a")])
        stage.meet("a")
        stage.pass(.milliseconds(200))
        #expect(stage.sent.contains { if case .compare = $0.message.body { true } else { false } })
        stage.answering = []
        let life = stage.life("a")
        stage.act { $0.linkDown("a", life.incarnation, .closed, at: $1) }
        stage.act { $0.dialFailed(Town.address("a"), node: "a", .refused, at: $1) }
        stage.pass(.seconds(5))
        #expect(stage.membership.standing == .serving)
        #expect(stage.seen == ["m"])
    }

    @Test("a node that is connected and never answers does not become a member")
    func oneWayContact() {
        var stage = Stage(peers: ["a"])
        stage.statements["x"] = Stage.statement("x", 5)
        stage.act { $0.linkUp("x", Incarnation(rawValue: 5), Town.address("x"), at: $1) }
        stage.say(.greet(number: 1, stage.statements["x"]!), from: "x")
        stage.pass(.seconds(20))
        #expect(stage.record("x")?.isPresent == false)
        stage.answering.insert("x")
        stage.pass(.seconds(1))
        #expect(stage.record("x")?.isPresent == true)
    }

    @Test("a rumour about an unknown node makes this one dial it, not believe it; after a while it is forgotten")
    func rumourOfUnknown() {
        var stage = Stage(peers: ["a"])
        let ghost = Stage.statement("x", 5)
        stage.rumour(.alive(ghost), from: "a")
        #expect(stage.actions.contains(.connect("x", Town.address("x"))))
        stage.pass(.seconds(9))
        #expect(stage.record("x")?.isCandidate == true)
        #expect(!stage.told.contains(.alive(ghost)), "it is not passed on either")
        stage.pass(.seconds(2))
        #expect(stage.record("x") == nil)
        #expect(stage.actions.contains(.disconnect(ghost.life)))
    }

    @Test("a node that only another member can reach becomes a member through it")
    func vouched() {
        var stage = Stage(peers: ["a"])
        let far = Stage.statement("x", 5)
        stage.reachable = [far.life]
        stage.rumour(.alive(far), from: "a")
        stage.pass(.seconds(1))
        #expect(stage.record("x")?.isPresent == true)
    }

    @Test("which hubs run where is part of what a node says about itself")
    func hubs() {
        var town = Town()
        for name in ["a", "b", "c"] as [NodeName] { town.boot(name, seeds: ["a"]) }
        town.run(.seconds(3))
        town.ask(.hubStarted("carts"), of: "b")
        town.ask(.hubStarted("a-hub"), of: "b")
        #expect(town.houses["b"]?.view?["b"]?.hubs == ["a-hub", "carts"])
        town.run(.seconds(1))
        #expect(town.houses["c"]?.view?["b"]?.hubs == ["a-hub", "carts"])
        town.ask(.hubStopped("a-hub"), of: "b")
        town.ask(.hubStopped("none"), of: "b")
        town.run(.seconds(1))
        #expect(town.houses["a"]?.view?["b"]?.hubs == ["carts"])
    }
}

@Suite(.computing) struct MembershipLeaveTests {
    @Test("a node that leaves tells everyone, who drop it at once, and goes when all know")
    func leave() {
        var town = Town()
        for name in ["a", "b", "c", "d"] as [NodeName] { town.boot(name, seeds: ["a"]) }
        town.run(.seconds(4))
        town.ask(.leaveAsked, of: "b")
        let time = town.run(atMost: .seconds(2)) { $0.houses["b"]!.hasLeft && $0.agrees }
        #expect(time.map { $0 < .milliseconds(50) } == true)
        for name in ["a", "c", "d"] as [NodeName] {
            #expect(town.has(name) { $0 == .wentAway("b", town.incarnation("b")) })
            #expect(!town.has(name) { if case .died = $0 { true } else { false } })
        }
    }

    @Test("it waits for those who do not answer for a second at most")
    func leaveUnheard() {
        var stage = Stage(peers: ["a", "b"])
        stage.answering.remove("b")
        stage.act { $0.leave(at: $1) }
        stage.pass(.milliseconds(900))
        #expect(!stage.actions.contains(.left))
        #expect(stage.membership.standing == .leaving)
        stage.pass(.milliseconds(300))
        #expect(stage.actions.last == .left, "after the last view and roster")
        #expect(stage.membership.standing == .left)
        stage.actions = []
        stage.pass(.seconds(5))
        stage.say(.probe(number: 1), from: "a")
        #expect(stage.actions.isEmpty, "it says nothing any more")
    }

    @Test("a draining node is shown so by all, at once")
    func drain() {
        var town = Town()
        for name in ["a", "b", "c"] as [NodeName] { town.boot(name, seeds: ["a"]) }
        town.run(.seconds(4))
        town.ask(.drainAsked, of: "b")
        #expect(town.houses["b"]?.view?.standing == .leaving)
        town.run(.milliseconds(300))
        for name in ["a", "b", "c"] as [NodeName] { #expect(town.houses[name]?.view?["b"]?.service == .draining) }
    }

    @Test("a node that never began leaves at once")
    func leaveEarly() {
        var stage = Stage(seeds: [Town.address("x")])
        stage.act { $0.leave(at: $1) }
        #expect(stage.actions.last == .left)
        #expect(stage.views.map(\.standing) == [.leaving, .left], "that it leaves is seen before that it left")
    }
}
