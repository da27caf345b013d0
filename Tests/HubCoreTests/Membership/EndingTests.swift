// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import HubCore

@Suite(.computing) struct MembershipEndingTests {
    private func lose(_ stage: inout Stage, _ name: NodeName, refused: Bool, end: LinkEnd = .closed) {
        let life = stage.life(name)
        stage.act { $0.linkDown(name, life.incarnation, end, at: $1) }
        guard refused else { return }
        stage.act { $0.dialFailed(Town.address(name), node: name, .refused, at: $1) }
    }

    @Test("a connection that closes kills nobody, and one that is refused as well only if another member saw it too")
    func twoWitnesses() {
        var stage = Stage(peers: ["a", "b", "c"])
        lose(&stage, "b", refused: false)
        #expect(stage.record("b")?.isPresent == true)
        lose(&stage, "b", refused: false)
        stage.act { $0.dialFailed(Town.address("b"), node: "b", .refused, at: $1) }
        #expect(stage.record("b")?.isPresent == true)
        stage.rumour(.ended(stage.life("b"), refutation: 0, by: "m"), from: "a")
        #expect(stage.record("b")?.isPresent == true, "the same witness, told back, is one")
        stage.rumour(.ended(stage.life("b"), refutation: 0, by: "a"), from: "a")
        #expect(stage.notes.contains(.died("b", stage.life("b").incarnation, .processEnded)))
    }

    @Test("a connection that fell silent, was closed here, or is refused by something else ends nobody")
    func softEnds() {
        for end in [LinkEnd.silent, .ours] {
            var stage = Stage(peers: ["a", "b"])
            lose(&stage, "b", refused: true, end: end)
            #expect(stage.record("b")?.witnesses == [])
        }
        var stage = Stage(peers: ["a", "b"])
        lose(&stage, "b", refused: false)
        stage.act { $0.dialFailed(Town.address("b"), node: "b", .unreachable, at: $1) }
        #expect(stage.record("b")?.witnesses == [])
    }

    @Test("the word of the only other member is enough")
    func onlyWitness() {
        var stage = Stage(peers: ["b"])
        lose(&stage, "b", refused: true)
        #expect(stage.record("b")?.stage == .gone(.dead))
    }

    @Test("a living node takes back what witnesses said about it")
    func witnessesRefuted() {
        var stage = Stage(peers: ["a", "b", "c"])
        stage.rumour(.ended(stage.life("b"), refutation: 0, by: "a"), from: "a")
        stage.statements["b"]?.refutation = 1
        stage.say(.news, from: "b")
        stage.rumour(.ended(stage.life("b"), refutation: 0, by: "c"), from: "c")
        #expect(stage.record("b")?.stage == .alive)
    }

    @Test("a killed process leaves all views within the settle time and a moment", arguments: [2, 3, 5, 9])
    func killed(count: Int) {
        var town = Town()
        let names = (0..<count).map { NodeName("n\($0)") }
        for name in names { town.boot(name, seeds: [names[0]]) }
        town.run(.seconds(4))
        town.kill("n1")
        let time = town.run(atMost: .seconds(10)) { $0.agrees }
        #expect(time.map { $0 < .seconds(1) } == true)
    }

    @Test("a dead life never returns, whatever is said about it (S15), and its memory is bounded (S16)")
    func finalDeath() {
        var settings = MembershipSettings()
        settings.deadRemembered = 10
        var stage = Stage(peers: ["a", "b"], settings: settings)
        let dead = stage.life("b")
        stage.rumour(.dead(dead, .silence), from: "a")
        var back = Stage.statement("b", dead.incarnation.rawValue)
        back.version = 100
        back.refutation = 100
        stage.rumour(.alive(back), from: "a")
        stage.act { $0.linkUp("b", dead.incarnation, Town.address("b"), at: $1) }
        stage.pass(.seconds(2))
        #expect(stage.record("b")?.isPresent == false)
        #expect(stage.told.contains(.dead(dead, .silence)), "it is told, so that it can take a new incarnation")
        for index in 0..<50 {
            stage.rumour(.dead(Life("x", Incarnation(rawValue: 1_000 + UInt64(index))), .silence), from: "a")
        }
        #expect(stage.membership.graves.count == 10)
    }

