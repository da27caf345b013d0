// SPDX-License-Identifier: Apache-2.0

import HubCore
import TestSupport
import Testing

@testable import HubTransport
@testable import ProcessHub

@Suite("NameContest", .live)
struct NameContestTests {
    private func contest(seed: UInt64 = 1) -> NameContest {
        var generator = SeededGenerator(seed: seed)
        return NameContest(begun: .zero, using: &generator)
    }

    private func at(_ milliseconds: Int) -> Instant { .zero.advanced(by: .milliseconds(milliseconds)) }

    @Test("a newcomer goes when it is refused again after a while")
    func refused() {
        var contest = contest()
        func meets(_ meeting: NameContest.Meeting, at now: Instant) -> Bool { contest.meets(meeting, at: now) }
        #expect(!meets(.refusedByPeer, at: at(1_000)))
        #expect(!meets(.refusedByPeer, at: at(1_499)))
        #expect(meets(.refusedByPeer, at: at(4_000)))
    }

    @Test("two that others hold for each other do not go at the same time")
    func tie() {
        func end(_ seed: UInt64) -> Int? {
            var contest = contest(seed: seed)
            return (0..<2_000).first { contest.meets(.refusedByPeer, at: at($0)) }
        }
        #expect(Set((1...20).compactMap(end)).count > 15)
    }

    @Test(
        "a newcomer that refuses another of its name goes if that one stays",
        arguments: [NameContest.Meeting.refusedLower, .refusedHigher])
    func refuser(meeting: NameContest.Meeting) {
        var contest = contest()
        func meets(_ meeting: NameContest.Meeting, at now: Instant) -> Bool { contest.meets(meeting, at: now) }
        #expect(!meets(meeting, at: at(0)))
        #expect(!meets(meeting, at: at(4_999)))
        #expect(meets(meeting, at: at(5_000)))
    }

    @Test("of two newcomers that refuse each other the one with the higher incarnation goes first")
    func mutual() {
        func end(_ seen: NameContest.Meeting) -> Int? {
            var contest = contest()
            _ = contest.meets(.refusedByPeer, at: at(0))
            _ = contest.meets(seen, at: at(10))
            return (20..<10_000).first { contest.meets(.refusedByPeer, at: at($0)) }
        }
        #expect(end(.refusedHigher) == 5_000)
        #expect(end(.refusedLower).map { $0 <= 1_500 } == true)
    }

    @Test("meetings long apart are not one contest")
    func memory() {
        var contest = contest()
        func meets(_ meeting: NameContest.Meeting, at now: Instant) -> Bool { contest.meets(meeting, at: now) }
        #expect(!meets(.refusedByPeer, at: at(1_000)))
        #expect(!meets(.refusedByPeer, at: at(21_000)))
        #expect(meets(.refusedByPeer, at: at(24_000)))
    }

    @Test("a node that was taken since it was refused is refused for the first time again")
    func taken() {
        var contest = contest()
        func meets(_ meeting: NameContest.Meeting, at now: Instant) -> Bool { contest.meets(meeting, at: now) }
        #expect(!meets(.refusedByPeer, at: at(1_000)))
        contest.admitted()
        #expect(!meets(.refusedByPeer, at: at(4_000)))
        #expect(meets(.refusedByPeer, at: at(6_000)))
    }

    @Test("a node that has run for long stays, whatever it meets")
    func old() {
        var contest = contest()
        func meets(_ meeting: NameContest.Meeting, at now: Instant) -> Bool { contest.meets(meeting, at: now) }
        for second in 30..<100 {
            #expect(!meets(.refusedByPeer, at: at(second * 1_000)))
            #expect(!meets(.refusedLower, at: at(second * 1_000)))
        }
    }
}

@Suite("Nodes with one name", .live)
struct NodeNameTests {
    @Test("the second of two nodes with one name ends with nameTaken, the first goes on")
    func newcomer() async throws {
        let first = testNode("a")
        try await running(first) {
            let second = testNode("a", discovery: .seeds([try await first.whenListening()]))
            let error = await failure { try await second.run() }
            #expect(error?.code == .nameTaken)
            #expect(error?.outcome == .executed)
            #expect(first.life.leftBecause == nil && !first.life.isOver)
        }
    }

    @Test("a newcomer that a third node refuses ends with nameTaken, and the first stays connected")
    func thirdNode() async throws {
        let (first, third) = (testNode("a"), testNode("c"))
        try await running(first, third) {
            let address = try await third.whenListening()
            try first.connect(to: address)
            try await eventually { third.calls.switchboard?.connection(to: "a") != nil }
            let second = testNode("a", discovery: .seeds([address]))
            #expect(await failure { try await second.run() }?.code == .nameTaken)
            #expect(third.calls.switchboard?.connection(to: "a")?.incarnation == first.calls.incarnation)
            #expect(!first.life.isOver)
        }
    }

    @Test("of two nodes that begin together and know each other, one stays")
    func together() async throws {
        let (one, two) = (testNode("a"), testNode("a"))
        let ends = Journal()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (node, name) in [(one, "one"), (two, "two")] {
                group.addTask {
                    let error = await failure { try await node.run() }
                    ends.note("\(name) \(error.map { "\($0.code)" } ?? "left")")
                }
            }
            let addresses = (try await one.whenListening(), try await two.whenListening())
            try one.connect(to: addresses.1)
            try two.connect(to: addresses.0)
            try await eventually { !ends.entries.isEmpty }
            #expect(ends.entries.allSatisfy { $0.hasSuffix("nameTaken") })
            one.leave()
            two.leave()
            try await group.waitForAll()
        }
        #expect(ends.entries.count { $0.hasSuffix("left") } == 1, "\(ends.entries)")
    }
}
