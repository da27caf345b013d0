// SPDX-License-Identifier: Apache-2.0

internal import Testing

@testable internal import HubCore

/// The rules of the links, one machine at a time.
@Suite("Link rules")
struct LinkRuleTests {
    private let here = PeerAddress(host: "10.0.0.1", port: 1)
    private let there = PeerAddress(host: "10.0.0.2", port: 2)
    private let start = Instant.zero

    private func machine(_ change: (inout LinkLimits) -> Void = { _ in }) -> LinkMachine {
        var limits = LinkLimits()
        change(&limits)
        return LinkMachine(node: "a", incarnation: Incarnation(rawValue: 1), limits: limits, seed: 1)
    }

    private func greeting(
        _ node: NodeName, incarnation: UInt64 = 2, generation: UInt64 = 0, lane: LinkLane = .main
    ) -> Greeting {
        Greeting(
            node: node, incarnation: Incarnation(rawValue: incarnation), lane: lane, features: [], protocolVersion: 1,
            generation: generation, port: 9)
    }

    private func dialed(_ actions: [LinkAction]) throws -> LinkID {
        for case .dial(let id, _, _, _) in actions { return id }
        throw NotDialed()
    }

    private struct NotDialed: Error {}

    /// Lets the time come at which the machine wants to do something.
    private func tick(_ machine: inout LinkMachine) throws -> [LinkAction] {
        let due = try #require(machine.nextTick)
        return machine.tick(at: due)
    }

    /// Accepts a connection and takes it to its admission.
    private func accept(
        _ machine: inout LinkMachine, _ number: UInt64, _ greeting: Greeting, at now: Instant = .zero
    ) -> LinkID {
        let id = LinkID(isDialed: false, number: number)
        _ = machine.accepted(id)
        _ = machine.offered(id, greeting, from: "10.0.0.9", at: now)
        _ = machine.confirmed(id, at: now)
        return id
    }

    @Test("a target is dialed for ever, with growing, capped and jittered pauses")
    func backoff() throws {
        var machine = machine()
        var now = start
        var id = try dialed(machine.want("b", at: there, now: now))
        var pauses: [Duration] = []
        for _ in 0..<40 {
            #expect(machine.closed(id, at: now).isEmpty)
            let next = try #require(machine.nextTick)
            pauses.append(now.duration(to: next))
            now = next
            id = try dialed(machine.tick(at: now))
        }
        #expect(pauses[0] >= .milliseconds(25) && pauses[0] <= .milliseconds(50))
        #expect(pauses.suffix(20).allSatisfy { $0 >= .milliseconds(2_500) && $0 <= .seconds(5) })
        #expect(Set(pauses.suffix(20)).count > 10)
    }

    @Test("another seed gives another jitter, the same seed the same")
    func jitter() {
        func pauses(_ seed: UInt64) -> [Duration] {
            var generator = SeededGenerator(seed: seed)
            var backoff = Backoff()
            return (0..<10).map { _ in backoff.next(using: &generator) }
        }
        #expect(pauses(1) == pauses(1) && pauses(1) != pauses(2))
    }

    @Test("while a peer is connected nobody dials it, and its loss wakes the dial")
    func restsWhileConnected() throws {
        var machine = machine()
        let id = accept(&machine, 1, greeting("b"))
        #expect(machine.want("b", at: there, now: start).isEmpty && machine.nextTick == nil)
        #expect(machine.closed(id, at: start).isEmpty)
        let actions = try tick(&machine)
        _ = try dialed(actions)
    }

    @Test("a dial by name claims one more than the generation that was lost, one by address claims nothing")
    func claims() throws {
        var machine = machine()
        let lost = accept(&machine, 1, greeting("b", generation: 6))
        _ = machine.want("b", at: there, now: start)
        _ = machine.closed(lost, at: start)
        let dial = try dialed(tick(&machine))
        #expect(machine.established(dial) == [.greet(dial, generation: 7)])
        let seed = try dialed(machine.add(seed: here, at: start))
        #expect(machine.established(seed) == [.greet(seed, generation: 0)])
    }

