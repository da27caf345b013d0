// SPDX-License-Identifier: Apache-2.0

internal import DequeModule

// How a life ends: by silence, by the word of those who saw its process end, by another one of its name, or by its own.

extension Membership {
    /// A member saw that the process of this life ended. Two of them are enough, or the only other one there is; one whose
    /// successor listens in its place needs none.
    mutating func witness(_ life: Life, _ refutation: UInt64, by witness: NodeName) {
        guard var record = records[life.name], record.life == life, record.isPresent, witness != life.name,
            refutation >= record.statement.refutation, witness == name || records[witness]?.isPresent == true,
            !record.witnesses.contains(witness)
        else { return }
        record.witnesses.append(witness)
        records[life.name] = record
        if isProof(record.witnesses) {
            bury(.dead(life, record.claim == nil ? .processEnded : .restarted))
            return
        }
        spread(.ended(life, refutation: refutation, by: witness))
        confirm(life, refutation, by: witness)
    }

    /// Whether so many saw it end that it did. A node that is joining cannot tell whether it knows the only other one.
    private func isProof(_ witnesses: [NodeName]) -> Bool {
        witnesses.count >= 2 || (ring.count == 1 && !isJoining)
    }

    /// A life ended. Whatever was known of it, it never comes back.
    mutating func bury(_ epitaph: Rumour, isSucceeded: Bool = false) {
        let life = epitaph.life
        guard graves.add(epitaph) else { return }
        spread(epitaph)
        guard let record = records[life.name], record.life == life, !record.isGone else { return }
        let name = life.name
        let state: Roster.State = if case .left = epitaph { .left } else { .dead }
        records[name]?.stage = .gone(state)
        records[name]?.claim = nil
        records[name]?.dialed = nil
        isRosterDirty = true
        if record.isPresent {
            ring.remove(name)
            digest ^= record.statement.fingerprint
            comparing.changed(at: now)
            note(epitaph)
        }
        suspects.removeAll { $0 == name }
        flights.removeAll { $0.life == life && $0.purpose == .health }
        depart(record, isSucceeded: isSucceeded)
        touch(name, isAtOnce: state == .left)
        if let claim = record.claim { makeCandidate(claim.statement, claim.teller) }
    }

    private mutating func note(_ epitaph: Rumour) {
        let life = epitaph.life
        switch epitaph {
        case .dead(_, let cause): actions.append(.note(.died(life.name, life.incarnation, cause)))
        case .outranked(_, let by, _):
            actions.append(.note(.nameClash(life.name, by, life.incarnation)))
            actions.append(.note(.died(life.name, life.incarnation, .nameTaken)))
        default: actions.append(.note(.wentAway(life.name, life.incarnation)))
        }
    }

    /// Tells a life that ended so, if it is connected all the same, and closes its connection after a while.
    private mutating func depart(_ record: MemberRecord, isSucceeded: Bool) {
        departed.removeAll { $0 == record.life.name }
        departed.append(record.life.name)
        if departed.count > Limits.departedShown { _ = forgetOldestDeparted() }
        guard !isSucceeded else { return }
        if record.isLinked, let epitaph = graves[record.life] { send(.news, [epitaph], to: record.life.name) }
        let patience = record.isLinked ? settings.suspicionMaximum : .zero
        let due = max(now.advanced(by: patience), farewells.last?.due ?? now)
        farewells.append(Farewell(due: due, life: record.life))
    }

    /// The word may have been lost: a few of those who are connected are told again.
    mutating func remindDead() {
        var told = 0
        for farewell in farewells where told < Limits.lostDials {
            guard let record = records[farewell.life.name], record.life == farewell.life, record.isLinked,
                let epitaph = graves[record.life]
            else { continue }
            send(.news, [epitaph], to: record.life.name)
            told += 1
        }
    }

    mutating func sayFarewell() {
        guard let first = farewells.first, first.due <= now else { return }
        while let farewell = farewells.first, farewell.due <= now {
            farewells.removeFirst()
            let (life, record) = (farewell.life, records[farewell.life.name])
            guard record == nil || record?.life == life || record?.link == life.incarnation else { continue }
            disconnect(life)
            if let record, !record.isGone { dial(life.name) }  // The life that came after it.
        }
        // When all is closed: else what is dialed here would be dialed no more with the next farewell.
        dialLost()
    }

    /// Closes what is open to a life, and dials its name no more; whoever wants to goes on by dialing anew.
    mutating func disconnect(_ life: Life) {
        actions.append(.disconnect(life))
        records[life.name]?.dialed = nil
        lostDials.removeAll { $0 == life.name }
    }

