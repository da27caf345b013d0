// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import HubCore

@Suite(.computing) struct MembershipBoundsTests {
    private static var absurd: [Statement] {
        var statements = Array(repeating: Stage.statement("x", 5), count: 11)
        statements[0].version = .max
        statements[1].refutation = .max
        statements[2].version = 0
        statements[3].hubs = (0...Limits.hubsPerNode).map { HubID("h\(1_000 + $0)") }
        statements[4].hubs = ["b", "a"]
        statements[5].traits.weight = .infinity
        statements[6].traits.labels = ["k": String(repeating: "x", count: 300)]
        statements[7].succeeds = statements[7].life.incarnation
        statements[8].traits.zone = "\u{1B}[2J"
        statements[9].traits.labels = ["k": "a\u{9B}2J"]
        statements[10].address = PeerAddress(host: "a\r", port: 1)
        return statements
    }

    @Test("absurd statements of a peer are dropped (S16)", arguments: absurd)
    func absurdStatements(statement: Statement) {
        var stage = Stage(peers: ["a"])
        stage.rumour(.alive(statement), from: "a")
        #expect(stage.record("x") == nil)
        stage.statements["x"] = statement
        stage.act { $0.linkUp("x", statement.life.incarnation, nil, at: $1) }
        stage.say(.greet(number: 1, statement), from: "x")
        stage.say(.greeted(number: stage.membership.lastNumber, statement), from: "x")
        #expect(stage.record("x")?.isPresent != true)
    }

    @Test("a peer cannot push a count to its end (S16)")
    func counts() {
        var stage = Stage(peers: ["a"])
        stage.rumour(.suspected(stage.membership.own.life, refutation: .max, by: "a"), from: "a")
        #expect(stage.membership.own.refutation == 0)
        stage.rumour(.suspected(stage.membership.own.life, refutation: Limits.membershipCount, by: "a"), from: "a")
        #expect(stage.membership.own.refutation == 0)
        #expect(stage.membership.incarnation != Incarnation(rawValue: 1), "there is no higher count: a new life")
        stage.rumour(.suspected(stage.life("a"), refutation: .max, by: "m"), from: "a")
        #expect(stage.record("a")?.isSuspected == false)
    }

    @Test("a peer that names thousands of nodes fills a table of bounded size (S16)")
    func manyNames() {
        var stage = Stage(peers: ["a"])
        for index in 0..<3_000 {
            stage.rumour(.alive(Stage.statement(NodeName("x\(index)"), 5)), from: "a")
            stage.rumour(
                .ended(Life(NodeName("y\(index)"), Incarnation(rawValue: 5)), refutation: 0, by: "a"), from: "a")
            stage.rumour(.dead(Life(NodeName("z\(index)"), Incarnation(rawValue: 5)), .silence), from: "a")
        }
        #expect(stage.membership.records.count <= Limits.peers)
        #expect(stage.membership.queue.count <= Limits.rumours)
        #expect(stage.membership.graves.count <= Limits.deadRemembered)
        stage.pass(.seconds(15))
        #expect(stage.membership.records.count == 1)
    }

    @Test("a peer that asks for thousands of probes gets a bounded number (S16)")
    func manyQuestions() {
        var stage = Stage(peers: ["a", "b"])
        stage.answering = ["a"]
        for number in 0..<2_000 as Range<UInt64> { stage.say(.ask(number: number, stage.life("b")), from: "a") }
        #expect(stage.membership.flights.count <= Limits.probesUnderWay)
        stage.pass(.seconds(1))
        #expect(stage.membership.flights.count < 5)
    }

    @Test("what rides along on a message is bounded, in number and in bytes (S16)")
    func pickyBack() {
        var stage = Stage(peers: ["a", "b", "c"])
        for index in 0..<100 { stage.meet(NodeName(String(repeating: "x", count: 150) + "\(index)")) }
        stage.actions = []
        stage.pass(.seconds(2))
        #expect(!stage.told.isEmpty)
        for (message, _) in stage.sent {
            if case .table = message.body { continue }
            #expect(message.rumours.count <= Limits.rumoursPerMessage)
            let bytes = message.rumours.reduce(0) { $0 + $1.roughBytes }
            #expect(bytes <= Limits.rumourBytesPerMessage || message.rumours.count == 1)
        }
    }

