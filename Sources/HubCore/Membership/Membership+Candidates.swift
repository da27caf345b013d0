// SPDX-License-Identifier: Apache-2.0

internal import DequeModule

// How a node becomes a member: after two-way contact, over a connection or through a member that was asked. A rumour
// alone makes nobody a member, or late rumours would bring back the dead and one-way cuts would make members that nobody
// can reach.

extension Membership {
    mutating func makeCandidate(_ statement: Statement, _ teller: NodeName?) {
        let name = statement.life.name
        if records[name] == nil {
            guard records.count < Limits.peers || forgetOldestDeparted() else { return }
        }
        let pause = settings.probeInterval / 2
        let candidacy = Candidacy(
            since: now, tellers: teller.map { $0 == name ? [] : [$0] } ?? [], nextTry: now.advanced(by: pause),
            firstGreeting: lastNumber + 1)
        var record = records[name] ?? MemberRecord(statement, .candidate(candidacy))
        record.statement = statement
        record.stage = .candidate(candidacy)
        record.witnesses = []
        record.claim = nil
        records[name] = record
        isRosterDirty = true
        departed.removeAll { $0 == name }
        lostDials.removeAll { $0 == name }
        if !candidates.contains(name) { candidates.append(name) }
        armSweep()
        dial(name)
        if record.isLinked { send(.greet(number: nextNumber(), own), to: name) }
    }

    mutating func addTeller(_ teller: NodeName, of name: NodeName) {
        guard teller != name, var record = records[name], case .candidate(var candidacy) = record.stage,
            candidacy.tellers.count < settings.indirectProbes, !candidacy.tellers.contains(teller)
        else { return }
        candidacy.tellers.append(teller)
        record.stage = .candidate(candidacy)
        records[name] = record
    }

    /// Asks for a connection to where the node says it is.
    mutating func dial(_ name: NodeName) {
        guard let record = records[name], let address = record.statement.address, record.dialed != address else {
            return
        }
        records[name]?.dialed = address
        actions.append(.connect(name, address))
    }

    mutating func sweepCandidates() {
        for name in candidates {
            guard var record = records[name], case .candidate(var candidacy) = record.stage else { continue }
            if !record.isLinked, candidacy.since.advanced(by: Self.candidacyTime) < now {
                dropCandidate(name, record)
                continue
            }
            guard candidacy.nextTry <= now else { continue }
            candidacy.nextTry = now.advanced(by: settings.probeInterval)
            record.stage = .candidate(candidacy)
            records[name] = record
            if record.isLinked {
                send(.greet(number: nextNumber(), own), to: name)
            } else if record.statement.version > 0 {
                ask(candidacy.tellers, for: record.life, .vouch)
            }
        }
        candidates.removeAll { records[$0]?.isCandidate != true }
    }

    /// Longer than a few questions take.
    static var candidacyTime: Duration { .seconds(10) }

    private mutating func dropCandidate(_ name: NodeName, _ record: MemberRecord) {
        if record.dialed != nil { disconnect(record.life) }
        isRosterDirty = true
        guard record.settled == nil, record.target == nil, record.link == nil else {
            records[name]?.stage = .gone(.dead)
            departed.append(name)
            return
        }
        records[name] = nil
    }

    mutating func admit(_ name: NodeName) {
        guard var record = records[name], case .candidate = record.stage, record.statement.version > 0 else { return }
        record.stage = .alive
        record.witnesses = []
        noteReturn(&record)
        records[name] = record
        ring.insert(name)
        rounds.insert(name, at: Int.random(in: nextInRound...max(nextInRound, rounds.count), using: &generator))
        digest ^= record.statement.fingerprint
        comparing.changed(at: now)
        actions.append(.note(.joined(name, record.life.incarnation)))
        spread(.alive(record.statement))
        if !queue.isEmpty, nextGossip == nil { nextGossip = now.advanced(by: settings.gossipInterval / 5) }
        dial(name)
        alsoTell(name)
        isRosterDirty = true
        touch(name)
    }

    // MARK: Greetings

    mutating func greeted(by life: Life, _ number: UInt64, _ statement: Statement) {
        guard statement.life == life, statement.isAcceptable else { return }
        hear(statement, from: life.name)
        if records[life.name]?.claim?.statement.life == life { claimantSpoke(life.name, statement) }
        send(.greeted(number: number, own), to: life.name)
    }

