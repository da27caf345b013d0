// SPDX-License-Identifier: Apache-2.0

// A node that was stopped for longer than others wait does not know whether they took over. It serves nothing until a
// member says that it is still in its view. Members that were stopped together confirm each other, once nobody is left
// who could know better.

struct Doubt: Hashable {
    var nextAsk: Instant
    /// Who was stopped too, and has this node in its view.
    var companions: [NodeName] = []
    /// Answers to questions of a lower number are from before the pause.
    var firstNumber: UInt64
}

extension Membership {
    /// A gap between two ticks: comes before anything that was queued is handled, so that no answer from before counts.
    package mutating func notePause(at now: Instant) {
        guard let lastTick, isRunning else { return }
        let gap = lastTick.duration(to: now)
        guard gap > settings.pauseTime else { return }
        self.now = now
        self.lastTick = now
        forgive(gap)
        actions.append(.note(.paused(gap)))
        switch phase {
        case .serving, .unsure:
            phase = .unsure(Doubt(nextAsk: now, firstNumber: lastNumber + 1))
            isViewDirty = true
            isRosterDirty = true
            sweepDoubt()
            armSweep()
        case .idle, .joining, .leaving, .left: break
        }
    }

    /// The node goes on under a new incarnation: nobody can have that one in its view yet.
    mutating func doubtAnew() {
        phase = .unsure(Doubt(nextAsk: now, firstNumber: lastNumber + 1))
        armSweep()
    }

    /// Nobody is blamed for what this node did not hear while it was stopped.
    private mutating func forgive(_ gap: Duration) {
        flights.removeAll()
        nextProbe = now.advanced(by: fraction(of: settings.probeInterval))
        if nextGossip != nil { nextGossip = now }
        for name in suspects {
            guard var record = records[name], case .suspected(var suspicion) = record.stage else { continue }
            suspicion.since = now
            suspicion.checkAt = now.advanced(by: settings.suspicionMinimum / 4)
            suspicion.confirmers = Array(suspicion.confirmers.filter { $0 != self.name }.prefix(1))
            if suspicion.confirmers.isEmpty { suspicion.confirmers = [self.name] }
            record.stage = .suspected(suspicion)
            records[name] = record
        }
        for name in candidates {
            guard var record = records[name], case .candidate(var candidacy) = record.stage else { continue }
            candidacy.since = now
            record.stage = .candidate(candidacy)
            records[name] = record
        }
        for name in claimed { records[name]?.claim?.since = now }
    }

    func verdict(on life: Life) -> MembershipMessage.Verdict {
        guard let record = records[life.name], record.life == life, record.isPresent, !isJoining else {
            return .unknown
        }
        if case .unsure = phase { return .memberInDoubt }
        return .member
    }

    mutating func judged(_ number: UInt64, _ verdict: MembershipMessage.Verdict, by life: Life) {
        guard case .unsure(var doubt) = phase, number >= doubt.firstNumber, number <= lastNumber,
            records[life.name]?.life == life
        else { return }
        switch verdict {
        case .member: endDoubt()
        case .memberInDoubt:
            if !doubt.companions.contains(life.name) { doubt.companions.append(life.name) }
            phase = .unsure(doubt)
            sweepDoubt()
        case .unknown: break
        }
    }

    mutating func sweepDoubt() {
        guard case .unsure(var doubt) = phase else { return }
        let others = (0..<ring.count).map { ring[$0] } + comers
        guard !others.allSatisfy(doubt.companions.contains) else { return endDoubt() }
        guard doubt.nextAsk <= now else { return }
        doubt.nextAsk = now.advanced(by: settings.probeTimeout)
        let number = nextNumber()
        phase = .unsure(doubt)
        for other in others.filter({ !doubt.companions.contains($0) }).shuffled(using: &generator)
            .prefix(settings.indirectProbes + 2)
        {
            if records[other]?.isLinked == true { send(.doubt(number: number), to: other) }
        }
    }

    /// Connected nodes that are about to become members: they may know better, but they are not waited for for ever.
    private var comers: [NodeName] {
        candidates.filter { name in
            guard let record = records[name], case .candidate(let candidacy) = record.stage else { return false }
            return record.isLinked && now < candidacy.since.advanced(by: Self.candidacyTime)
        }
    }

    private mutating func endDoubt() {
        phase = .serving
        isViewDirty = true
        isRosterDirty = true
    }
}