    @Test("a living node that was declared dead goes on at once under a new incarnation, on its connections (S15)")
    func renewal() {
        var town = Town()
        for name in ["a", "b", "c"] as [NodeName] { town.boot(name, seeds: ["a"]) }
        town.run(.seconds(4))
        let old = town.incarnation("b")
        town.stop("b", for: .seconds(7))
        town.run(.milliseconds(6_900))
        #expect(town.seen(by: "a") == ["a", "c"])
        let time = town.run(atMost: .seconds(3)) { $0.agrees }
        #expect(time.map { $0 < .seconds(1.5) } == true)
        #expect(town.incarnation("b") != old)
        #expect(town.has("b") { $0 == .renewed(from: old, to: town.incarnation("b")) })
        let versions = town.houses["b"]!.views.map(\.version)
        #expect(zip(versions, versions.dropFirst()).allSatisfy(<))
    }

    @Test("each renewal is an incarnation the node never had")
    func newIncarnations() {
        var stage = Stage(peers: ["a"])
        var had: Set<Incarnation> = [stage.membership.incarnation]
        for _ in 0..<20 {
            stage.rumour(.dead(stage.membership.own.life, .silence), from: "a")
            #expect(had.insert(stage.membership.incarnation).inserted)
        }
        stage.rumour(.dead(Life("m", Incarnation(rawValue: 1)), .silence), from: "a")
        #expect(!had.insert(stage.membership.incarnation).inserted, "the death of a former life changes nothing")
    }

    @Test("a life whose connection ended is dead once another one listens in its place, or beside it, by one witness")
    func replaced() {
        let later = Incarnation(rawValue: 77)
        let (same, beside) = (Town.address("b"), PeerAddress(host: "b", port: 2))
        for (end, refused, place, isProof) in [
            (LinkEnd.closed, false, same as PeerAddress?, true), (.broken, false, same, true),
            (.silent, false, same, false), (.closed, true, beside, true), (.closed, false, beside, false),
            (.silent, true, beside, false), (.closed, true, Town.address("x"), false), (.closed, true, nil, false),
        ] {
            var stage = Stage(peers: ["a", "b", "c"])
            let old = stage.life("b")
            lose(&stage, "b", refused: refused, end: end)
            stage.act { $0.linkUp("b", later, place, at: $1) }
            #expect(stage.notes.contains(.died("b", old.incarnation, .restarted)) == isProof, "\(end), \(place as Any)")
            #expect((stage.record("b")?.life == old) != isProof)
        }
        // The refusal may also be heard after the other life was.
        for (place, isProof) in [(beside, true), (Town.address("x"), false)] {
            var stage = Stage(peers: ["a", "b", "c"])
            lose(&stage, "b", refused: false)
            stage.act { $0.linkUp("b", later, place, at: $1) }
            stage.act { $0.dialFailed(same, node: "b", .refused, at: $1) }
            #expect((stage.record("b")?.isPresent == false) == isProof, "\(place)")
        }
        // While the connection to the member stands, nobody else can be where it listens: a claim, and no proof.
        var stage = Stage(peers: ["a", "b", "c"])
        stage.act { $0.linkUp("b", later, Town.address("b"), at: $1) }
        #expect(stage.record("b")?.isPresent == true)
    }

    @Test("of three that lived, two that are killed and started again together are back within 2 s")
    func twoOfThreeRestarted() {
        var town = Town()
        for name in ["a", "b", "c"] as [NodeName] { town.boot(name, seeds: ["a"]) }
        town.run(.seconds(4))
        town.kill("b")
        town.kill("c")
        town.run(.milliseconds(50))
        town.boot("b", seeds: ["a"])
        town.boot("c", seeds: ["a"])
        let time = town.run(atMost: .seconds(10)) { $0.agrees }
        #expect(time.map { $0 < .seconds(2) } == true, "\(time as Any)")
    }

    @Test("a restarted node comes in as a new life as soon as the old one is known to have ended (S14)")
    func restart() {
        var town = Town()
        for name in ["a", "b", "c"] as [NodeName] { town.boot(name, seeds: ["a"]) }
        town.run(.seconds(4))
        town.boot("b", seeds: ["a"])
        let time = town.run(atMost: .seconds(5)) { $0.agrees }
        #expect(time.map { $0 < .seconds(2) } == true)
        #expect(town.houses["b"]?.nameTakenBy == nil)
    }

