// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HubCore

@Suite struct SettlingTests {
    @Test(
        "a member enters the view once it was unchanged for the settle time; changes of others do not restart its wait")
    func perMember() {
        var stage = Stage(peers: ["a"])
        stage.pass(.seconds(2))
        stage.meet("b")
        for index in 0..<4 {
            stage.pass(.milliseconds(100))
            stage.meet(NodeName("c\(index)"))
        }
        #expect(!stage.seen.contains("b"))
        stage.pass(.milliseconds(101))
        #expect(stage.seen.contains("b"))
        #expect(!stage.seen.contains("c3"))
    }

    @Test("a member that keeps changing waits alone: nobody else waits with it, and the others' views stay")
    func flapping() {
        var stage = Stage(peers: ["a", "b"])
        stage.pass(.seconds(2))
        stage.meet("x")
        stage.meet("c")
        for version in UInt64(2)..<12 {
            stage.pass(.milliseconds(200))
            stage.statements["x"]?.version = version
            stage.statements["x"]?.hubs = [HubID("h\(version)")]
            stage.rumour(.alive(stage.statements["x"]!), from: "x")
        }
        #expect(stage.seen == ["a", "b", "c", "m"])
        stage.pass(.milliseconds(600))
        #expect(stage.seen == ["a", "b", "c", "m", "x"])
    }

    @Test("what changes and changes back within the settle time never shows")
    func backAgain() {
        var stage = Stage(peers: ["a", "b"])
        stage.pass(.seconds(2))
        let count = stage.views.count
        stage.statements["b"]?.version = 2
        stage.statements["b"]?.hubs = ["h"]
        stage.rumour(.alive(stage.statements["b"]!), from: "b")
        stage.pass(.milliseconds(200))
        stage.statements["b"]?.version = 3
        stage.statements["b"]?.hubs = []
        stage.rumour(.alive(stage.statements["b"]!), from: "b")
        stage.pass(.seconds(2))
        #expect(stage.views.count == count)
    }

    @Test("a suspicion changes no view")
    func suspicion() {
        var stage = Stage(peers: ["a", "b"])
        stage.pass(.seconds(2))
        let count = stage.views.count
        stage.rumour(.suspected(stage.life("b"), refutation: 0, by: "a"), from: "a")
        stage.pass(.seconds(1))
        #expect(stage.views.count == count)
    }

    @Test("versions grow with each view, over a renewal too (S15), and members are sorted")
    func versions() {
        var stage = Stage(peers: ["d", "a", "c", "b"])
        stage.pass(.seconds(2))
        stage.rumour(.dead(stage.membership.own.life, .silence), from: "a")
        stage.rumour(.dead(stage.life("c"), .silence), from: "a")
        stage.pass(.seconds(2))
        let versions = stage.views.map(\.version)
        #expect(zip(versions, versions.dropFirst()).allSatisfy(<))
        #expect(stage.views.allSatisfy { $0.members == $0.members.sorted { $0.name < $1.name } })
        #expect(stage.seen == ["a", "b", "d", "m"])
        #expect(stage.lastView?["m"]?.incarnation == stage.membership.incarnation)
        #expect(stage.lastView?["c"] == nil)
    }

    @Test("a member that comes back more than 3 times a minute is kept out of placement for a time that doubles")
    func damping() {
        var stage = Stage(peers: ["a"])
        var incarnation: UInt64 = 1_000
        func flap(_ stage: inout Stage, times: Int) {
            for _ in 0..<times {
                if stage.record("x")?.isPresent == true { stage.rumour(.dead(stage.life("x"), .silence), from: "a") }
                incarnation += 1
                stage.meet("x", incarnation)
                stage.pass(.seconds(1))
            }
        }
        func damped(_ stage: Stage) -> [Duration] {
            stage.notes.compactMap { if case .damped("x", let time) = $0 { time } else { nil } }
        }
        flap(&stage, times: 4)
        #expect(damped(stage).isEmpty, "the first life and three returns")
        #expect(stage.lastView?["x"]?.service == .inService)
        flap(&stage, times: 1)
        #expect(damped(stage) == [.seconds(5)])
        #expect(stage.lastView?["x"]?.service == .damped)
        stage.pass(.seconds(6))
        #expect(stage.lastView?["x"]?.service == .inService)
        flap(&stage, times: 40)
        #expect(damped(stage) == [5, 10, 20, 40, 80, 160, 300, 300, 300, 300, 300].map { .seconds($0) })
    }
}
