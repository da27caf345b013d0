// SPDX-License-Identifier: Apache-2.0

// What a message says, and what rumours say.

extension Membership {
    package mutating func receive(
        _ message: MembershipMessage, from name: NodeName, _ incarnation: Incarnation, at now: Instant
    ) {
        self.now = now
        let life = Life(name, incarnation)
        guard isRunning, name != self.name else { return }
        if let epitaph = graves[life] { return answerDead(message, epitaph, name) }
        take(message.sender, of: life)
        for rumour in message.rumours where rumour.isAcceptable { hear(rumour, from: name) }
        guard graves[life] == nil, isRunning else { return }
        take(message.body, message, from: life)
        if isRunning { compareIfDifferent(message, with: name) }
    }

    /// A living node that is taken for dead has to learn it. Nothing else that it says counts, but that it takes this node
    /// for dead as well: so it is after a split.
    private mutating func answerDead(_ message: MembershipMessage, _ epitaph: Rumour, _ name: NodeName) {
        switch message.body {
        case .probe, .greet, .compare, .doubt, .ask: send(.news, [epitaph], to: name)
        case .leaving(let number): send(.noted(number: number), to: name)
        default: break
        }
        for rumour in message.rumours where rumour.isAcceptable && rumour.life == own.life { hearOfOneself(rumour) }
    }

    /// What the sender says about itself with each message.
    private mutating func take(_ sender: MembershipMessage.Sender, of life: Life) {
        guard let place = records.index(forKey: life.name) else { return }
        let isHigher = records.values[place].take(sender, of: life)
        if isHigher, sender.refutation <= Limits.membershipCount {
            refuted(life.name, sender.refutation)
        }
    }

    private mutating func take(_ body: MembershipMessage.Body, _ message: MembershipMessage, from life: Life) {
        let name = life.name
        switch body {
        case .news, .unknown: break
        case .probe(let number): send(.answer(number: number), to: name)
        case .answer(let number): answered(number, by: life)
        case .ask(let number, let subject): relay(number, subject, for: name)
        case .reached(let number): reached(number)
        case .missed(let number): missed(number)
        case .greet(let number, let statement): greeted(by: life, number, statement)
        case .greeted(let number, let statement): greetingAnswered(by: life, number, statement)
        case .compare(let number, let known): sendTable(number, known, to: name)
        case .table(let number, let part, let parts): tableCame(number, part, parts, from: name)
        case .leaving(let number): left(life, number)
        case .noted(let number): noted(number, by: name)
        case .doubt(let number): send(.verdict(number: number, verdict(on: life)), to: name)
        case .verdict(let number, let verdict): judged(number, verdict, by: life)
        }
    }

    mutating func hear(_ rumour: Rumour, from teller: NodeName) {
        let life = rumour.life
        guard life.name != name else { return hearOfOneself(rumour) }
        switch rumour {
        case .alive(let statement): hear(statement, from: teller)
        case .suspected(_, let refutation, let by): confirm(life, refutation, by: by)
        case .ended(_, let refutation, let by): witness(life, refutation, by: by)
        case .dead, .outranked, .left: bury(rumour)
        }
    }

    /// What others say about this node.
    private mutating func hearOfOneself(_ rumour: Rumour) {
        let life = rumour.life
        guard life.incarnation == own.life.incarnation else { return hearOfNamesake(rumour) }
        switch rumour {
        case .alive: break
        case .suspected(_, let refutation, _), .ended(_, let refutation, _):
            guard refutation >= own.refutation else { return }
            localHealth = min(Limits.localHealth, localHealth + 1)
            guard refutation < Limits.membershipCount else { return renew() }
            own.refutation = refutation + 1
            spread(.alive(own))
        case .outranked(_, let by, let born) where born < own.born:
            actions.append(.note(.nameClash(name, by, own.life.incarnation)))
            actions.append(.nameTaken(by: by))
            phase = .left
            isViewDirty = true
        case .left where isLeaving: break
        case .dead, .outranked, .left: renew()
        }
    }

    /// Another life of this node's name: an earlier one of its own, or of another node.
    private mutating func hearOfNamesake(_ rumour: Rumour) {
        guard !formerLives.contains(rumour.life.incarnation) else { return }
        switch rumour {
        case .alive(let statement) where own.outranks(statement):
            let epitaph = Rumour.outranked(statement.life, by: own.life.incarnation, born: own.born)
            if graves.add(epitaph) { spread(epitaph) }
        case .dead, .outranked, .left:
            if graves.add(rumour) { spread(rumour) }
        case .alive, .suspected, .ended: break
        }
    }

    /// A node speaks of another, or of itself.
    mutating func hear(_ statement: Statement, from teller: NodeName) {
        guard graves[statement.life] == nil, statement.life.name != name else { return }
        guard let record = records[statement.life.name] else { return makeCandidate(statement, teller) }
        if record.life == statement.life { return update(statement, record, teller) }
        if record.statement.succeeds == statement.life.incarnation { return }
        if statement.succeeds == record.life.incarnation {
            bury(.dead(record.life, .restarted), isSucceeded: true)
            return makeCandidate(statement, teller)
        }
        switch record.stage {
        case .gone: makeCandidate(statement, teller)
        case .candidate(let candidacy):
            let isStale = !record.isLinked && candidacy.since.advanced(by: settings.aloneAfter) < now
            if record.link == statement.life.incarnation || isStale { makeCandidate(statement, teller) }
        case .alive, .suspected: claim(statement, teller)
        }
    }

    private mutating func update(_ statement: Statement, _ record: MemberRecord, _ teller: NodeName) {
        let name = statement.life.name
        guard !record.isGone else { return }
        if record.isCandidate { addTeller(teller, of: name) }
        if statement.refutation > record.statement.refutation { refuted(name, statement.refutation) }
        guard statement.version > record.statement.version else { return }
        if record.isPresent { digest ^= record.statement.fingerprint ^ statement.fingerprint }
        let refutation = max(statement.refutation, record.statement.refutation)
        records[name]?.statement = statement
        records[name]?.statement.refutation = refutation
        dial(name)
        guard record.isPresent, let changed = records[name]?.statement else { return }
        if changed.isDraining, !record.statement.isDraining { actions.append(.note(.draining(name))) }
        spread(.alive(changed))
        isRosterDirty = true
        touch(name)
    }
}
