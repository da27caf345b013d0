// SPDX-License-Identifier: Apache-2.0

internal import DequeModule

// What is done when time passes, and what is left over from one batch for the next.

extension Registry {
    /// When time passing will be news.
    @inline(__always)
    package var nextTick: Instant? {
        var next = isCaughtUp ? tombstones.first?.due : nil
        Instant.lower(&next, to: vacancies.first?.since.advanced(by: Limits.vacancyTime))
        Instant.lower(&next, to: vacanciesDue)
        Instant.lower(&next, to: receiptsDue)
        // By their places: a peer, and a slice, is large to be copied.
        for place in peers.indices {
            if !peers[place].isSuperseded {
                Instant.lower(&next, to: peers[place].resendAt)
                Instant.lower(&next, to: peers[place].round?.retryAt ?? peers[place].roundDue)
            }
            if !peers[place].isMember { Instant.lower(&next, to: peers[place].strangerUntil) }
        }
        return next
    }

    package mutating func timePassed(at now: Instant, into actions: inout [RegistryAction]) {
        for place in peers.indices.reversed() where !peers[place].isMember && peers[place].strangerUntil <= now {
            let stranger = peers.remove(at: place)
            loseSlices(of: stranger.name) { $0 == stranger.incarnation }
        }
        workOnVacancies(at: now)
        if let due = receiptsDue, due <= now { payReceipts(into: &actions) }
        for place in peers.indices where !peers[place].isSuperseded {
            if let due = peers[place].resendAt, due <= now { resend(place, at: now, into: &actions) }
            if let round = peers[place].round {
                if round.retryAt <= now { retryRound(place, at: now, into: &actions) }
            } else if peers[place].roundDue <= now {
                beginRound(place, at: now, into: &actions)
            }
        }
        if isCollectable(at: now) { isCollecting = true }
        if hasWork { actions.append(.continueWork) }
    }

    private mutating func resend(_ place: Int, at now: Instant, into actions: inout [RegistryAction]) {
        sendAgain(place)
        peers[place].attempts += 1
        let isCut = peers[place].isMember && peers[place].attempts >= 3
        guard isCut, let way = peers.firstIndex(where: { $0.isMember && $0.attempts == 0 && !$0.isSuperseded }) else {
            return
        }
        actions.append(.send(message(.relayAsked(peers[place].name)), to: peers[way].name))
    }
}

// MARK: - Work in bounded steps

extension Registry {
    /// Whether there is something to be done that no event asks for.
    @inline(__always)
    package var hasWork: Bool {
        sweep != nil || isCollecting
            || slices.indices.contains { slices[$0].state == .lost || slices[$0].resync?.isClosing == true }
    }

    /// Goes on with what one batch left over.
    ///
    /// - Parameter budget: rows that may be touched; what is left of it is left in it.
    package mutating func work(_ budget: inout Int, at now: Instant, into actions: inout [RegistryAction]) {
        for slice in slices.indices where budget > 0 {
            if slices[slice].state == .lost { bury(slice, budget: &budget, into: &actions) }
            if slices[slice].resync?.isClosing == true { close(slice, budget: &budget, at: now, into: &actions) }
        }
        collect(at: now, budget: &budget, into: &actions)
        sweepGraves(budget: &budget, into: &actions)
        if hasWork { actions.append(.continueWork) }
    }
}

// MARK: - Tombstones

extension Registry {
    /// Takes over a horizon after an exchange was completed.
    mutating func raise(
        _ other: Stamp, from node: NodeName, at now: Instant, into actions: inout [RegistryAction]
    ) {
        guard other > horizon, observe(other, from: node, at: now, into: &actions) else { return }
        horizon = other
        if tombstones.count > 0 { sweep = 0 }
    }

    /// Collects tombstones whose time is over, or that are too many.
    private mutating func collect(at now: Instant, budget: inout Int, into actions: inout [RegistryAction]) {
        while budget > 0, isCollectable(at: now), let grave = tombstones.popFirst() {
            if let place = sweep { sweep = max(0, place - 1) }
            budget -= 1
            guard isLaid(grave) else { continue }
            horizon = max(horizon, since(of: Slot(grave.slot)))
            erase(Slot(grave.slot))
            free(Slot(grave.slot))
        }
        isCollecting = isCollectable(at: now)
    }

    /// Whether the oldest tombstone goes now, if this life has caught up: its time is over, or there are too many and all
    /// members were told of it, or take an exchange because they lag. Who never catches up keeps no more than twice as many
    /// as is usual.
    func isCollectable(at now: Instant) -> Bool {
        guard isCaughtUp || tombstones.count > settings.tombstones + Limits.tombstones, let grave = tombstones.first
        else { return false }
        return grave.due <= now || (tombstones.count > settings.tombstones && grave.mark <= log.trimmed)
    }

    /// Lets go of tombstones that a horizon taken over covers already.
    private mutating func sweepGraves(budget: inout Int, into actions: inout [RegistryAction]) {
        guard var place = sweep else { return }
        while budget > 0, place < tombstones.count {
            let grave = tombstones[place]
            place += 1
            budget -= 1
            guard isLaid(grave), since(of: Slot(grave.slot)) <= horizon else { continue }
            erase(Slot(grave.slot))
            free(Slot(grave.slot))
        }
        sweep = place < tombstones.count ? place : nil
    }

    /// Whether the child is still stopped by this very wish.
    private func isLaid(_ grave: Grave) -> Bool {
        let row = wishes[grave.slot]
        return row.state == .stopped && row.stamp == grave.stamp
    }
}
