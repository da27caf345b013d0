// SPDX-License-Identifier: Apache-2.0

internal import DequeModule

/// Decides who is in the cluster.
///
/// SWIM (Das, Gupta and Motivala, 2002) with the additions of Lifeguard (Dadgar, Phillips and Currey, 2017): each member
/// probes a few others in turn, asks third ones before it suspects, and a suspicion becomes a death only if nobody answers
/// it in time. What is different here: two of the members that a node probes are fixed by a ring, so that a silent node is
/// noticed at once in a cluster of any size; and nobody declares a death that it did not try to disprove itself.
package struct Membership: Hashable, Sendable {
    let settings: MembershipSettings
    var generator: SeededGenerator
    var now = Instant.zero
    var actions: [MembershipAction] = []

    // What the node says about itself.
    var own: Statement
    /// The lives this process led before.
    var formerLives: Deque<Incarnation> = []
    var phase = Phase.idle
    var seeds: [Seed] = []

    // Who is there.
    var records: [NodeName: MemberRecord] = [:]
    /// The others that are present, suspected ones among them.
    var ring: Ring
    var graves: Graves
    /// Over the statements of all who are present.
    var digest: UInt64
    var queue = RumourQueue()
    var nextGossip: Instant?
    var comparing = Comparing()

    // Who answers.
    var lastNumber: UInt64 = 0
    var flights: [Flight] = []
    var rounds: [NodeName] = []
    var nextInRound = 0
    var nextProbe = Instant.distantFuture
    /// How slow this node finds itself, from 0: it takes this many times longer, plus one, before it accuses.
    var localHealth = 0

    // Who needs attention; looked through in each sweep.
    var suspects: [NodeName] = []
    var candidates: [NodeName] = []
    var claimed: [NodeName] = []
    var damped: [NodeName] = []
    var nextSweep: Instant?
    /// Gone members, the oldest first.
    var departed: Deque<NodeName> = []
    /// Of these, the dead ones that are being dialed, the longest first.
    var lostDials: [NodeName] = []
    var lostDialsSince = Instant.zero
    var farewells: Deque<Farewell> = []
    /// Nobody is connected, and somebody says that another life has this node's name.
    var disowned: Disowned?

    // What is shown.
    var settling: Deque<Settling> = []
    var settled: [Member] = []
    var viewVersion: UInt64 = 0
    var isViewDirty = false
    var isRosterDirty = false
    var nextRoster = Instant.zero
    /// A roster that differs in this is shown at once.
    var shownStanding = Standing.joining
    var lastTick: Instant?
    /// Everybody was told that the node leaves; to be said once all else of this event was.
    var isLeaveDone = false

    package init(
        name: NodeName, incarnation: Incarnation, traits: NodeTraits, settings: MembershipSettings, seed: UInt64
    ) {
        self.settings = settings
        generator = SeededGenerator(seed: seed)
        let life = Life(name, incarnation)
        own = Statement(
            life: life, born: Stamp(time: 0, incarnation: incarnation),
            traits: traits.isAcceptable ? traits : NodeTraits())
        ring = Ring(of: name)
        graves = Graves(most: settings.deadRemembered)
        digest = own.fingerprint
    }

    package var name: NodeName { own.life.name }
    package var incarnation: Incarnation { own.life.incarnation }

    /// A node that is connected in its dead life, or was, is told; it is dialed no more from then on.
    struct Farewell: Hashable {
        var due: Instant
        var life: Life
    }

    struct Disowned: Hashable {
        var since: Instant
        var last: Instant
    }

    struct Settling: Hashable {
        var due: Instant
        var name: NodeName
    }
}

// MARK: - Where the node stands

extension Membership {
    enum Phase: Hashable {
        /// Not started. → joining
        case idle
        /// → serving, leaving, left
        case joining(Joining)
        /// → unsure, leaving, left
        case serving
        /// Stopped for long; a member has to confirm. → serving, leaving, left
        case unsure(Doubt)
        /// Tells the others. → left
        case leaving(Leave)
        /// Says nothing any more.
        case left
    }