    @Test("a newer connection is answered only once the older one is gone")
    func retiresFirst() {
        var machine = machine()
        let old = accept(&machine, 1, greeting("b", generation: 1))
        let new = LinkID(isDialed: false, number: 2)
        _ = machine.accepted(new)
        #expect(
            machine.offered(new, greeting("b", generation: 2), from: nil, at: start) == [.close(old, .replaced)])
        #expect(machine.closed(old, at: start) == [.answer(new, generation: 2)])
        #expect(machine.confirmed(new, at: start) == [.admit(new)])
    }

    @Test("an older or equal key is refused")
    func refusesLower() {
        var machine = machine()
        _ = accept(&machine, 1, greeting("b", generation: 2))
        for generation in [0, 1, 2] as [UInt64] {
            let id = LinkID(isDialed: false, number: 10 + generation)
            _ = machine.accepted(id)
            let actions = machine.offered(id, greeting("b", generation: generation), from: nil, at: start)
            #expect(actions == [.refuse(id, .duplicate)])
        }
    }

    @Test("a generation beyond all others does not trap, and the pair still connects")
    func highestGeneration() {
        var machine = machine()
        let id = accept(&machine, 1, greeting("b", generation: .max))
        _ = machine.closed(id, at: start)
        let next = LinkID(isDialed: false, number: 2)
        _ = machine.accepted(next)
        #expect(
            machine.offered(next, greeting("b", generation: 1), from: nil, at: start)
                == [.answer(next, generation: .max)])
    }

    @Test("the owner of a name that answers keeps it; the newcomer is refused")
    func nameKept() {
        var machine = machine()
        let old = accept(&machine, 1, greeting("b", incarnation: 2))
        let new = LinkID(isDialed: false, number: 2)
        _ = machine.accepted(new)
        #expect(machine.offered(new, greeting("b", incarnation: 3), from: nil, at: start) == [.challenge(old)])
        #expect(machine.nextTick == start.advanced(by: .seconds(1)))
        #expect(machine.answered(old, at: start) == [.refuse(new, .nameTaken)])
        #expect(machine.nextTick == nil)
    }

    @Test("the owner of a name that does not answer in a second loses it")
    func nameLost() {
        var machine = machine()
        let old = accept(&machine, 1, greeting("b", incarnation: 2))
        let new = LinkID(isDialed: false, number: 2)
        _ = machine.accepted(new)
        _ = machine.offered(new, greeting("b", incarnation: 3), from: nil, at: start)
        #expect(machine.tick(at: start.advanced(by: .milliseconds(999))).isEmpty)
        #expect(machine.tick(at: start.advanced(by: .seconds(1))) == [.close(old, .nameClash)])
        #expect(machine.closed(old, at: start) == [.answer(new, generation: 2)])
    }

    @Test("who comes while the old connection is being closed waits until it is gone")
    func waitsForClosing() {
        var machine = machine()
        let old = accept(&machine, 1, greeting("b", incarnation: 2))
        let new = LinkID(isDialed: false, number: 2)
        _ = machine.accepted(new)
        _ = machine.offered(new, greeting("b", incarnation: 3), from: nil, at: start)
        let later = start.advanced(by: .seconds(1))
        #expect(machine.tick(at: later) == [.close(old, .nameClash)])
        let third = LinkID(isDialed: false, number: 3)
        _ = machine.accepted(third)
        #expect(machine.offered(third, greeting("b", incarnation: 3, generation: 5), from: nil, at: later).isEmpty)
        #expect(machine.closed(old, at: later).first == .answer(new, generation: 2))
    }

    @Test("a peer that announced its new incarnation is no newcomer")
    func announced() {
        var machine = machine()
        let old = accept(&machine, 1, greeting("b", incarnation: 2))
        let new = LinkID(isDialed: false, number: 2)
        _ = machine.accepted(new)
        #expect(machine.offered(new, greeting("b", incarnation: 3), from: nil, at: start) == [.challenge(old)])
        machine.announced(old, Incarnation(rawValue: 3))
        #expect(machine.answered(old, at: start) == [.refuse(new, .duplicate)])
    }

    @Test("the own name with another incarnation is refused, the own address is remembered and never dialed again")
    func ownName() throws {
        var machine = machine()
        let stranger = LinkID(isDialed: false, number: 1)
        _ = machine.accepted(stranger)
        #expect(
            machine.offered(stranger, greeting("a", incarnation: 9), from: nil, at: start)
                == [.refuse(stranger, .ownName)])
        let seed = try dialed(machine.add(seed: here, at: start))
        _ = machine.established(seed)
        #expect(
            machine.offered(seed, greeting("a", incarnation: 1), from: nil, at: start)
                == [.refuse(seed, .ownAddress)])
        _ = machine.closed(seed, at: start)
        #expect(machine.nextTick == nil)
    }

    @Test("a seed is dialed without a name again after it led nowhere, because its address may have a new owner")
    func reusedAddress() throws {
        var machine = machine()
        var id = try dialed(machine.add(seed: there, at: start))
        machine.refused(id, HandshakeRefusal(.duplicate, by: "b"))
        _ = machine.closed(id, at: start)
        var actions = try tick(&machine)
        id = try dialed(actions)
        #expect(actions == [.dial(id, there, expecting: "b", .main)])
        _ = machine.closed(id, at: start)
        actions = try tick(&machine)
        id = try dialed(actions)
        #expect(actions == [.dial(id, there, expecting: nil, .main)])
    }

    @Test("beyond the limit of unfinished handshakes the oldest makes room; beyond that of peers a new one is refused")
    func limits() {
        var machine = machine {
            $0.pendingHandshakes = 2
            $0.peers = 2
        }
        let ids = (1...3).map { LinkID(isDialed: false, number: $0) }
        #expect(machine.accepted(ids[0]).isEmpty && machine.accepted(ids[1]).isEmpty)
        #expect(machine.accepted(ids[2]) == [.close(ids[0], .evicted)])
        for id in ids { _ = machine.closed(id, at: start) }
        _ = accept(&machine, 4, greeting("b"))
        let gone = accept(&machine, 5, greeting("c"))
        let late = LinkID(isDialed: false, number: 6)
        _ = machine.accepted(late)
        #expect(machine.offered(late, greeting("d"), from: nil, at: start) == [.refuse(late, .busy)])
        // A peer that left makes room.
        _ = machine.closed(gone, at: start)
        let next = LinkID(isDialed: false, number: 7)
        _ = machine.accepted(next)
        #expect(machine.offered(next, greeting("d"), from: nil, at: start) == [.answer(next, generation: 1)])
    }

    @Test("a bulk connection lives beside a main one of the same incarnation only")
    func bulk() throws {
        var machine = machine()
        let early = LinkID(isDialed: false, number: 1)
        _ = machine.accepted(early)
        #expect(
            machine.offered(early, greeting("b", lane: .bulk), from: nil, at: start)
                == [.refuse(early, .noMainConnection)])
        let main = accept(&machine, 2, greeting("b"))
        let other = LinkID(isDialed: false, number: 3)
        _ = machine.accepted(other)
        #expect(
            machine.offered(other, greeting("b", incarnation: 8, lane: .bulk), from: nil, at: start)
                == [.refuse(other, .noMainConnection)])
        let bulk = accept(&machine, 4, greeting("b", lane: .bulk))
        let opened = machine.openBulk(to: "b", at: start)
        let own = try dialed(opened)
        #expect(opened == [.dial(own, PeerAddress(host: "10.0.0.9", port: 9), expecting: "b", .bulk)])
        #expect(machine.openBulk(to: "b", at: start).isEmpty)
        #expect(Set(machine.closed(main, at: start)) == [.close(bulk, .closedByPeer), .close(own, .closedByPeer)])
        _ = machine.closed(own, at: start)
        #expect(machine.openBulk(to: "b", at: start).isEmpty && machine.nextTick == nil)
    }

    @Test("a node that leaves closes everything, accepts nothing and dials no more")
    func leave() throws {
        var machine = machine()
        let id = accept(&machine, 1, greeting("b"))
        let dial = try dialed(machine.add(seed: there, at: start))
        #expect(Set(machine.leave()) == [.close(id, .shutdown), .close(dial, .shutdown)])
        let late = LinkID(isDialed: false, number: 2)
        #expect(machine.accepted(late) == [.refuse(late, .leaving)])
        _ = machine.closed(dial, at: start)
        #expect(machine.nextTick == nil && machine.tick(at: .distantFuture).isEmpty)
    }
}

