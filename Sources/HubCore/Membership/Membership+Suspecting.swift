// SPDX-License-Identifier: Apache-2.0

// From silence to death.

extension Membership {
    /// This node got no answer, in any way.
    mutating func accuse(_ life: Life) {
        guard let record = records[life.name], record.life == life, record.isPresent else { return }
        confirm(life, record.statement.refutation, by: name)
    }

    /// Somebody got no answer: each on its own, so more of them make it more certain.
    mutating func confirm(_ life: Life, _ refutation: UInt64, by accuser: NodeName) {
        guard var record = records[life.name], record.life == life, record.isPresent, accuser != life.name,
            refutation >= record.statement.refutation, accuser == name || records[accuser]?.isPresent == true
        else { return }
        record.statement.refutation = refutation
        if case .suspected(var suspicion) = record.stage, suspicion.refutation == refutation {
            let isEnough = suspicion.confirmers.count > settings.confirmations && accuser != name
            guard !isEnough, !suspicion.confirmers.contains(accuser) else { return }
            suspicion.confirmers.append(accuser)
            record.stage = .suspected(suspicion)
            records[life.name] = record
        } else {
            suspect(record, refutation, by: accuser)
        }
        spread(.suspected(life, refutation: refutation, by: accuser))
    }

    private mutating func suspect(_ record: MemberRecord, _ refutation: UInt64, by accuser: NodeName) {
        var record = record
        let name = record.life.name
        if !record.isSuspected { actions.append(.note(.suspected(name, record.life.incarnation))) }
        let pause = settings.suspicionMinimum / 4
        record.stage = .suspected(
            Suspicion(
                refutation: refutation, since: now, confirmers: [accuser],
                checkAt: now.advanced(by: pause + fraction(of: pause))))
        records[name] = record
        if !suspects.contains(name) { suspects.append(name) }
        isRosterDirty = true
        armSweep()
    }

    /// How long a suspicion lasts: the shorter, the more members confirm it.
    func patience(_ suspicion: Suspicion) -> Duration {
        let most = min(settings.confirmations, max(0, ring.count - 1))
        // With nobody who could confirm, one observer has to be careful alone.
        guard most > 0 else { return settings.suspicionMinimum * 3 / 2 }
        let confirmed = min(most, suspicion.confirmers.count - 1)
        let span = settings.suspicionMaximum - settings.suspicionMinimum
        return settings.suspicionMaximum - span * confirmed / most
    }

    /// It answered: with a count that is higher than that of the suspicion.
    mutating func refuted(_ name: NodeName, _ refutation: UInt64) {
        guard var record = records[name], refutation > record.statement.refutation else { return }
        record.statement.refutation = refutation
        record.witnesses = []
        if record.isSuspected {
            record.stage = .alive
            suspects.removeAll { $0 == name }
            actions.append(.note(.cleared(name, record.life.incarnation)))
            isRosterDirty = true
        }
        records[name] = record
        if record.isPresent { spread(.alive(record.statement)) }
    }

    /// Nobody declares a death without having asked for itself: whoever missed the refutation hears it then.
    mutating func sweepSuspects() {
        for name in suspects {
            guard let record = records[name], case .suspected(let suspicion) = record.stage else { continue }
            let hasAsked = suspicion.confirmers.contains(self.name)
            let isOver = suspicion.since.advanced(by: patience(suspicion)) <= now
            if hasAsked, isOver {
                bury(.dead(record.life, .silence))
            } else if !hasAsked, suspicion.checkAt <= now || isOver {
                probe(name)
            }
        }
        suspects.removeAll { records[$0]?.isSuspected != true }
    }
}