    package var standing: Standing {
        switch phase {
        case .idle, .joining: .joining
        case .serving: own.isDraining ? .leaving : .serving
        case .unsure: .unsure
        case .leaving: .leaving
        case .left: .left
        }
    }

    var isJoining: Bool {
        if case .joining = phase { true } else { false }
    }

    /// Whether it takes part.
    var isRunning: Bool {
        switch phase {
        case .idle, .left: false
        case .joining, .serving, .unsure, .leaving: true
        }
    }
}

// MARK: - From its own process

extension Membership {
    package mutating func start(
        address: PeerAddress?, seeds: [PeerAddress], found: [PeerAddress], at now: Instant
    ) {
        self.now = now
        guard case .idle = phase else { return }
        digest ^= own.fingerprint
        own.address = address
        own.born = Stamp(time: now.wallMilliseconds &* 65_536, incarnation: own.life.incarnation)
        digest ^= own.fingerprint
        lastTick = now
        phase = .joining(Joining(since: now))
        nextProbe = now.advanced(by: fraction(of: settings.probeInterval))
        for seed in seeds { add(Seed(address: seed)) }
        add(candidates: found, at: now)
        sweepJoining()
        armSweep()
    }

    package mutating func setHub(_ hub: HubID, isRunning: Bool, at now: Instant) {
        self.now = now
        let index = own.hubs.firstIndex { $0 >= hub } ?? own.hubs.count
        let isKnown = index < own.hubs.count && own.hubs[index] == hub
        guard isKnown != isRunning, isKnown || own.hubs.count < Limits.hubsPerNode else { return }
        restate { statement in
            if isRunning { statement.hubs.insert(hub, at: index) } else { statement.hubs.remove(at: index) }
        }
    }

    package mutating func drain(at now: Instant) {
        self.now = now
        guard !own.isDraining, phase != .left else { return }
        restate { $0.isDraining = true }
        if isRunning { actions.append(.note(.draining(name))) }
    }

    /// Changes what the node says about itself, and says so.
    mutating func restate(_ change: (inout Statement) -> Void) {
        digest ^= own.fingerprint
        change(&own)
        own.version += 1
        digest ^= own.fingerprint
        spread(.alive(own))
        isViewDirty = true
        isRosterDirty = true
    }

    /// The living node was declared dead: it goes on under a new incarnation, never one it had.
    mutating func renew() {
        let old = own.life
        var next = Incarnation(rawValue: generator.next())
        while next.rawValue == 0 || next == old.incarnation || formerLives.contains(next) {
            next = Incarnation(rawValue: generator.next())
        }
        formerLives.append(old.incarnation)
        if formerLives.count > Limits.formerLives { formerLives.removeFirst() }
        _ = graves.add(.dead(old, .restarted))
        digest ^= own.fingerprint
        own.life.incarnation = next
        own.succeeds = old.incarnation
        own.refutation = 0
        digest ^= own.fingerprint
        // What was asked in the former life is answered to nobody.
        flights.removeAll()
        actions.append(.renew(next))
        actions.append(.note(.renewed(from: old.incarnation, to: next)))
        if case .unsure = phase { doubtAnew() }
        restate { _ in }
    }
}

// MARK: - Chance

extension Membership {
    mutating func nextNumber() -> UInt64 {
        lastNumber += 1
        return lastNumber
    }

    /// A random part of a duration.
    mutating func fraction(of duration: Duration) -> Duration {
        .nanoseconds(Int64.random(in: 0...max(0, duration.wholeNanoseconds), using: &generator))
    }

    /// Up to `count` members with a connection, at random.
    mutating func chooseLinked(_ count: Int, except name: NodeName? = nil) -> [NodeName] {
        var chosen: [NodeName] = []
        guard ring.count > 2 * count + 2 else {
            var all = (0..<ring.count).map { ring[$0] }.filter { $0 != name && records[$0]?.isLinked == true }
            all.shuffle(using: &generator)
            return Array(all.prefix(count))
        }
        for _ in 0..<(6 * count) where chosen.count < count {
            let one = ring[Int.random(in: 0..<ring.count, using: &generator)]
            guard one != name, !chosen.contains(one), let record = records[one], record.isLinked else { continue }
            chosen.append(one)
        }
        return chosen
    }
}
