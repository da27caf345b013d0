// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HubCore

@Suite struct MembershipJoinTests {
    @Test("a node without seeds is alone at once")
    func alone() {
        var town = Town()
        town.boot("a")
        #expect(town.seen(by: "a") == ["a"])
        #expect(town.has("a") { $0 == .alone })
    }

    @Test("nodes that know a seed agree on one view", arguments: [2, 3, 5, 9])
    func join(count: Int) {
        var town = Town()
        let names = (0..<count).map { NodeName("n\($0)") }
        for name in names { town.boot(name, seeds: [names[0]]) }
        let time = town.run(atMost: .seconds(10)) { $0.agrees }
        #expect(time.map { $0 < .seconds(2) } == true)
    }

    @Test("a dead node leaves the views", arguments: [2, 3, 5, 9], [true, false])
    func kill(count: Int, silently: Bool) {
        var town = Town()
        let names = (0..<count).map { NodeName("n\($0)") }
        for name in names { town.boot(name, seeds: [names[0]]) }
        town.run(.seconds(5))
        #expect(town.agrees)
        town.kill(names[1], silently: silently)
        let time = town.run(atMost: .seconds(20)) { $0.agrees }
        #expect(time.map { $0 < .seconds(silently ? 6 : 2) } == true)
    }
}