    @Test(
        "a pair that is cut apart stays in both views through a third node, and joins through it too",
        arguments: [true, false])
    func cutPair(before: Bool) {
        var town = Town()
        if before { town.cut("a", "b") }
        for name in ["c", "a", "b"] as [NodeName] { town.boot(name, seeds: ["c"]) }
        if !before {
            town.run(.seconds(4))
            town.cut("a", "b")
        }
        town.run(.seconds(30))
        #expect(town.agrees)
        #expect(!town.has("a") { if case .died = $0 { true } else { false } })
    }

    @Test("a one-way cut kills nobody")
    func oneWay() {
        var town = Town()
        for name in ["a", "b", "c", "d"] as [NodeName] { town.boot(name, seeds: ["a"]) }
        town.run(.seconds(4))
        town.oneWay.insert(["a", "b"])
        town.run(.seconds(30))
        for name in town.names { #expect(!town.has(name) { if case .died = $0 { true } else { false } }) }
        #expect(town.agrees)
    }

    @Test(
        "after a split each side goes on, and they find each other again without seeds or a restart (L1)",
        arguments: [LinkEnd.silent, .broken, nil])
    func split(end: LinkEnd?) {
        var town = Town()
        let names = (0..<5).map { NodeName("n\($0)") }
        for name in names { town.boot(name, seeds: ["n0"]) }
        town.run(.seconds(4))
        town.split(["n3", "n4"], breakLinks: end)
        town.run(.seconds(15))
        #expect(town.seen(by: "n0") == ["n0", "n1", "n2"])
        #expect(town.seen(by: "n4") == ["n3", "n4"])
        for name in names { town.houses[name]?.dials.removeAll { $0.node == nil } }
        town.heal()
        let time = town.run(atMost: .seconds(30)) { $0.agrees }
        #expect(time.map { $0 < .seconds(5) } == true)
    }

    @Test("nodes that were lost together are all dialed from then on, though each connection is closed (L1)")
    func lostTogether() {
        var stage = Stage(peers: ["a", "x", "y", "z"])
        for name in ["x", "y", "z"] as [NodeName] {
            stage.answering.remove(name)
            stage.rumour(.dead(stage.life(name), .silence), from: "a")
        }
        stage.pass(.seconds(30))
        #expect(stage.dialed == ["a", "x", "y", "z"])
    }

    @Test("dead nodes are dialed for ever, a bounded number at a time (S16)")
    func lostNodes() {
        var stage = Stage(peers: ["a"])
        for index in 0..<200 {
            let name = NodeName("x\(index)")
            stage.meet(name)
            stage.answering.remove(name)
            stage.act { $0.linkDown(name, Incarnation(rawValue: Stage.incarnation(of: name)), .silent, at: $1) }
            stage.rumour(.dead(stage.life(name), .silence), from: "a")
            stage.pass(.milliseconds(10))
        }
        stage.pass(.seconds(120))
        #expect(stage.membership.lostDials.count == Limits.lostDials)
        #expect(stage.membership.departed.count <= Limits.departedShown)
        #expect(stage.membership.records.count <= Limits.departedShown + 1)
        #expect(stage.dialed.count == Limits.lostDials + 1)
    }
}

@Suite(.computing) struct MembershipNameTests {
    private let older = Stage.statement("x", 11, born: 100)
    private let younger = Stage.statement("x", 12, born: 200)

    /// A member holds the name, another life claims it, and both answer.
    private func clash(holder: Statement, claimant: Statement) -> Stage {
        var stage = Stage(peers: ["a", "b"])
        stage.meet("x", holder.life.incarnation.rawValue, born: holder.born.time)
        stage.act { $0.linkDown("x", holder.life.incarnation, .silent, at: $1) }
        stage.answering.remove("x")
        stage.reachable = [holder.life, claimant.life]
        stage.rumour(.alive(claimant), from: "b")
        stage.pass(.seconds(1))
        return stage
    }

