// SPDX-License-Identifier: Apache-2.0

internal import DequeModule

/// A child whose host let go of it, lives on, and is not known to have given it to anybody.
struct Vacancy: Hashable, Sendable {
    var child: SlotReference
    var host: Incarnation
    /// Only an exchange that this node began later tells why.
    var after: UInt64
    var since: Instant
    /// Somebody waits to take the child over: when the host is asked.
    var isAsked = false
}

// A member that ends its instance of a child for good mostly holds a tombstone, which may come later than the news that its
// copy is gone, or by way of others. Whoever took the child for lost meanwhile would bring back what was stopped. So who is
// to take it over compares wishes with that member first, unless the tombstone comes by itself in a moment.

extension Registry {
    /// A member took its copy out of its slice.
    mutating func noteVacancy(_ slot: Slot, in slice: Int, at now: Instant) {
        let host = slices[slice].life.incarnation
        guard wishes[slot.index].state == .running, wishes[slot.index].firstCopy == .none,
            peers.contains(where: { $0.isMember && $0.incarnation == host })
        else { return }
        if vacancies.count >= Limits.vacancies { forgetVacancy() }
        wishes[slot.index].isVacated = true
        vacancies.append(Vacancy(child: reference(to: slot), host: host, after: nextNumber(), since: now))
    }

    /// Asks the child's last host, soon, if it lives on and was not heard about the child since it let go of it.
    ///
    /// - Returns: whether its word is to be awaited: the child is among the changed once it came, or the host is gone, or
    ///   took too long.
    package mutating func asksLastHost(of slot: Slot) -> Bool {
        guard wishes[slot.index].isVacated else { return false }
        var isVacated = false
        for place in vacancies.indices where self.slot(of: vacancies[place].child) == slot {
            isVacated = true
            vacancies[place].isAsked = true
            let due = vacancies[place].since.advanced(by: Limits.vacancyAsked)
            vacanciesDue = min(vacanciesDue ?? due, due)
        }
        wishes[slot.index].isVacated = isVacated
        return isVacated
    }

    /// Asks the hosts of children for which somebody still waits.
    private mutating func askHosts(at now: Instant) {
        guard let due = vacanciesDue, due <= now else { return }
        vacanciesDue = nil
        for place in vacancies.indices where vacancies[place].isAsked {
            let vacancy = vacancies[place]
            let due = vacancy.since.advanced(by: Limits.vacancyAsked)
            if due > now {
                vacanciesDue = min(vacanciesDue ?? due, due)
                continue
            }
            vacancies[place].isAsked = false
            guard let slot = slot(of: vacancy.child), desired(of: slot) == .running, let host = peer(vacancy.host)
            else {
                continue
            }
            // One that began earlier ends first.
            peers[host].roundDue = min(peers[host].roundDue, now)
        }
    }

    func hasVacancies(of host: Incarnation) -> Bool { vacancies.contains { $0.host == host } }

    /// Wishes were compared with a member in the exchange of this number, or it is no member any more.
    mutating func fillVacancies(of host: Incarnation, before round: UInt64 = .max) {
        guard hasVacancies(of: host) else { return }
        let told = vacancies.filter { $0.host == host && $0.after < round }
        vacancies.removeAll { $0.host == host && $0.after < round }
        for vacancy in told { reconsider(vacancy) }
    }

    mutating func workOnVacancies(at now: Instant) {
        while let first = vacancies.first, first.since.advanced(by: Limits.vacancyTime) <= now { forgetVacancy() }
        askHosts(at: now)
    }

    private mutating func forgetVacancy() {
        guard let first = vacancies.popFirst() else { return }
        reconsider(first)
    }

    private mutating func reconsider(_ vacancy: Vacancy) {
        if let slot = slot(of: vacancy.child) { touch(slot) }
    }
}
