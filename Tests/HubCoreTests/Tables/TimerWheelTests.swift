// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import Testing

@Suite("TimerWheel")
struct TimerWheelTests {
    private func milliseconds(_ count: Int64) -> Instant { Instant(nanoseconds: count * 1_000_000) }

    private func fired(_ wheel: inout TimerWheel<Int>, at instant: Instant) -> [Int] {
        var fired: [Int] = []
        wheel.advance(to: instant, into: &fired)
        return fired
    }

    @Test(
        "a timer fires at its time and not before",
        arguments: [1, 63, 64, 65, 4_095, 4_096, 300_000, 1 << 40] as [Int64])
    func fires(time: Int64) {
        var wheel = TimerWheel<Int>(startingAt: milliseconds(7))
        _ = wheel.add(1, at: milliseconds(7 + time))
        #expect(fired(&wheel, at: milliseconds(7 + time - 1)) == [])
        #expect(wheel.count == 1)
        #expect(fired(&wheel, at: milliseconds(7 + time)) == [1])
        #expect(wheel.count == 0)
        #expect(wheel.nextWake == nil)
    }

    @Test("timers fire in the order of their times, equal ones in the order they were armed")
    func order() {
        var wheel = TimerWheel<Int>(startingAt: .zero)
        for (index, time) in ([500, 3, 70, 3, 5_000, 69] as [Int64]).enumerated() {
            _ = wheel.add(index, at: milliseconds(time))
        }
        #expect(fired(&wheel, at: milliseconds(10_000)) == [1, 3, 5, 2, 0, 4])
    }

    @Test("a time that is over fires with the next tick, also the distant past")
    func past() {
        var wheel = TimerWheel<Int>(startingAt: milliseconds(100))
        _ = wheel.add(1, at: milliseconds(50))
        _ = wheel.add(2, at: Instant(nanoseconds: .min))
        #expect(wheel.nextWake == milliseconds(101))
        #expect(fired(&wheel, at: milliseconds(100)) == [])
        #expect(fired(&wheel, at: milliseconds(101)) == [1, 2])
    }

    @Test("the distant future never comes and is no problem")
    func future() {
        var wheel = TimerWheel<Int>(tick: .microseconds(1), startingAt: Instant(nanoseconds: -5_000_000_000))
        let timer = wheel.add(1, at: .distantFuture)
        #expect(fired(&wheel, at: milliseconds(1 << 30)) == [])
        #expect(wheel.nextWake.map { $0 > milliseconds(1 << 30) } == true)
        #expect(wheel.cancel(timer) == 1)
    }

    @Test("a cancelled timer does not fire, and its name is not another's")
    func cancel() {
        var wheel = TimerWheel<Int>(startingAt: .zero)
        let first = wheel.add(1, at: milliseconds(10))
        #expect(wheel.cancel(first) == 1)
        #expect(wheel.cancel(first) == nil)
        let second = wheel.add(2, at: milliseconds(10))
        #expect(second != first)
        #expect(wheel.cancel(first) == nil)
        #expect(fired(&wheel, at: milliseconds(10)) == [2])
        #expect(wheel.cancel(second) == nil)
    }

    @Test("a part of a tick is rounded up: never early")
    func rounding() {
        var wheel = TimerWheel<Int>(startingAt: .zero)
        _ = wheel.add(1, at: Instant(nanoseconds: 1_000_001))
        #expect(fired(&wheel, at: Instant(nanoseconds: 1_999_999)) == [])
        #expect(fired(&wheel, at: Instant(nanoseconds: 2_000_000)) == [1])
    }

    @Test(
        "whatever is armed and cancelled, it fires what a sorted list would", arguments: 1...20 as ClosedRange<UInt64>)
    func againstList(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var wheel = TimerWheel<Int>(startingAt: .zero)
        var list: [(time: Int64, number: Int, timer: TimerID)] = []
        var now: Int64 = 0
        for number in 0..<400 {
            let time = now + Int64.random(in: 1...(1 << Int64.random(in: 1...20, using: &random)), using: &random)
            list.append((time, number, wheel.add(number, at: milliseconds(time))))
            if Bool.random(using: &random), let victim = list.indices.randomElement(using: &random) {
                let (_, number, timer) = list.remove(at: victim)
                #expect(wheel.cancel(timer) == number)
            }
            now += Int64.random(in: 0...(1 << Int64.random(in: 1...14, using: &random)), using: &random)
            let due = list.filter { $0.time <= now }.sorted { ($0.time, $0.number) < ($1.time, $1.number) }
            list.removeAll { $0.time <= now }
            #expect(fired(&wheel, at: milliseconds(now)) == due.map(\.number))
            #expect(wheel.count == list.count)
            #expect((wheel.nextWake == nil) == list.isEmpty)
            if let wake = wheel.nextWake { #expect(wake <= milliseconds(list.map(\.time).min() ?? 0)) }
        }
    }
}
