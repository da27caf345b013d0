// SPDX-License-Identifier: Apache-2.0

import HubCore
import Synchronization
import TestSupport
import Testing

@testable import ProcessHub

/// A machine that writes down what it hears, and says what it is told to say.
private struct Scribe: Machine {
    enum Event: Hashable, Sendable {
        case note(String)
        /// Say this many effects.
        case say(Int)
        /// Be told of passing time then.
        case expect(Instant)
        case timePassed
    }

    var heard: [String] = []
    var nextTick: Instant?
    /// How many events each batch of effects follows.
    static var timePassed: Event { .timePassed }

    mutating func handle(_ event: Event, at now: Instant, into effects: inout [String]) {
        switch event {
        case .note(let text):
            heard.append(text)
            effects.append(text)
        case .say(let count):
            for number in 0..<count { effects.append("\(number)") }
        case .expect(let instant):
            nextTick = instant
        case .timePassed:
            heard.append("tick \(now.nanoseconds / 1_000_000)")
            nextTick = nil
        }
    }
}

/// A clock that a test turns, and event loops that read when it says so.
private final class TestTime: DriverTime {
    private struct State {
        var now = Instant(nanoseconds: 0)
        var alarms: [(due: Instant, body: @Sendable () -> Void)] = []
        var reading: [@Sendable () -> Void] = []
        var soon: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())

    func now() -> Instant { state.withLock { $0.now } }
    func wake(after delay: Duration, _ body: @escaping @Sendable () -> Void) {
        state.withLock { $0.alarms.append(($0.now.advanced(by: delay), body)) }
    }
    func soon(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.soon.append(body) } }
    func afterReading(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.reading.append(body) } }

    var alarmCount: Int { state.withLock { $0.alarms.count } }
    var readings: Int { state.withLock { $0.reading.count } }

    /// Time passes, and the alarms that are due then ring.
    func pass(_ duration: Duration) {
        let due = state.withLock { state in
            state.now = state.now.advanced(by: duration)
            let now = state.now
            defer { state.alarms.removeAll { $0.due <= now } }
            return state.alarms.filter { $0.due <= now }.map(\.body)
        }
        for body in due { body() }
    }

    /// The event loops finish a read round.
    func read() {
        let bodies = state.withLock { state in
            defer { state.reading = [] }
            return state.reading
        }
        for body in bodies { body() }
    }

    /// Another thread takes over, until it has nothing left to do.
    func goOn() {
        while case let bodies = state.withLock({ state in
            defer { state.soon = [] }
            return state.soon
        }), !bodies.isEmpty {
            for body in bodies { body() }
        }
    }
}

