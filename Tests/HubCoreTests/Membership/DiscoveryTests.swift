// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HubCore

@Suite struct MembershipDiscoveryTests {
    @Test("an address that discovery no longer finds, and that leads to no member, is dialed no more after ten minutes")
    func churn() {
        let (given, pod, member) = (Town.address("s"), Town.address("x"), Town.address("a"))
        var stage = Stage(seeds: [given], found: [pod])
        stage.act { $0.add(candidates: [pod, member], at: $1) }
        stage.meet("a")
        stage.pass(.seconds(590))
        stage.act { $0.add(candidates: [], at: $1) }
        #expect(!stage.actions.contains(.forgetSeed(pod)), "not yet")
        stage.pass(.seconds(20))
        #expect(!stage.actions.contains(.forgetSeed(pod)), "discovery may be down")
        stage.act { $0.add(candidates: [], at: $1) }
        #expect(stage.actions.contains(.forgetSeed(pod)))
        #expect(!stage.actions.contains(.forgetSeed(member)) && !stage.actions.contains(.forgetSeed(given)))
        stage.actions = []
        stage.act { $0.add(candidates: [pod], at: $1) }
        #expect(stage.actions.contains(.dialSeed(pod)), "it came back")
    }

    @Test("however many addresses come and go, the newest find room, and what leads to a member stays (S16)")
    func muchChurn() {
        let given = Town.address("s")
        var stage = Stage(seeds: [given])
        stage.act { $0.add(candidates: [Town.address("a")], at: $1) }
        stage.meet("a")
        for index in 0..<1_000 {
            stage.pass(.milliseconds(100))
            let address = Town.address(NodeName("x\(index)"))
            stage.act { $0.add(candidates: [address], at: $1) }
            #expect(stage.membership.seeds.count <= Limits.seeds)
            #expect(stage.membership.seeds.contains { $0.address == address })
        }
        for kept in [given, Town.address("a")] { #expect(stage.membership.seeds.contains { $0.address == kept }) }
        stage.pass(.milliseconds(1))
        let many = (0..<400).map { Town.address(NodeName("y\($0)")) }
        stage.act { $0.add(candidates: many, at: $1) }
        #expect(stage.membership.seeds.count == Limits.seeds)
        #expect(stage.membership.seeds.count { many.contains($0.address) } == Limits.seeds - 2)
    }
}