@Suite("Forgetting a node")
struct LinkForgettingTests {
    private let there = PeerAddress(host: "10.0.0.2", port: 2)
    private let old = Incarnation(rawValue: 2)

    private func machine() -> LinkMachine { LinkMachine(node: "a", incarnation: Incarnation(rawValue: 1), seed: 1) }

    private func greeting(_ incarnation: Incarnation, generation: UInt64 = 0) -> Greeting {
        Greeting(
            node: "b", incarnation: incarnation, lane: .main, features: [], protocolVersion: 1,
            generation: generation, port: 9)
    }

    /// Takes a dialed connection to its admission.
    private func admit(_ machine: inout LinkMachine, _ id: LinkID, _ incarnation: Incarnation, at now: Instant) {
        _ = machine.established(id)
        _ = machine.offered(id, greeting(incarnation, generation: 1), from: nil, at: now)
    }

    private func firstDial(_ actions: [LinkAction]) throws -> LinkID {
        for case .dial(let id, _, _, _) in actions { return id }
        throw NotDialed()
    }

    private struct NotDialed: Error {}

    @Test("what is open to that life is closed, and nobody dials it any more")
    func forgets() throws {
        var machine = machine()
        let id = try firstDial(machine.want("b", at: there, now: .zero))
        admit(&machine, id, old, at: .zero)
        #expect(machine.forget("b", old) == [.close(id, .forgotten)])
        #expect(machine.closed(id, at: .zero).isEmpty)
        #expect(machine.nextTick == nil)
        #expect(machine.forget("b", old).isEmpty)
    }

