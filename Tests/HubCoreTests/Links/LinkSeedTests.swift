// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HubCore

@Suite("LinkMachine, seeds")
struct LinkSeedTests {
    private let seed = PeerAddress(host: "10.0.0.2", port: 1)

    private func greeting(_ incarnation: UInt64, generation: UInt64) -> Greeting {
        Greeting(
            node: "b", incarnation: Incarnation(rawValue: incarnation), lane: .main, features: [], protocolVersion: 1,
            generation: generation, port: 1)
    }

    /// Lets the machine's next dial happen: its id, and whom it is meant for.
    private func dial(_ machine: inout LinkMachine, _ now: inout Instant) -> (id: LinkID, node: NodeName?)? {
        for _ in 0..<20 {
            guard let due = machine.nextTick else { return nil }
            now = max(now, due)
            for case .dial(let id, _, let node, _) in machine.tick(at: now) { return (id, node) }
        }
        return nil
    }

    @Test("a seed that leads to a new process of a node that was known is dialed as that node, not refused for ever")
    func newProcess() throws {
        var machine = LinkMachine(node: "a", incarnation: Incarnation(rawValue: 1), seed: 1)
        var now = Instant.zero
        guard case .dial(let first, _, nil, .main)? = machine.add(seed: seed, at: now).first else {
            Issue.record("the seed is not dialed")
            return
        }
        #expect(machine.established(first) == [.greet(first, generation: 0)])
        #expect(machine.offered(first, greeting(7, generation: 1), from: nil, at: now) == [.admit(first)])
        now = now.advanced(by: .seconds(10))
        // Its process ends, and its address refuses: whoever comes next may be anybody.
        _ = machine.closed(first, at: now)
        let vain = try #require(dial(&machine, &now))
        _ = machine.closed(vain.id, at: now)

        let blind = try #require(dial(&machine, &now))
        #expect(blind.node == nil)
        #expect(machine.established(blind.id) == [.greet(blind.id, generation: 0)])
        // A new process knows of no older connection; this node does, and cannot tell it in this one.
        #expect(
            machine.offered(blind.id, greeting(8, generation: 1), from: nil, at: now)
                == [.refuse(blind.id, .duplicate)])
        _ = machine.closed(blind.id, at: now)

        let meant = try #require(dial(&machine, &now))
        #expect(meant.node == "b")
        guard case .greet(_, let generation)? = machine.established(meant.id).first else {
            Issue.record("no greeting")
            return
        }
        #expect(generation > 1)
        #expect(
            machine.offered(meant.id, greeting(8, generation: generation), from: nil, at: now) == [.admit(meant.id)])
    }
}