    mutating func greetingAnswered(by life: Life, _ number: UInt64, _ statement: Statement) {
        guard statement.life == life, statement.isAcceptable else { return }
        hear(statement, from: life.name)
        guard let record = records[life.name] else { return }
        if record.claim?.statement.life == life { claimantSpoke(life.name, statement) }
        guard record.life == life, case .candidate(let candidacy) = record.stage else { return }
        if number >= candidacy.firstGreeting, number <= lastNumber { admit(life.name) }
    }
}

// MARK: - Connections

extension Membership {
    package mutating func linkUp(
        _ name: NodeName, _ incarnation: Incarnation, _ address: PeerAddress?, at now: Instant
    ) {
        self.now = now
        let life = Life(name, incarnation)
        guard isRunning, name != self.name else { return }
        noteSeed(address, leadsTo: name)
        disowned = nil
        let former = records[name]
        records[name]?.link = incarnation
        if !queue.isEmpty, nextGossip == nil { nextGossip = now.advanced(by: settings.gossipInterval / 5) }
        if let epitaph = graves[life] {
            send(.news, [epitaph], to: name)
            return
        }
        guard let former else {
            makeCandidate(.unheard(life, address: address), nil)
            linked(name, incarnation)
            return
        }
        if former.life == life {
            send(.greet(number: nextNumber(), own), to: name)
        } else if former.isPresent {
            claim(.unheard(life, address: address), nil)
            replaced(former, at: address)
        } else {
            makeCandidate(.unheard(life, address: address), nil)
        }
    }

    private mutating func linked(_ name: NodeName, _ incarnation: Incarnation) {
        guard records[name] != nil else { return }
        records[name]?.link = incarnation
        send(.greet(number: nextNumber(), own), to: name)
    }

    package mutating func linkDown(_ name: NodeName, _ incarnation: Incarnation, _ end: LinkEnd, at now: Instant) {
        self.now = now
        guard isRunning, let record = records[name], record.link == incarnation else { return }
        records[name]?.link = nil
        records[name]?.lastEnd = MemberRecord.EndedLink(incarnation: incarnation, end: end)
        guard record.life.incarnation == incarnation, record.isPresent, record.lastEnd?.isHard != false else { return }
        probe(name)
    }

    package mutating func dialFailed(
        _ address: PeerAddress, node: NodeName?, _ fault: DialFault, at now: Instant
    ) {
        self.now = now
        guard isRunning else { return }
        noteSeed(address, failed: fault)
        if fault == .nameTaken, node != nil { isDisowned() }
        guard fault == .refused, let node, let record = records[node], record.isPresent, !record.isLinked,
            let last = record.lastEnd, last.isHard, last.incarnation == record.life.incarnation
        else { return }
        if record.link == nil {
            witness(record.life, record.statement.refutation, by: name)
        } else if address == record.statement.address, record.claim?.statement.address?.host == address.host {
            // The answer came late: another life on that host is connected already.
            bury(.dead(record.life, .restarted))
        }
    }

    /// A member's connection ended, and another life has its name now. If that one listens where the member did, the
    /// member's process is gone: an address has one owner. So it is if the same host answers, and nothing listens at the
    /// member's address there. Neither needs a second witness; anything else makes this node one of two.
    private mutating func replaced(_ record: MemberRecord, at address: PeerAddress?) {
        guard let last = record.lastEnd, last.isHard, last.incarnation == record.life.incarnation else { return }
        let refused = record.witnesses.contains(name)
        if let address, let former = record.statement.address,
            address == former || (refused && address.host == former.host)
        {
            bury(.dead(record.life, .restarted))
        } else {
            witness(record.life, record.statement.refutation, by: name)
        }
    }

    package mutating func peerRenewed(
        _ name: NodeName, from old: Incarnation, to new: Incarnation, at now: Instant
    ) {
        self.now = now
        guard isRunning, name != self.name else { return }
        bury(.dead(Life(name, old), .restarted), isSucceeded: true)
        let address = records[name]?.statement.address
        if records[name]?.link == old { records[name]?.link = nil }
        linkUp(name, new, address, at: now)
    }
}