    @Test("a dial that is under way is given up")
    func givesUpDial() throws {
        var machine = machine()
        let id = try firstDial(machine.want("b", at: there, now: .zero))
        #expect(machine.forget("b", old) == [.close(id, .forgotten)])
        #expect(machine.closed(id, at: .zero).isEmpty)
        #expect(machine.nextTick == nil)
    }

    @Test("its next life keeps its connection and stays wanted")
    func keepsNextLife() throws {
        var machine = machine()
        let id = try firstDial(machine.want("b", at: there, now: .zero))
        admit(&machine, id, Incarnation(rawValue: 3), at: .zero)
        #expect(machine.forget("b", old).isEmpty)
        _ = machine.closed(id, at: Instant.zero.advanced(by: .seconds(9)))
        #expect(machine.nextTick != nil)
    }

    @Test("a seed goes on being dialed, whoever is there")
    func keepsSeeds() throws {
        var machine = machine()
        let id = try firstDial(machine.add(seed: there, at: .zero))
        admit(&machine, id, old, at: .zero)
        #expect(machine.forget("b", old) == [.close(id, .forgotten)])
        _ = machine.closed(id, at: .zero)
        let due = try #require(machine.nextTick)
        let again = try firstDial(machine.tick(at: due))
        #expect(machine.dialed(again)?.address == there && machine.dialed(again)?.node == nil)
    }

    @Test("a node that comes back is admitted and can be wanted again")
    func returns() throws {
        var machine = machine()
        let id = try firstDial(machine.want("b", at: there, now: .zero))
        admit(&machine, id, old, at: .zero)
        _ = machine.forget("b", old)
        _ = machine.closed(id, at: .zero)
        let accepted = LinkID(isDialed: false, number: 7)
        _ = machine.accepted(accepted)
        let answer = machine.offered(
            accepted, greeting(Incarnation(rawValue: 3), generation: 9), from: "10.0.0.2", at: .zero)
        #expect(answer == [.answer(accepted, generation: 9)])
        _ = machine.confirmed(accepted, at: .zero)
        _ = machine.want("b", at: there, now: .zero)
        _ = machine.closed(accepted, at: Instant.zero.advanced(by: .seconds(9)))
        #expect(machine.nextTick != nil)
    }

    @Test(
        "a steady connection that breaks is dialed anew at once, then with pauses; one that broke soon with pauses only"
    )
    func redial() throws {
        var machine = machine()
        let now = Instant.zero.advanced(by: .seconds(9))
        let first = try firstDial(machine.want("b", at: there, now: .zero))
        admit(&machine, first, old, at: .zero)
        _ = machine.closed(first, at: now)
        #expect(machine.nextTick == now)
        let second = try firstDial(machine.tick(at: now))
        #expect(machine.dialed(second)?.node == "b")
        _ = machine.closed(second, at: now)
        let due = try #require(machine.nextTick)
        #expect(due > now && now.duration(to: due) <= .milliseconds(50))
        let third = try firstDial(machine.tick(at: due))
        admit(&machine, third, old, at: due)
        _ = machine.closed(third, at: due)
        #expect(try #require(machine.nextTick) > due)
    }
}