    /// Dead nodes may live on the other side of a split: some of their addresses are dialed, in turn, for ever.
    mutating func dialLost() {
        let lost = departed.filter { name in
            guard let record = records[name], case .gone(.dead) = record.stage else { return false }
            return record.statement.address != nil && !isOutranked(record.life)
        }
        for name in lost.reversed() where lostDials.count < Limits.lostDials && !lostDials.contains(name) {
            lostDials.append(name)
            dial(name)
        }
        guard lost.count > lostDials.count, lostDialsSince.advanced(by: Self.lostDialTime) < now else { return }
        lostDialsSince = now
        let oldest = lostDials.removeFirst()
        if let record = records[oldest] { disconnect(record.life) }
        let waiting = lost.filter { !lostDials.contains($0) && $0 != oldest }
        if let next = waiting.randomElement(using: &generator) {
            lostDials.append(next)
            dial(next)
        }
    }

    private static var lostDialTime: Duration { .seconds(10) }

    private func isOutranked(_ life: Life) -> Bool {
        if case .outranked = graves[life] { true } else { false }
    }

    /// Makes room for another record.
    mutating func forgetOldestDeparted() -> Bool {
        for name in departed {
            guard let record = records[name], record.isGone, record.settled == nil, record.link == nil else { continue }
            departed.removeAll { $0 == name }
            if record.dialed != nil { disconnect(record.life) }
            lostDials.removeAll { $0 == name }
            records[name] = nil
            return true
        }
        return false
    }
}

// MARK: - Two lives of one name

extension Membership {
    /// Another life claims the name of a member. One of two that both answer goes: the one born later, wherever it is
    /// decided (S14). A member that does not answer is found dead, and then the other one comes in.
    mutating func claim(_ statement: Statement, _ teller: NodeName?) {
        let name = statement.life.name
        guard var record = records[name], record.life != statement.life else { return }
        if record.claim?.statement.life == statement.life {
            if statement.version > record.claim?.statement.version ?? 0 { records[name]?.claim?.statement = statement }
            return
        }
        let isLinked = record.link == statement.life.incarnation
        guard record.claim == nil || isLinked else { return }
        record.claim = Claim(statement: statement, teller: teller, since: now, nextTry: now)
        records[name] = record
        if !claimed.contains(name) { claimed.append(name) }
        sweepClaims()
        armSweep()
    }

    mutating func claimantSpoke(_ name: NodeName, _ statement: Statement) {
        records[name]?.claim?.statement = statement
        records[name]?.claim?.answered = true
        decideClaim(name)
    }

    mutating func decideClaim(_ name: NodeName) {
        guard let record = records[name], record.isPresent, let claim = record.claim, claim.answered,
            claim.incumbentAnswered, claim.statement.version > 0
        else { return }
        if record.statement.outranks(claim.statement) {
            records[name]?.claim = nil
            let epitaph = Rumour.outranked(
                claim.statement.life, by: record.life.incarnation, born: record.statement.born)
            note(epitaph)
            if graves.add(epitaph) { spread(epitaph) }
            if record.link == claim.statement.life.incarnation {
                send(.news, [epitaph], to: name)
                let due = max(now.advanced(by: settings.leaveTime), farewells.last?.due ?? now)
                farewells.append(Farewell(due: due, life: claim.statement.life))
            }
        } else {
            bury(.outranked(record.life, by: claim.statement.life.incarnation, born: claim.statement.born))
        }
    }

    /// A node that was a member once says that another life has this node's name. As long as anybody is connected, the
    /// members decide between the two. Connected to nobody, this node cannot answer for itself, is found dead, and the
    /// other one comes in: it goes.
    mutating func isDisowned() {
        guard !isLeaving, !records.values.contains(where: { $0.link != nil }) else { return }
        let former = disowned.flatMap { $0.last.advanced(by: Self.disownedMemory) >= now ? $0 : nil }
        let since = former?.since ?? now
        disowned = Disowned(since: since, last: now)
        guard since.advanced(by: Self.disownedPatience) <= now else { return }
        actions.append(.nameTaken(by: nil))
        phase = .left
        isViewDirty = true
    }

    /// Longer than the other one takes to go, and this node then to be admitted, if that one is the newcomer.
    static var disownedPatience: Duration { .seconds(5) }
    /// Longer than the back-off between two dials.
    private static var disownedMemory: Duration { .seconds(20) }

    mutating func sweepClaims() {
        for name in claimed {
            guard let record = records[name], let claim = record.claim else { continue }
            if claim.since.advanced(by: .seconds(10)) < now, !claim.answered {
                records[name]?.claim = nil
                continue
            }
            guard claim.nextTry <= now else { continue }
            records[name]?.claim?.nextTry = now.advanced(by: settings.probeInterval)
            if record.link == claim.statement.life.incarnation {
                send(.greet(number: nextNumber(), own), to: name)
            } else if let teller = claim.teller {
                ask([teller], for: claim.statement.life, .claimant)
            }
            probeIncumbent(record.life)
            decideClaim(name)
        }
        claimed.removeAll { records[$0]?.claim == nil }
    }
}