    @Test("of two living nodes with one name the one born later goes, whichever was known first (S14)")
    func clashes() {
        let first = clash(holder: older, claimant: younger)
        #expect(first.record("x")?.life == older.life)
        #expect(
            first.membership.graves[younger.life]
                == .outranked(younger.life, by: older.life.incarnation, born: older.born))
        let second = clash(holder: younger, claimant: older)
        #expect(
            second.membership.graves[younger.life]
                == .outranked(younger.life, by: older.life.incarnation, born: older.born))
        #expect(second.record("x")?.life == older.life)
        #expect(second.notes.contains(.died("x", younger.life.incarnation, .nameTaken)))
    }

    @Test("a node that hears that an older one has its name goes; if it is the older one, it stays (S14)")
    func ownName() {
        var stage = Stage(peers: ["a"])
        let own = stage.membership.own
        let later = Stamp(time: own.born.time + 1, incarnation: Incarnation(rawValue: 9))
        stage.rumour(.outranked(own.life, by: Incarnation(rawValue: 9), born: later), from: "a")
        #expect(stage.membership.incarnation != own.life.incarnation, "a false word is answered like a death")
        #expect(!stage.actions.contains(.nameTaken(by: Incarnation(rawValue: 9))))
        let earlier = Stamp(time: own.born.time - 1, incarnation: Incarnation(rawValue: 9))
        stage.rumour(.outranked(stage.membership.own.life, by: Incarnation(rawValue: 9), born: earlier), from: "a")
        #expect(stage.actions.contains(.nameTaken(by: Incarnation(rawValue: 9))))
        #expect(stage.membership.standing == .left)
    }

    @Test("an old node to which nobody is connected goes when its members go on to say that its name is taken (S14)")
    func disowned() {
        var stage = Stage(peers: ["a", "b"])
        stage.pass(.seconds(60))
        func refuse(_ name: NodeName?) {
            stage.act { $0.dialFailed(Town.address(name ?? "a"), node: name, .nameTaken, at: $1) }
        }
        func lose(_ name: NodeName) {
            stage.act { $0.linkDown(name, Incarnation(rawValue: Stage.incarnation(of: name)), .silent, at: $1) }
        }
        lose("a")
        for _ in 0..<10 {
            refuse("a")
            stage.pass(.seconds(1))
        }
        #expect(stage.membership.standing == .serving, "b is connected: the members decide")
        lose("b")
        refuse("b")
        stage.pass(.seconds(2))
        stage.meet("b")
        lose("b")
        for _ in 0..<5 {
            refuse("b")
            refuse("a")
            stage.pass(.milliseconds(990))
        }
        #expect(stage.membership.standing == .serving, "b took it meanwhile: less than 5 s since")
        for _ in 0..<10 {
            refuse(nil)
            stage.pass(.seconds(1))
        }
        #expect(stage.membership.standing == .serving, "whoever is at the address of a seed need not be a member")
        refuse("a")
        #expect(stage.actions.contains(.nameTaken(by: nil)))
        #expect(stage.membership.standing == .left)
    }

    @Test("refusals that are long apart are not one, and a node that leaves is told nothing by them")
    func refusedLongAgo() {
        var stage = Stage(peers: ["a"])
        stage.pass(.seconds(60))
        stage.act { $0.linkDown("a", Incarnation(rawValue: Stage.incarnation(of: "a")), .silent, at: $1) }
        for _ in 0..<10 {
            stage.act { $0.dialFailed(Town.address("a"), node: "a", .nameTaken, at: $1) }
            stage.pass(.seconds(21))
        }
        #expect(stage.membership.standing == .serving)
        stage.act { $0.leave(at: $1) }
        for _ in 0..<10 {
            stage.act { $0.dialFailed(Town.address("a"), node: "a", .nameTaken, at: $1) }
            stage.pass(.milliseconds(900))
        }
        #expect(!stage.actions.contains(.nameTaken(by: nil)))
    }

    @Test("a node that hears of a younger one with its name says so, of its own former lives it says nothing (S14)")
    func namesake() {
        var stage = Stage(peers: ["a"])
        stage.pass(.seconds(1))
        let former = stage.membership.own
        stage.rumour(.dead(former.life, .silence), from: "a")
        stage.rumour(.alive(former), from: "a")
        var other = Stage.statement("m", 77)
        other.born = Stamp(time: .max, incarnation: Incarnation(rawValue: 77))
        stage.rumour(.alive(other), from: "a")
        stage.pass(.seconds(1))
        #expect(
            stage.told.contains(
                .outranked(other.life, by: stage.membership.incarnation, born: stage.membership.own.born)))
        #expect(!stage.told.contains { if case .outranked(former.life, _, _) = $0 { true } else { false } })
    }

    @Test("a claimant comes in once the life that held its name is dead; old answers of that one count for nothing")
    func claimantOfDead() {
        var stage = Stage(peers: ["a", "b"])
        stage.meet("x", 12, born: 200)
        stage.answering.remove("x")
        stage.act { $0.linkDown("x", Incarnation(rawValue: 12), .silent, at: $1) }
        stage.statements["x"] = Stage.statement("x", 11, born: 300)
        stage.answering.insert("x")
        stage.act { $0.linkUp("x", Incarnation(rawValue: 11), nil, at: $1) }
        #expect(stage.record("x")?.life.incarnation == Incarnation(rawValue: 12))
        stage.pass(.seconds(6))
        #expect(stage.record("x")?.life.incarnation == Incarnation(rawValue: 11))
        #expect(stage.record("x")?.isPresent == true)
        #expect(stage.notes.contains(.died("x", Incarnation(rawValue: 12), .silence)))
    }

    @Test("nodes that leave at once do not wait for each other")
    func leaveTogether() {
        var town = Town()
        for name in ["a", "b", "c"] as [NodeName] { town.boot(name, seeds: ["a"]) }
        town.run(.seconds(4))
        town.ask(.leaveAsked, of: "b")
        town.ask(.leaveAsked, of: "c")
        let time = town.run(atMost: .seconds(3)) { $0.houses["b"]!.hasLeft && $0.houses["c"]!.hasLeft }
        #expect(time.map { $0 < .milliseconds(300) } == true)
        #expect(town.seen(by: "a") == ["a"])
        #expect(!town.has("a") { if case .died = $0 { true } else { false } })
    }

    @Test("who comes while a node leaves is told that it does")
    func newcomerIsTold() {
        var stage = Stage(peers: ["a"])
        stage.answering = []
        stage.act { $0.leave(at: $1) }
        stage.meet("b")
        stage.answering = ["b"]
        stage.pass(.milliseconds(200))
        #expect(leaving(stage).contains("b"))
    }

    private func leaving(_ stage: Stage) -> [NodeName] {
        stage.sent.compactMap { if case .leaving = $0.message.body { $0.to } else { nil } }
    }

    @Test("whoever asks about a life that ended is told how")
    func relayedEpitaph() {
        var stage = Stage(peers: ["a", "b"])
        let gone = stage.life("b")
        stage.say(.leaving(number: 1), from: "b")
        stage.actions = []
        stage.say(.ask(number: 7, gone), from: "a")
        let answer = stage.sent.first { $0.message.body == .missed(number: 7) }
        #expect(answer?.to == "a")
        #expect(answer?.message.rumours == [.left(gone)])
    }

    @Test("a node that was stopped and declared dead serves again only when a member has its new life in its view")
    func renewedInDoubt() {
        var stage = Stage(peers: ["a"])
        stage.pass(.seconds(1))
        stage.now = stage.now.advanced(by: .seconds(3))
        stage.rumour(.dead(stage.membership.own.life, .silence), from: "a")
        #expect(stage.membership.incarnation != Incarnation(rawValue: 1))
        #expect(stage.membership.standing == .unsure)
        stage.pass(.milliseconds(500))
        #expect(stage.membership.standing == .unsure, "nobody has said that it knows the new life")
        stage.say(.verdict(number: stage.membership.lastNumber, .unknown), from: "a")
        #expect(stage.membership.standing == .unsure)
        stage.pass(.milliseconds(500))
        let asked = stage.sent.last { if case .doubt = $0.message.body { true } else { false } }
        guard case .doubt(let number)? = asked?.message.body else {
            Issue.record("it does not ask")
            return
        }
        stage.say(.verdict(number: number, .member), from: "a")
        #expect(stage.membership.standing == .serving)
    }

    @Test("a connected node that is about to become a member may know better: doubt waits for it, for a while")
    func comersInDoubt() {
        var stage = Stage(peers: ["a"])
        stage.pass(.seconds(1))
        stage.answering = []
        stage.statements["c"] = Stage.statement("c", 77)
        stage.act { $0.linkUp("c", Incarnation(rawValue: 77), Town.address("c"), at: $1) }
        stage.now = stage.now.advanced(by: .seconds(3))
        stage.act { $0.tick(at: $1) }
        stage.rumour(.left(stage.life("a")), from: "a")
        stage.pass(.seconds(2))
        #expect(stage.membership.standing == .unsure)
        stage.pass(.seconds(9))
        #expect(stage.membership.standing == .serving, "nobody is left who could know better")
    }
}
