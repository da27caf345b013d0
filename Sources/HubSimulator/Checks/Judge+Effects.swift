// SPDX-License-Identifier: Apache-2.0

internal import HubCore

// What is checked after each event, on what its effects touched.

extension Judge {
    /// A machine is about to handle an event.
    func will(_ event: NodeEvent, _ node: SimulatedNode, at now: Time) {
        let seat = node.seat
        switch event {
        case .received(let message, _, let incarnation):
            heard.insert(incarnation)
            hearing.insert(node.incarnation)
            if case .membership(let membership) = message, case .verdict = membership.body {
                witnesses[seat].heardVerdict = true
            }
        case .leaveAsked: witnesses[seat].wasAskedToLeave = true
        case .drainAsked: witnesses[seat].isDraining = true
        case .hubStarted(let hub):
            guard !witnesses[seat].hubs.contains(hub) else { return }
            witnesses[seat].hubs.append(hub)
            witnesses[seat].hubs.sort()
        case .hubStopped(let hub): witnesses[seat].hubs.removeAll { $0 == hub }
        case .timePassed: checkLeavings(node, at: now)
        default: break
        }
    }

    func did(_ effect: NodeEffect, _ node: SimulatedNode, at now: Time) {
        if node.isLeaving { checkFarewell(effect, node, at: now) }
        switch effect {
        case .send(_, let peer), .connect(let peer, _):
            if peer == node.name { fail(.contract, node.seat, "\(effect.kind) to itself", at: now) }
        case .viewChanged(let view): check(view, node, at: now)
        case .rosterChanged(let roster): check(roster, node, at: now)
        case .left:
            guard witnesses[node.seat].wasAskedToLeave else {
                return fail(.contract, node.seat, "left without being asked to", at: now)
            }
        case .note(.died(_, let incarnation, let cause)):
            buried.insert(incarnation)
            checkDeath(of: incarnation, cause, node, at: now)
        case .note(.joined(let name, let incarnation)):
            guard !heard.contains(incarnation) || !hearing.contains(incarnation) else { return }
            fail(.contact, node.seat, "\(name) joined without two-way contact", at: now)
        case .nameTaken(let other): checkNameTaken(by: other, node, at: now)
        case .dialSeed, .forgetSeed, .disconnect, .renew, .note: break
        }
    }

    /// After it said that it left, a machine only shows itself.
    private func checkFarewell(_ effect: NodeEffect, _ node: SimulatedNode, at now: Time) {
        switch effect {
        case .viewChanged, .rosterChanged, .note, .disconnect: break
        case .send, .connect, .dialSeed, .forgetSeed, .renew, .nameTaken, .left:
            fail(.contract, node.seat, "\(effect.kind) after it left", at: now)
        }
    }

    func sent(_ message: NodeMessage, bytes: Int, by node: SimulatedNode, at now: Time) {
        guard case .membership(let membership) = message else { return }
        if case .table = membership.body { return }
        if membership.rumours.count > Limits.rumoursPerMessage {
            fail(.bounds, node.seat, "\(membership.rumours.count) rumours in one message (S16)", at: now)
        }
    }

    /// The other one with the name may have ended meanwhile, but it was a node of this name once.
    private func checkNameTaken(by other: Incarnation?, _ node: SimulatedNode, at now: Time) {
        if let other, other != node.incarnation, isAlive(other) { return }
        let isTaken = owners.contains { incarnation, seat in
            seat != node.seat && (other == nil ? sharesName(seat, node.seat) : incarnation == other)
        }
        guard isTaken else {
            return fail(.identity, node.seat, "gives its name up to nobody else (S14)", at: now)
        }
    }

    // MARK: - Views

    private func check(_ view: MemberView, _ node: SimulatedNode, at now: Time) {
        let seat = node.seat
        if let old = witnesses[seat].view {
            if view.version <= old.version {
                fail(.views, seat, "version \(view.version) after \(old.version) (S15)", at: now)
            }
        }
        if view.node != node.name { fail(.views, seat, "the view of \(view.node)", at: now) }
        if view.members.count > Limits.peers + 1 {
            fail(.bounds, seat, "\(view.members.count) members (S16)", at: now)
        }
        checkStanding(view.standing, node, at: now)
        let change = ViewChange(from: witnesses[seat].view?.members ?? [], to: view.members)
        for incarnation in change.gone { witnesses[seat].retired.insert(incarnation) }
        checkMembers(of: view, change, node, at: now)
        witnesses[seat].view = view
        refreshLeavings(seat, at: now)
    }

    private func checkMembers(of view: MemberView, _ change: ViewChange, _ node: SimulatedNode, at now: Time) {
        if !change.isInOrder { fail(.views, node.seat, "members are not in order", at: now) }
        for member in change.new {
            if witnesses[node.seat].retired.contains(member.incarnation) {
                fail(.views, node.seat, "\(member.name) \(member.incarnation) came back (S15)", at: now)
            }
            guard member.incarnation != node.incarnation else { continue }
            if owners[member.incarnation] == nil {
                fail(.identity, node.seat, "\(member.name) \(member.incarnation) is no incarnation of anybody", at: now)
            }
            if !heard.contains(member.incarnation) || !hearing.contains(member.incarnation) {
                fail(.contact, node.seat, "\(member.name) is in the view without two-way contact", at: now)
            }
        }
        if view.standing == .serving, view[node.name]?.incarnation != node.incarnation {
            fail(.views, node.seat, "serves and is not in its own view", at: now)
        }
    }

    // MARK: - Beliefs

