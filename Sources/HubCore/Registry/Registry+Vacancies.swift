// SPDX-License-Identifier: Apache-2.0

internal import DequeModule

/// A child whose host let go of it, lives on, and is not known to have given it to anybody.
struct Vacancy: Hashable, Sendable {
    var child: SlotReference
    var host: Incarnation
    /// Only an exchange that this node began later tells why.
    var after: UInt64
    var until: Instant
}

// A member that ends its instance of a child for good mostly holds a tombstone, which may come later than the news that its
// copy is gone, or by way of others. Whoever took the child for lost meanwhile would bring back what was stopped. So who is
// to take it over compares wishes with that member first.

extension Registry {
    /// A member took its copy out of its slice.
    mutating func noteVacancy(_ slot: Slot, in slice: Int, at now: Instant) {
        let host = slices[slice].life.incarnation
        guard wishes[slot.index].state == .running, wishes[slot.index].firstCopy == .none,
            peers.contains(where: { $0.isMember && $0.incarnation == host })
        else { return }
        if vacancies.count >= Limits.vacancies { forgetVacancy() }
        wishes[slot.index].isVacated = true
        let until = now.advanced(by: Limits.vacancyTime)
        vacancies.append(Vacancy(child: reference(to: slot), host: host, after: nextNumber(), until: until))
    }

    /// Whether the child's last host lives on and was not heard about it since it let go of the child. It is asked then, and
    /// the child is among the changed once it answered, or is gone, or took too long.
    package mutating func isVacated(_ slot: Slot, at now: Instant) -> Bool {
        guard wishes[slot.index].isVacated else { return false }
        var isVacated = false
        for vacancy in vacancies where self.slot(of: vacancy.child) == slot {
            guard let place = peer(vacancy.host), peers[place].isMember else { continue }
            isVacated = true
            // One that began earlier ends first.
            peers[place].roundDue = min(peers[place].roundDue, now)
        }
        wishes[slot.index].isVacated = isVacated
        return isVacated
    }

    func hasVacancies(of host: Incarnation) -> Bool { vacancies.contains { $0.host == host } }

    /// Wishes were compared with a member in the exchange of this number, or it is no member any more.
    mutating func fillVacancies(of host: Incarnation, before round: UInt64 = .max) {
        guard hasVacancies(of: host) else { return }
        let told = vacancies.filter { $0.host == host && $0.after < round }
        vacancies.removeAll { $0.host == host && $0.after < round }
        for vacancy in told { reconsider(vacancy) }
    }

    mutating func forgetVacancies(at now: Instant) {
        while let first = vacancies.first, first.until <= now { forgetVacancy() }
    }

    private mutating func forgetVacancy() {
        guard let first = vacancies.popFirst() else { return }
        reconsider(first)
    }

    private mutating func reconsider(_ vacancy: Vacancy) {
        if let slot = slot(of: vacancy.child) { touch(slot) }
    }
}
