// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import HubCore

@Suite(.computing) struct MembershipPauseTests {
    private func town(_ count: Int) -> Town {
        var town = Town()
        for index in 0..<count { town.boot(NodeName("n\(index)"), seeds: ["n0"]) }
        town.run(.seconds(4))
        return town
    }

    private func wasUnsure(_ town: Town, _ name: NodeName) -> Bool {
        town.houses[name]!.views.contains { $0.standing == .unsure }
    }

    @Test("a node that was stopped serves nothing until a member says that it is still in its view")
    func confirmed() {
        var town = town(3)
        let life = town.incarnation("n1")
        town.stop("n1", for: .milliseconds(2_300))
        town.run(.milliseconds(2_299))
        let time = town.run(atMost: .seconds(2)) { $0.houses["n1"]?.view?.standing == .unsure }
        #expect(time != nil)
        let again = town.run(atMost: .seconds(2)) { $0.agrees }
        #expect(again.map { $0 < .milliseconds(100) } == true)
        #expect(town.incarnation("n1") == life)
    }

    @Test("members that were stopped together confirm each other", arguments: [2, 3, 5])
    func together(count: Int) {
        var town = town(count)
        for name in town.names { town.stop(name, for: .seconds(20)) }
        town.run(.milliseconds(20_001))
        let lives = town.names.map(town.incarnation)
        for name in town.names { #expect(wasUnsure(town, name)) }
        let time = town.run(atMost: .seconds(10)) { $0.agrees }
        #expect(time.map { $0 < .seconds(1) } == true)
        #expect(town.names.map(town.incarnation) == lives)
    }

    @Test("of two that were stopped together for long, none believes the other: the rest declared them dead")
    func twoOfFive() {
        var town = town(5)
        for name in ["n1", "n2"] as [NodeName] { town.stop(name, for: .seconds(10)) }
        let lives = town.names.map(town.incarnation)
        town.run(.milliseconds(9_900))
        #expect(town.seen(by: "n0") == ["n0", "n3", "n4"])
        let time = town.run(atMost: .seconds(10)) { $0.agrees }
        #expect(time.map { $0 < .seconds(2) } == true)
        #expect(zip(town.names, lives).map { town.incarnation($0) != $1 } == [false, true, true, false, false])
    }

    @Test("a node that is alone confirms itself, at once")
    func alone() {
        var town = town(1)
        town.stop("n0", for: .seconds(10))
        town.run(.seconds(11))
        #expect(town.houses["n0"]?.view?.standing == .serving)
        #expect(town.has("n0") { if case .paused = $0 { true } else { false } })
    }

    @Test("an answer from before the pause confirms nothing, nor does one who does not know this node")
    func staleAnswer() {
        var stage = Stage(peers: ["a", "b"])
        stage.pass(.seconds(1))
        let old = stage.membership.lastNumber
        stage.now = stage.now.advanced(by: .seconds(3))
        stage.say(.verdict(number: old, .member), from: "a")
        #expect(stage.membership.standing == .unsure)
        stage.pass(.milliseconds(300))
        stage.say(.verdict(number: stage.membership.lastNumber, .unknown), from: "a")
        stage.say(.verdict(number: stage.membership.lastNumber, .memberInDoubt), from: "a")
        #expect(stage.membership.standing == .unsure, "b may know better")
        stage.say(.verdict(number: stage.membership.lastNumber, .memberInDoubt), from: "b")
        #expect(stage.membership.standing == .serving)
    }

    @Test("after a pause nobody is blamed for what this node did not hear")
    func noBlame() {
        var town = town(5)
        town.stop("n1", for: .milliseconds(2_400))
        town.run(.seconds(20))
        for name in town.names { #expect(!town.has(name) { if case .died = $0 { true } else { false } }) }
        #expect(town.agrees)
    }

    @Test("a gap shorter than a suspicion is no pause")
    func shortGap() {
        var stage = Stage(peers: ["a"])
        stage.pass(.seconds(1))
        stage.now = stage.now.advanced(by: .milliseconds(1_400))
        stage.act { $0.tick(at: $1) }
        #expect(stage.membership.standing == .serving)
    }
}
