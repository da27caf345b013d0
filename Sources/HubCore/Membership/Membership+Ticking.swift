// SPDX-License-Identifier: Apache-2.0

internal import DequeModule

// Time passing, and what is shown at the end of each event.

extension Membership {
    /// When ``tick(at:)`` has something to do next. Never far ahead while the node runs: the gap between two ticks tells
    /// whether it was stopped.
    package var nextTick: Instant? {
        guard isRunning else { return nil }
        var next = min(nextProbe, lastTick?.advanced(by: settings.probeInterval) ?? nextProbe)
        if let nextGossip { next = min(next, nextGossip) }
        if let nextSweep { next = min(next, nextSweep) }
        if let first = settling.first { next = min(next, first.due) }
        if let first = farewells.first { next = min(next, first.due) }
        if isRosterDirty { next = min(next, nextRoster) }
        for flight in flights { next = min(next, flight.nextDeadline) }
        return next
    }

    package mutating func tick(at now: Instant) {
        self.now = now
        guard isRunning else { return }
        lastTick = now
        sweepFlights()
        if let due = nextSweep, due <= now { sweep() }
        if nextProbe <= now { probeInTurn() }
        sweepSettling()
        sayFarewell()
        if let due = nextGossip, due <= now { gossip() }
    }

    /// Looks after everything that needs attention for a while only.
    private mutating func sweep() {
        nextSweep = nil
        sweepSuspects()
        sweepCandidates()
        sweepClaims()
        sweepDamped()
        if !lostDials.isEmpty { dialLost() }
        switch phase {
        case .joining: sweepJoining()
        case .unsure: sweepDoubt()
        case .leaving: sweepLeaving()
        case .idle, .serving, .left: break
        }
        if needsSweep { armSweep() }
    }

    private var needsSweep: Bool {
        if !suspects.isEmpty || !candidates.isEmpty || !claimed.isEmpty || !damped.isEmpty { return true }
        switch phase {
        case .joining, .unsure, .leaving: return true
        case .idle, .serving, .left: return !lostDials.isEmpty
        }
    }

    mutating func armSweep() {
        if nextSweep == nil { nextSweep = now.advanced(by: settings.gossipInterval * 2) }
    }
}

// MARK: - What is shown

extension Membership {
    /// Ends the handling of one event: what changed is shown, and everything to be done is handed out.
    package mutating func finish() -> [MembershipAction] {
        if isViewDirty { showView() }
        if isRosterDirty, nextRoster <= now || standing != shownStanding { showRoster() }
        // Last, because whoever hears it may look at nothing more.
        if isLeaveDone { actions.append(.left) }
        isLeaveDone = false
        guard !actions.isEmpty else { return [] }
        defer { actions = [] }
        return actions
    }

    mutating func showView() {
        isViewDirty = false
        guard !isJoining, phase != .idle else { return }
        viewVersion += 1
        var members = settled
        let index = members.firstIndex { $0.name > name } ?? members.count
        members.insert(own.member, at: index)
        actions.append(
            .viewChanged(MemberView(version: viewVersion, node: name, standing: standing, members: members)))
    }

    mutating func showRoster() {
        isRosterDirty = false
        shownStanding = standing
        nextRoster = now.advanced(by: settings.gossipInterval * 2)
        var entries = [Roster.Entry(member: own.member, state: phase == .left ? .left : .alive)]
        for index in 0..<ring.count {
            guard let record = records[ring[index]] else { continue }
            entries.append(
                Roster.Entry(member: record.statement.member, state: record.isSuspected ? .suspected : .alive))
        }
        for name in departed {
            guard let record = records[name], case .gone(let state) = record.stage else { continue }
            entries.append(Roster.Entry(member: record.statement.member, state: state))
        }
        entries.sort { $0.member.name < $1.member.name }
        actions.append(
            .rosterChanged(Roster(node: name, incarnation: incarnation, standing: standing, entries: entries)))
    }
}
