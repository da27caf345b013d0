// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HubCore
@testable import HubSimulator

@Suite("EventQueue")
struct EventQueueTests {
    @Test("what is due first comes first, and what is due together in the order it was put in")
    func order() {
        var queue = EventQueue<Int>()
        var chance = SeededGenerator(seed: 1)
        var expected: [(time: Time, number: Int)] = []
        for number in 0..<2_000 {
            let time = Time(chance.below(300))
            queue.add(number, at: time)
            expected.append((time, number))
        }
        expected.sort { ($0.time, $0.number) < ($1.time, $1.number) }
        for (time, number) in expected {
            #expect(queue.nextTime == time)
            let next = queue.popFirst()
            #expect(next?.time == time && next?.element == number)
        }
        #expect(queue.popFirst() == nil)
    }
}

@Suite("NodeClock")
struct NodeClockTests {
    @Test(
        "a clock that is wrong by one in a hundred shows an instant first at the time that it names",
        arguments: [-10_000, -100, 0, 7, 10_000] as [Int64])
    func inverse(perMillion: Int64) throws {
        let clock = NodeClock(origin: 123_456, perMillion: perMillion, wallOffset: 0)
        var chance = SeededGenerator(seed: 9)
        for _ in 0..<1_000 {
            let instant = clock.instant(at: Time(chance.below(3_600_000_000_000)))
            let time = try #require(clock.time(of: instant))
            #expect(clock.instant(at: time) >= instant)
            #expect(time == 0 || clock.instant(at: time - 1) < instant)
        }
        #expect(clock.time(of: .distantFuture) == nil)
    }
}