@Suite("Heartbeat")
struct HeartbeatTests {
    /// The beats of a connection on which nothing is heard, one a second.
    private func beats(isDialer: Bool, _ count: Int) -> [Heartbeat.Beat] {
        var heartbeat = Heartbeat(at: .zero, isDialer: isDialer)
        return (1...count).map { heartbeat.beat(at: Instant.zero.advanced(by: .seconds($0))) }
    }

    @Test("a quiet peer is pinged, by the dialer first, and a silent one given up after the limit")
    func silence() {
        #expect(beats(isDialer: true, 5) == [.nothing, .ping, .ping, .ping, .giveUp])
        #expect(beats(isDialer: false, 5) == [.nothing, .nothing, .nothing, .ping, .giveUp])
    }

    @Test("on an idle connection only the dialer pings, and not on every beat")
    func idle() {
        var (dialer, listener) = (Heartbeat(at: .zero, isDialer: true), Heartbeat(at: .zero, isDialer: false))
        var pings = 0
        for second in 1...60 {
            let now = Instant.zero.advanced(by: .seconds(second))
            if dialer.beat(at: now) == .ping {
                pings += 1
                listener.hear()
                dialer.hear()
            }
            #expect(listener.beat(at: now) == .nothing)
        }
        #expect((15...30).contains(pings))
    }

    @Test("whatever arrives puts the limit off")
    func hears() {
        var heartbeat = Heartbeat(at: .zero, isDialer: true)
        var now = Instant.zero
        for round in 0..<100 {
            now = now.advanced(by: .seconds(1))
            if round % 4 == 0 { heartbeat.hear() }
            #expect(heartbeat.beat(at: now) != .giveUp)
        }
    }

    @Test("a node that stood still itself concludes nothing from the silence")
    func pause() {
        var heartbeat = Heartbeat(at: .zero, isDialer: true)
        #expect(heartbeat.beat(at: Instant.zero.advanced(by: .seconds(60))) == .nothing)
        #expect(heartbeat.beat(at: Instant.zero.advanced(by: .seconds(61))) == .nothing)
        #expect(heartbeat.beat(at: Instant.zero.advanced(by: .seconds(62))) == .ping)
    }
}

@Suite("PeerAddress")
struct PeerAddressTests {
    @Test("host and port are read", arguments: ["127.0.0.1:7946", "[::1]:80", "node-1.example:65535"])
    func good(text: String) throws {
        #expect("\(try PeerAddress(parsing: text))" == text)
    }

    @Test(
        "what is no address is refused",
        arguments: [
            "", ":", "a", "a:", ":1", "a:0", "a:65536", "a:-1", "a b:1", "::1:80", "[::1:80", "a\n:1", "[]:1", "ä:1",
            "a:1:2", String(repeating: "a", count: 300) + ":1",
        ])
    func bad(text: String) {
        #expect(throws: HubError.self) { try PeerAddress(parsing: text) }
    }

    @Test("only what is certain to be this machine counts as loopback")
    func loopback() {
        for host in ["127.0.0.1", "127.255.3.4", "::1", "localhost"] {
            #expect(PeerAddress(host: host, port: 1).isLoopback)
        }
        for host in ["0.0.0.0", "::", "10.0.0.1", "127.0.0.1.example.com", "127.0.0", "127.0.0.256", "localhost.x"] {
            #expect(!PeerAddress(host: host, port: 1).isLoopback)
        }
    }
}

@Suite("Escaped")
struct EscapedTests {
    @Test("text from outside is shown in printable ASCII and cut")
    func escaped() {
        #expect("\(Escaped("a\n\u{1B}[31mä\\"))" == "a\\x0a\\x1b[31m\\xc3\\xa4\\\\")
        #expect("\(Escaped(String(repeating: "x", count: 10_000)))".count == Limits.shownBytes + 1)
    }
}