private func instant(milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

@Suite("Driver", .live)
struct DriverTests {
    private let time = TestTime()
    private let journal = Journal()

    private func driver(_ perform: @escaping @Sendable (String) -> Void) -> Driver<Scribe> {
        let driver = Driver(Scribe(), time: time, perform: perform)
        driver.start()
        return driver
    }

    private func heard(_ driver: Driver<Scribe>) -> [String] { driver.look { $0.heard } }

    @Test("events are handled in the order they came, and their effects done in the order produced")
    func order() {
        let driver = driver { journal.note($0) }
        for number in 0..<5 { driver.post(.note("\(number)")) }
        #expect(heard(driver) == ["0", "1", "2", "3", "4"])
        #expect(journal.entries == ["0", "1", "2", "3", "4"])
    }

    @Test("what an effect posts is handled after all effects of its batch, on the same machine")
    func reentrance() async throws {
        let box = Mutex<Driver<Scribe>?>(nil)
        let driver = driver { effect in
            journal.note("begin \(effect)")
            if effect == "a" { box.withLock { $0 }?.post(.note("c")) }
            journal.note("end \(effect)")
        }
        box.withLock { $0 = driver }
        driver.post(.note("a"))
        #expect(journal.entries == ["begin a", "end a", "begin c", "end c"])
        driver.stop()
        box.withLock { $0 = nil }
    }

    @Test("passing time is told after everything that had arrived")
    func timeComesLast() {
        let box = Mutex<Driver<Scribe>?>(nil)
        let driver = driver { [time] effect in
            // While the driver is busy with this one, an alarm rings and more arrives.
            guard effect == "first" else { return }
            time.pass(.milliseconds(100))
            box.withLock { $0 }?.post(.note("second"))
        }
        box.withLock { $0 = driver }
        driver.post(.expect(instant(milliseconds: 100)))
        driver.post(.note("first"))
        #expect(heard(driver) == ["first", "second", "tick 100"])
        box.withLock { $0 = nil }
    }

    @Test("one alarm rings: an earlier one takes the place of a later one, which then is not heard")
    func alarm() {
        let driver = driver { _ in }
        driver.post(.expect(instant(milliseconds: 200)))
        driver.post(.expect(instant(milliseconds: 300)))
        #expect(time.alarmCount == 1)
        driver.post(.expect(instant(milliseconds: 50)))
        #expect(time.alarmCount == 2)
        time.pass(.milliseconds(50))
        #expect(heard(driver) == ["tick 50"])
        time.pass(.milliseconds(250))
        #expect(heard(driver) == ["tick 50"])
    }

    @Test("after an alarm rang none rings for a moment: what falls due meanwhile is told together")
    func spacing() {
        let driver = Driver(Scribe(), time: time, spacing: Limits.tickSpacing) { _ in }
        driver.start()
        driver.post(.expect(instant(milliseconds: 50)))
        time.pass(.milliseconds(50))
        driver.post(.expect(instant(milliseconds: 51)))
        time.pass(.milliseconds(1))
        #expect(heard(driver) == ["tick 50"])
        time.pass(Limits.tickSpacing - .milliseconds(1))
        #expect(heard(driver) == ["tick 50", "tick \(50 + Limits.tickSpacing.wholeNanoseconds / 1_000_000)"])
    }

    @Test(
        "what was put off is begun after the effects of all batches, by the hand that posted, and when another batch begins by none"
    )
    func hands() {
        let box = Mutex<Driver<Scribe>?>(nil)
        let driver = Driver(
            Scribe(), time: time, onPerformed: { [journal] in journal.note("all performed") },
            onLeave: { [journal] hand in
                if case .caller = hand { journal.note("left to the caller") } else { journal.note("left to nobody") }
            },
            perform: { [journal] effect in
                journal.note(effect)
                if effect == "a" { box.withLock { $0 }?.post(.note("b")) }
            })
        driver.start()
        box.withLock { $0 = driver }
        driver.post(.note("a"), by: .caller)
        let expected = [
            "left to nobody", "a", "all performed", "left to nobody", "b", "all performed", "left to the caller",
        ]
        #expect(journal.entries == expected)
        box.withLock { $0 = nil }
    }

    @Test("an alarm that rings before its time is set again")
    func early() {
        let driver = driver { _ in }
        driver.post(.expect(instant(milliseconds: 100)))
        driver.post(.expect(instant(milliseconds: 200)))
        time.pass(.milliseconds(100))
        #expect(heard(driver).isEmpty)
        time.pass(.milliseconds(100))
        #expect(heard(driver) == ["tick 200"])
    }

    @Test("after a gap in time the event loops read first, and what they read is heard before the tick")
    func gap() {
        let driver = driver { _ in }
        driver.post(.expect(instant(milliseconds: 500)))
        time.pass(.seconds(10))
        #expect(heard(driver).isEmpty)
        #expect(time.readings == 1)
        driver.post(.note("what lay unread"))
        time.pass(.milliseconds(1))
        #expect(time.readings == 1)
        time.read()
        #expect(heard(driver) == ["what lay unread", "tick 10001"])
        #expect(time.readings == 0)
    }

    @Test("an event loop that never comes back does not stop time")
    func blockedLoop() {
        let driver = driver { _ in }
        driver.post(.expect(instant(milliseconds: 500)))
        time.pass(.seconds(10))
        #expect(heard(driver).isEmpty && time.readings == 1)
        time.pass(Limits.readRoundTime)
        #expect(heard(driver) == ["tick 11000"])
        driver.post(.expect(instant(milliseconds: 20_000)))
        time.read()
        #expect(heard(driver) == ["tick 11000"], "the round that ended late is no news")
        time.pass(.seconds(9))
        #expect(heard(driver) == ["tick 11000", "tick 20000"])
    }

    @Test("a timer that is a little late needs no reading first")
    func noGap() {
        let driver = driver { _ in }
        driver.post(.expect(instant(milliseconds: 500)))
        time.pass(.milliseconds(500) + Limits.tickLateness)
        #expect(heard(driver) == ["tick 750"])
    }

    @Test("nothing is heard before the driver starts: its first event comes before what was posted")
    func start() {
        var scribe = Scribe()
        scribe.nextTick = instant(milliseconds: 10)
        let driver = Driver(scribe, time: time) { _ in }
        driver.post(.note("early"))
        time.pass(.milliseconds(5))
        #expect(heard(driver).isEmpty && time.alarmCount == 0)
        driver.start(with: [.note("first")])
        #expect(heard(driver) == ["first", "early"])
        time.pass(.milliseconds(5))
        #expect(heard(driver) == ["first", "early", "tick 10"])
    }

    @Test("S16: of one peer the inbox holds so much, and another peer still gets in")
    func share() {
        let box = Mutex<(Driver<Scribe>?, [Bool])>((nil, []))
        let half = Limits.peerInboxBytes / 2
        let driver = driver { effect in
            guard effect == "busy", let driver = box.withLock({ $0.0 }) else { return }
            let answers = [("a", half), ("a", half), ("a", 1), ("b", 1)].map { peer, bytes in
                driver.post(.note("\(peer) \(bytes)"), from: NodeName(peer), bytes: bytes)
            }
            box.withLock { $0.1 = answers }
        }
        box.withLock { $0.0 = driver }
        driver.post(.note("busy"))
        #expect(box.withLock { $0.1 } == [true, true, false, true])
        #expect(heard(driver) == ["busy", "a \(half)", "a \(half)", "b 1"])
        // Once they are handled there is room again.
        #expect(driver.post(.note("later"), from: "a", bytes: half))
        box.withLock { $0.0 = nil }
    }

    @Test("who posts is kept for a few batches, then an event loop goes on")
    func handover() {
        let box = Mutex<Driver<Scribe>?>(nil)
        let driver = driver { effect in
            guard let number = Int(effect), number < 100 else { return }
            box.withLock { $0 }?.post(.note("\(number + 1)"))
        }
        box.withLock { $0 = driver }
        driver.post(.note("0"))
        #expect(heard(driver).count == Limits.driverBatches)
        driver.post(.note("beside"))
        #expect(heard(driver).count == Limits.driverBatches)
        time.goOn()
        #expect(heard(driver).count == 102)
        box.withLock { $0 = nil }
    }

    @Test("a full inbox is handled a slice at a time: no effect waits for more than a slice")
    func slices() {
        let box = Mutex<(Driver<Scribe>?, heardAtFirst: Int)>((nil, 0))
        let driver = driver { effect in
            guard let driver = box.withLock({ $0.0 }) else { return }
            if effect == "busy" { for number in 0..<2_500 { driver.post(.note("\(number)")) } }
            if effect == "0" { box.withLock { $0.heardAtFirst = driver.look { $0.heard.count } } }
        }
        box.withLock { $0.0 = driver }
        driver.post(.note("busy"))
        #expect(heard(driver).count == 2_501)
        #expect(box.withLock { $0.heardAtFirst } == 1 + Limits.driverEvents)
        box.withLock { $0.0 = nil }
    }

    @Test("after its end a driver hears and does nothing")
    func stopped() {
        let driver = driver { journal.note($0) }
        driver.post(.expect(instant(milliseconds: 10)))
        driver.stop()
        driver.post(.note("late"))
        time.pass(.milliseconds(10))
        #expect(heard(driver).isEmpty && journal.entries.isEmpty)
    }

    @Test("threads that post at once lose nothing and keep their own order")
    func threads() async {
        let driver = Driver(Scribe(), perform: { journal.note($0) })
        driver.start()
        await withTaskGroup(of: Void.self) { group in
            for thread in 0..<8 {
                group.addTask { for number in 0..<500 { driver.post(.note("\(thread) \(number)")) } }
            }
        }
        let wanted = 8 * 500
        let end = ContinuousClock.now + .seconds(120)
        while journal.entries.count < wanted, ContinuousClock.now < end { await Task.yield() }
        let entries = journal.entries
        #expect(entries.count == wanted)
        #expect(heard(driver) == entries)
        for thread in 0..<8 {
            let own = entries.filter { $0.hasPrefix("\(thread) ") }
            #expect(own == (0..<500).map { "\(thread) \($0)" })
        }
    }

    @Test("real time passes: a tick comes, and not before its time")
    func realTime() async throws {
        let driver = Driver(Scribe(), perform: { _ in })
        driver.start()
        let due = Clock.now().advanced(by: .milliseconds(20))
        driver.post(.expect(due))
        try await eventually { !heard(driver).isEmpty }
        #expect(Clock.now() >= due)
    }
}