    @Test("a rumour is told a bounded number of times, which grows with the logarithm of the members")
    func repeats() {
        func told(_ peers: Int) -> Int {
            var stage = Stage(peers: (0..<peers).map { NodeName("p\($0)") })
            stage.pass(.seconds(20))
            stage.actions = []
            stage.act { $0.setHub("h", isRunning: true, at: $1) }
            stage.pass(.seconds(20))
            return stage.told.filter { $0 == .alive(stage.membership.own) }.count
        }
        let (few, many) = (told(3), told(60))
        #expect(few == 3 * MembershipSettings().gossipRepeats)
        #expect(many == 6 * MembershipSettings().gossipRepeats)
    }

    @Test("a lost rumour is repaired by comparison: the digest differs, the table brings what was missed")
    func antiEntropy() {
        var town = Town()
        for name in ["a", "b", "c"] as [NodeName] { town.boot(name, seeds: ["a"]) }
        town.run(.seconds(4))
        town.oneWay = [["a", "c"], ["b", "c"]]
        town.ask(.hubStarted("h"), of: "b")
        town.run(.milliseconds(1_500))
        #expect(town.houses["c"]?.view?["b"]?.hubs == [])
        town.oneWay = []
        town.run(.seconds(5))
        #expect(town.houses["c"]?.view?["b"]?.hubs == ["h"])
    }

    @Test("a table is sent in parts of bounded size, and only what differs")
    func tables() {
        var stage = Stage(peers: ["a", "b", "c"])
        for index in 0..<300 {
            let name = NodeName("x\(index)")
            stage.meet(name)
            stage.statements[name]?.version = 2
            stage.statements[name]?.hubs = (0..<4).map { HubID(String(repeating: "h", count: 200) + "\($0)") }
            stage.rumour(.alive(stage.statements[name]!), from: name)
        }
        stage.actions = []
        stage.say(.compare(number: 9, [.init(stage.life("b"), version: 1)]), from: "a")
        let parts = stage.sent.filter { if case .table(9, _, _) = $0.message.body { true } else { false } }
        #expect(parts.count > 3)
        for (message, _) in parts {
            let bytes = message.rumours.reduce(0) { $0 + $1.roughBytes }
            #expect(bytes <= Limits.tablePartBytes)
        }
        let names = parts.flatMap { $0.message.rumours.map(\.life.name) }
        #expect(Set(names).count == 302 && !names.contains("a") && !names.contains("b") && names.contains("m"))
    }

    @Test("the longest table of a thousand nodes has as many parts as a joiner takes, and each fits a frame")
    func longestTable() {
        var stage = Stage(peers: ["a"])
        var labels: [String: String] = [:]
        for index in 10..<10 + Limits.labelsPerNode {
            labels["\(index)" + String(repeating: "k", count: 200)] = String(repeating: "v", count: Limits.nameBytes)
        }
        let hubs = (0..<Limits.hubsPerNode).map { HubID("\(1_000 + $0)" + String(repeating: "h", count: 250)) }
        for index in 0..<1_000 {
            let name = NodeName("x\(index)")
            var statement = Stage.statement(name, 5)
            statement.hubs = hubs
            statement.traits.labels = labels
            stage.statements[name] = statement
            stage.answering.insert(name)
            stage.act { $0.linkUp(name, statement.life.incarnation, statement.address, at: $1) }
        }
        stage.actions = []
        stage.say(.compare(number: 9, []), from: "a")
        let parts = stage.sent.filter { if case .table(9, _, _) = $0.message.body { true } else { false } }
        #expect(parts.count <= Limits.tableParts)
        #expect(parts.reduce(0) { $0 + $1.message.rumours.count } == 1_001)
        for (message, _) in parts {
            #expect(message.rumours.count <= Limits.rumours)
            #expect(message.rumours.reduce(0) { $0 + $1.roughBytes } < Limits.frameBytes - (4 << 10))
        }
    }

    @Test("the same events give the same effects, whatever the order of a dictionary")
    func deterministic() {
        func run() -> [MembershipAction] {
            var stage = Stage(peers: (0..<30).map { NodeName("p\($0)") }, seed: 7)
            stage.answering.subtract(["p3", "p4"])
            stage.pass(.seconds(10))
            return stage.actions
        }
        #expect(run() == run())
    }
}