    private func check(_ roster: Roster, _ node: SimulatedNode, at now: Time) {
        let seat = node.seat
        if roster.entries.count > Limits.peers + Limits.departedShown + Limits.lostNodes {
            fail(.bounds, seat, "\(roster.entries.count) entries in the roster (S16)", at: now)
        }
        // A node that has left shows no view any more.
        if roster.standing == .left { checkStanding(.left, node, at: now) }
        let old = witnesses[seat].roster?.entries ?? []
        var next = 0
        for entry in roster.entries {
            // Both are sorted by name.
            while next < old.count, old[next].member.name < entry.member.name { next += 1 }
            let isKnown = next < old.count && old[next].member.incarnation == entry.member.incarnation
            if isKnown, old[next].state == entry.state { continue }
            check(entry, node, at: now)
            if isKnown, let step = StateStep(old[next].state, entry.state) { marks.reach(.state(step)) }
        }
        witnesses[seat].roster = roster
        refreshLeavings(seat, at: now)
    }

    private func check(_ entry: Roster.Entry, _ node: SimulatedNode, at now: Time) {
        let (incarnation, seat) = (entry.member.incarnation, node.seat)
        switch entry.state {
        case .dead, .left: witnesses[seat].departed.insert(incarnation)
        case .alive, .suspected:
            if witnesses[seat].departed.contains(incarnation) {
                fail(.views, seat, "\(entry.member.name) \(incarnation) lives again (S15)", at: now)
            }
        }
    }

    private func checkStanding(_ standing: Standing, _ node: SimulatedNode, at now: Time) {
        let seat = node.seat
        let old = witnesses[seat].standing
        guard standing != old else { return }
        witnesses[seat].standing = standing
        if let step = StandingStep(old, standing) {
            marks.reach(.standing(step))
        } else {
            fail(.standing, seat, "\(standing.word) after \(old.word)", at: now)
        }
        witnesses[seat].mustDoubt = false
        if standing == .unsure { witnesses[seat].heardVerdict = false }
        guard old == .unsure, standing == .serving, !witnesses[seat].heardVerdict else { return }
        let others = witnesses[seat].view?.members.count ?? 0
        if others > 1, now >= excusedUntil { fail(.standing, seat, "serves again without a member's word", at: now) }
    }

    // MARK: - Deaths

    private func checkDeath(
        of incarnation: Incarnation, _ cause: MembershipNote.DeathCause, _ node: SimulatedNode, at now: Time
    ) {
        if let time = goneWell[incarnation], now >= excusedUntil, plan.climate.lossPerMillion == 0, isCalm(from: time) {
            return fail(.leaving, node.seat, "\(incarnation) left in good order and is called dead", at: now)
        }
        guard isAlive(incarnation), let owner = owners[incarnation] else { return }
        falseDeaths += 1
        guard now >= excusedUntil else { return }
        if cause == .silence, now < witnesses[owner].floodedUntil { return }
        if cause == .nameTaken, witnesses.indices.contains(where: { $0 != owner && sharesName($0, owner) }) { return }
        fail(.falseDeath, node.seat, "\(Seats.name(owner)) lives and is called dead: \(cause)", at: now)
    }

    /// A process that has a twentieth of a processor may be told more by the hubs of many nodes than it can do before a
    /// probe is given up. Here it does one thing after another; shipped, a probe waits for what came before it to be read,
    /// not for what follows from that.
    ///
    /// - Returns: until when it is excused for that, and the others for what they know of it.
    func isKeptBusy(_ seat: Int, from now: Time, until end: Time) -> Time? {
        guard end - now > .seconds(1) else { return nil }
        witnesses[seat].floodedUntil = end + .seconds(5)
        return witnesses[seat].floodedUntil
    }

    private func sharesName(_ one: Int, _ other: Int) -> Bool {
        func name(_ seat: Int) -> Int {
            let place = seat - plan.firstTwin
            return plan.twinNames.indices.contains(place) ? plan.twinNames[place] : seat
        }
        return name(one) == name(other)
    }

    private func isCalm(from time: Time) -> Bool { calmSince <= time + .milliseconds(1) }

    // MARK: - Settling

    /// Who is dead or gone by the roster and still in the view.
    private func refreshLeavings(_ seat: Int, at now: Time) {
        guard let roster = witnesses[seat].roster, let view = witnesses[seat].view else { return }
        var leavings: [Witness.Leaving] = []
        for entry in roster.entries where entry.state == .dead || entry.state == .left {
            let incarnation = entry.member.incarnation
            guard view[entry.member.name]?.incarnation == incarnation else { continue }
            let old = witnesses[seat].leavings.first { $0.incarnation == incarnation }
            leavings.append(
                Witness.Leaving(
                    incarnation: incarnation, since: old?.since ?? now, inGoodOrder: entry.state == .left))
        }
        witnesses[seat].leavings = leavings
    }

    private func checkLeavings(_ node: SimulatedNode, at now: Time) {
        guard !witnesses[node.seat].leavings.isEmpty, witnesses[node.seat].isServing, !node.isSlow(at: now) else {
            return
        }
        for leaving in witnesses[node.seat].leavings {
            let since = max(leaving.since, node.runsSince)
            let bound = leaving.inGoodOrder ? Time.milliseconds(50) : bounds.settled
            guard now - since > bound + .seconds(1) else { continue }
            fail(
                .settling, node.seat, "\(leaving.incarnation) is gone for \(Plan.span(now - since)) and in the view",
                at: now)
        }
    }
}
