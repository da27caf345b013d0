// SPDX-License-Identifier: Apache-2.0

// Who answers: directly, or when others ask.

extension Membership {
    /// One interval: those this node watches, and the next of its round.
    mutating func probeInTurn() {
        let pause = settings.probeInterval * (1 + localHealth)
        nextProbe = now.advanced(by: pause * 0.95 + fraction(of: pause) * 0.1)
        var targets = watched()
        if let next = nextOfRound(), !targets.contains(next) { targets.append(next) }
        for target in targets { probe(target) }
        remindDead()
    }

    /// The members before this node on the ring: two that are not suspected, and the suspected ones between.
    private func watched() -> [NodeName] {
        var watched: [NodeName] = []
        var sound = 0
        var steps = 1
        while sound < Self.watchedMembers, steps <= min(ring.count, Self.watchedSteps) {
            let name = ring.predecessor(steps)
            if records[name]?.isSuspected != true { sound += 1 }
            watched.append(name)
            steps += 1
        }
        return watched
    }

    private static var watchedMembers: Int { 2 }
    private static var watchedSteps: Int { 8 }

    /// Each member once in each round, in random order; a newcomer comes in at a random place.
    private mutating func nextOfRound() -> NodeName? {
        while true {
            while nextInRound < rounds.count {
                let name = rounds[nextInRound]
                nextInRound += 1
                if records[name]?.isPresent == true { return name }
            }
            nextInRound = 0
            rounds = (0..<ring.count).map { ring[$0] }
            rounds.shuffle(using: &generator)
            if rounds.isEmpty { return nil }
        }
    }

    /// Asks a member, unless that is under way.
    mutating func probe(_ name: NodeName) {
        guard let record = records[name], record.isPresent else { return }
        guard !flights.contains(where: { $0.life == record.life && $0.purpose == .health }) else { return }
        launch(record.life, .health, isLinked: record.isLinked)
    }

    mutating func probeIncumbent(_ life: Life) {
        guard let record = records[life.name], record.isPresent else { return }
        guard !flights.contains(where: { $0.life == life && $0.purpose == .incumbent }) else { return }
        launch(life, .incumbent, isLinked: record.isLinked)
    }

    private mutating func launch(_ life: Life, _ purpose: Flight.Purpose, isLinked: Bool) {
        guard flights.count < Limits.probesUnderWay else { return }
        let number = nextNumber()
        let scale = 1 + localHealth
        var flight = Flight(
            number: number, life: life, purpose: purpose, ends: now.advanced(by: settings.probeInterval * scale))
        if isLinked {
            flight.directUntil = now.advanced(by: settings.probeTimeout * scale)
            send(.probe(number: number), to: life.name)
        } else {
            askOthers(&flight)
        }
        flights.append(flight)
    }

    private mutating func askOthers(_ flight: inout Flight) {
        flight.directUntil = nil
        let others = chooseLinked(settings.indirectProbes, except: flight.life.name)
        flight.asked = others.count
        for other in others { send(.ask(number: flight.number, flight.life), to: other) }
    }

    /// Asks certain members about a life.
    mutating func ask(_ tellers: [NodeName], for life: Life, _ purpose: Flight.Purpose) {
        let linked = tellers.filter { records[$0]?.isLinked == true }
        guard !linked.isEmpty, flights.count < Limits.probesUnderWay,
            !flights.contains(where: { $0.life == life && $0.purpose == purpose })
        else { return }
        var flight = Flight(
            number: nextNumber(), life: life, purpose: purpose,
            ends: now.advanced(by: settings.probeInterval * (1 + localHealth)))
        flight.asked = linked.count
        for teller in linked { send(.ask(number: flight.number, life), to: teller) }
        flights.append(flight)
    }
}

// MARK: - Answers

extension Membership {
    mutating func relay(_ number: UInt64, _ subject: Life, for origin: NodeName) {
        if subject == own.life { return send(.reached(number: number), to: origin) }
        if let epitaph = graves[subject] { return send(.missed(number: number), [epitaph], to: origin) }
        guard records[subject.name]?.link == subject.incarnation, flights.count < Limits.probesUnderWay else {
            return send(.missed(number: number), to: origin)
        }
        let flight = Flight(
            number: nextNumber(), life: subject, purpose: .relay(origin: origin, number: number),
            ends: now.advanced(by: settings.probeTimeout))
        flights.append(flight)
        send(.probe(number: flight.number), to: subject.name)
    }

    mutating func answered(_ number: UInt64, by life: Life) {
        guard let index = flights.firstIndex(where: { $0.number == number && $0.life == life }) else { return }
        let flight = flights.remove(at: index)
        if case .relay(let origin, let number) = flight.purpose {
            send(.reached(number: number), to: origin)
        } else {
            succeeded(flight)
        }
    }

    mutating func reached(_ number: UInt64) {
        guard let index = flights.firstIndex(where: { $0.number == number && $0.asked > 0 }) else { return }
        succeeded(flights.remove(at: index))
    }

    /// The third one is there, and got no answer either: so it is not this node that is slow.
    mutating func missed(_ number: UInt64) {
        guard let index = flights.firstIndex(where: { $0.number == number }) else { return }
        flights[index].missed += 1
        let flight = flights[index]
        // Whoever can only be asked through others that cannot reach it either is not waited for.
        guard flight.missed >= flight.asked, flight.purpose == .vouch || flight.purpose == .claimant else { return }
        flights.remove(at: index)
    }

    private mutating func succeeded(_ flight: Flight) {
        localHealth = max(0, localHealth - 1)
        let name = flight.life.name
        switch flight.purpose {
        case .vouch:
            if records[name]?.life == flight.life { admit(name) }
        case .claimant:
            guard let claim = records[name]?.claim, claim.statement.life == flight.life else { return }
            claimantSpoke(name, claim.statement)
        case .incumbent:
            guard records[name]?.life == flight.life else { return }
            records[name]?.claim?.incumbentAnswered = true
            decideClaim(name)
        case .health, .relay: break
        }
    }

    /// Asks others where the member itself did not answer in time, and judges where nobody did.
    mutating func sweepFlights() {
        var over: [Flight] = []
        var index = 0
        while index < flights.count {
            if flights[index].ends <= now {
                over.append(flights.remove(at: index))
                continue
            }
            if let until = flights[index].directUntil, until <= now {
                var flight = flights[index]
                askOthers(&flight)
                flights[index] = flight
            }
            index += 1
        }
        for flight in over { failed(flight) }
    }

    private mutating func failed(_ flight: Flight) {
        switch flight.purpose {
        case .relay(let origin, let number): send(.missed(number: number), to: origin)
        case .vouch, .claimant, .incumbent: break
        case .health:
            // Lifeguard counts each one that was asked and did not say so in time. Here one such word is enough: this
            // node is not slow then, and in a split, where half of those asked are out of reach, it must not think so.
            if flight.missed == 0 { localHealth = min(Limits.localHealth, localHealth + 1) }
            accuse(flight.life)
        }
    }
}
