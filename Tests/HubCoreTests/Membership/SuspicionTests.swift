// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import HubCore

@Suite(.computing) struct MembershipSuspicionTests {
    @Test(
        "a node that falls silent is suspected everywhere within 2 s and dead within 5 s, at 1 % loss",
        arguments: [3, 5, 12, 30], 0..<3 as Range<UInt64>)
    func silence(count: Int, seed: UInt64) {
        var town = Town(seed: seed)
        let names = (0..<count).map { NodeName("n\($0)") }
        for name in names { town.boot(name, seeds: [names[0]]) }
        town.run(.seconds(4))
        town.loss = 0.01
        town.run(.milliseconds(Int(seed) * 170))
        let begin = town.now
        town.kill("n1", silently: true)
        town.run(.seconds(6))
        for name in names where name != "n1" {
            let notes = town.houses[name]!.notes.filter { $0.0 > begin }
            let suspected = notes.first { if case .suspected("n1", _) = $0.1 { true } else { false } }
            let died = notes.first { $0.1 == .died("n1", town.incarnation("n1"), .silence) }
            #expect(suspected.map { begin.duration(to: $0.0) < .seconds(2) } == true)
            #expect(died.map { begin.duration(to: $0.0) < .seconds(5) } == true)
        }
    }

    @Test(
        "one node at a twentieth of its speed dies not, and kills nobody, at 1 % loss",
        arguments: [3, 5, 12], [300, 700])
    func slow(count: Int, delay: Int) {
        var town = Town(seed: UInt64(count + delay))
        let names = (0..<count).map { NodeName("n\($0)") }
        for name in names { town.boot(name, seeds: [names[0]]) }
        town.run(.seconds(4))
        town.loss = 0.01
        town.houses["n1"]?.delay = .milliseconds(delay)
        town.run(.seconds(60))
        for name in names {
            #expect(!town.has(name) { if case .died = $0 { true } else { false } })
        }
        #expect(town.agrees)
    }

    @Test("the more members confirm a suspicion, the sooner it ends")
    func confirmations() {
        let stage = Stage(peers: ["a", "b", "c", "d"])
        func patience(_ confirmers: [NodeName]) -> Duration {
            stage.membership.patience(
                Suspicion(refutation: 0, since: stage.now, confirmers: confirmers, checkAt: stage.now))
        }
        let settings = MembershipSettings()
        #expect(patience(["m"]) == settings.suspicionMaximum)
        #expect(patience(["m", "a"]) < patience(["m"]))
        #expect(patience(["m", "a", "b"]) == settings.suspicionMinimum)
        #expect(patience(["m", "a", "b", "c"]) == settings.suspicionMinimum)
        let two = Stage(peers: ["a"])
        let alone = two.membership.patience(
            Suspicion(refutation: 0, since: two.now, confirmers: ["m"], checkAt: two.now))
        #expect(alone > settings.suspicionMinimum && alone < settings.suspicionMaximum)
    }

    @Test("a suspected node is told with the next message and answers with a higher count: it stays, in the same life")
    func refutation() {
        var stage = Stage(peers: ["a", "b", "c"])
        stage.rumour(.suspected(stage.life("b"), refutation: 0, by: "a"), from: "a")
        #expect(stage.record("b")?.isSuspected == true)
        stage.actions = []
        stage.say(.probe(number: 1), from: "b")
        #expect(stage.told.contains(.suspected(stage.life("b"), refutation: 0, by: "a")))
        stage.statements["b"]?.refutation = 1
        stage.say(.probe(number: 2), from: "b")
        #expect(stage.record("b")?.stage == .alive)
        #expect(stage.notes.contains(.cleared("b", stage.life("b").incarnation)))
        stage.rumour(.suspected(stage.life("b"), refutation: 0, by: "c"), from: "c")
        #expect(stage.record("b")?.stage == .alive, "an old suspicion says nothing")
    }

    @Test("a node that hears that it is suspected says at once that it lives, with a higher count")
    func ownRefutation() {
        var stage = Stage(peers: ["a", "b"])
        stage.pass(.seconds(1))
        stage.actions = []
        stage.rumour(.suspected(stage.membership.own.life, refutation: 0, by: "a"), from: "b")
        #expect(stage.membership.own.refutation == 1)
        #expect(stage.membership.incarnation == Incarnation(rawValue: 1))
        stage.rumour(.suspected(stage.membership.own.life, refutation: 0, by: "b"), from: "b")
        #expect(stage.membership.own.refutation == 1, "each suspicion is answered once")
        stage.pass(.milliseconds(100))
        #expect(stage.told.contains(.alive(stage.membership.own)))
    }

    @Test("nobody declares a death without having asked for itself")
    func askFirst() {
        var stage = Stage(peers: ["a", "b", "c", "d"])
        for accuser in ["a", "c", "d"] as [NodeName] {
            stage.rumour(.suspected(stage.life("b"), refutation: 0, by: accuser), from: accuser)
        }
        stage.pass(.seconds(8))
        #expect(stage.record("b")?.isPresent == true, "b answers this node")
        stage.answering.remove("b")
        stage.pass(.seconds(8))
        #expect(stage.record("b")?.stage == .gone(.dead))
    }

    @Test("members are asked in rounds: each once before any a second time, beside those that are watched")
    func rounds() {
        var settings = MembershipSettings()
        settings.antiEntropyInterval = .seconds(600)
        var stage = Stage(peers: (0..<12).map { NodeName("p\($0)") }, settings: settings)
        stage.pass(.seconds(2))
        stage.actions = []
        stage.pass(.seconds(30))
        var counts: [NodeName: Int] = [:]
        for (message, name) in stage.sent { if case .probe = message.body { counts[name, default: 0] += 1 } }
        #expect(counts.count == 12)
        let rare = counts.values.sorted().prefix(10)
        #expect(rare.first! >= 4 && rare.last! <= 7, "about 60 intervals, 12 a round: \(counts)")
        #expect(counts.values.sorted().suffix(2).allSatisfy { $0 >= 55 }, "two are watched: \(counts)")
    }

    @Test("a node that hears nobody in time takes longer before it accuses, and recovers")
    func localHealth() {
        var stage = Stage(peers: ["a", "b", "c", "d"])
        stage.answering = []
        stage.pass(.seconds(2))
        #expect(stage.membership.localHealth > 0)
        stage.pass(.seconds(60))
        #expect(stage.membership.localHealth <= Limits.localHealth)
        var other = Stage(peers: ["a", "b", "c", "d"])
        other.answering.remove("b")
        other.pass(.seconds(2))
        #expect(other.membership.localHealth == 0, "others say in time that they cannot reach it either")
    }

    @Test("traffic does not grow with the number of members", arguments: [6, 12, 40])
    func traffic(count: Int) {
        var town = Town(seed: 3)
        let names = (0..<count).map { NodeName("n\($0)") }
        for name in names { town.boot(name, seeds: [names[0]]) }
        town.run(.seconds(6))
        #expect(town.agrees)
        let before = names.map { town.houses[$0]!.sent }
        town.run(.seconds(10))
        for (name, before) in zip(names, before) {
            let each = (town.houses[name]!.sent - before) / 10
            #expect(each <= 24, "\(name) sends \(each) messages a second")
        }
    }
}
