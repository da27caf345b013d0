// SPDX-License-Identifier: Apache-2.0

internal import DequeModule

// Nothing acts on the first sign: what is known of one member enters the view once that member was unchanged for the
// settle time. Changes of others do not restart its wait.

extension Membership {
    /// What is known of a member changed, or may have.
    mutating func touch(_ name: NodeName, isAtOnce: Bool = false) {
        guard var record = records[name] else { return }
        let target = target(of: record)
        let isNow = isAtOnce || target?.service == .draining && record.settled?.incarnation == target?.incarnation
        guard target != record.target || isNow else { return }
        record.target = target
        record.unsettledSince = target == record.settled ? nil : now
        records[name] = record
        guard target != record.settled else { return }
        if isNow {
            settle(name)
        } else {
            settling.append(Settling(due: now.advanced(by: settings.settleTime), name: name))
        }
    }

    private func target(of record: MemberRecord) -> Member? {
        guard record.isPresent else { return nil }
        var member = record.statement.member
        if let damping = record.damping, !damping.isOver, member.service == .inService { member.service = .damped }
        return member
    }

    mutating func sweepSettling() {
        while let first = settling.first, first.due <= now {
            settling.removeFirst()
            guard let since = records[first.name]?.unsettledSince, since.advanced(by: settings.settleTime) <= now
            else { continue }
            settle(first.name)
        }
    }

    private mutating func settle(_ name: NodeName) {
        guard let record = records[name] else { return }
        let index = settledIndex(of: name)
        if index < settled.count, settled[index].name == name { settled.remove(at: index) }
        if let target = record.target { settled.insert(target, at: index) }
        records[name]?.settled = record.target
        records[name]?.unsettledSince = nil
        isViewDirty = true
        if isJoining { sweepJoining() }
    }

    private func settledIndex(of name: NodeName) -> Int {
        var low = 0
        var high = settled.count
        while low < high {
            let middle = (low + high) / 2
            if settled[middle].name < name { low = middle + 1 } else { high = middle }
        }
        return low
    }

    var isEveryoneSettled: Bool {
        settling.allSatisfy { records[$0.name]?.unsettledSince == nil }
    }
}

// MARK: - Members that come and go

extension Membership {
    /// A member is back under another incarnation. Too often within a minute, and it is kept out of placement for a time
    /// that doubles; it is counted anew once it was in placement for as long as the longest such time.
    mutating func noteReturn(_ record: inout MemberRecord) {
        record.admissions += 1
        guard record.admissions > 1 else { return }
        record.returns.removeAll { $0.advanced(by: .seconds(60)) < now }
        record.returns.append(now)
        guard record.returns.count > settings.flapsPerMinute else { return }
        record.returns = []
        let lasted = dampingTime(after: record.damping)
        record.damping = Damping(until: now.advanced(by: lasted), lasted: lasted)
        if !damped.contains(record.life.name) { damped.append(record.life.name) }
        actions.append(.note(.damped(record.life.name, lasted)))
        armSweep()
    }

    private func dampingTime(after former: Damping?) -> Duration {
        guard let former, now < former.until.advanced(by: settings.dampingMaximum) else {
            return settings.dampingMinimum
        }
        return min(former.lasted * 2, settings.dampingMaximum)
    }

    mutating func sweepDamped() {
        for name in damped {
            guard let damping = records[name]?.damping, damping.until <= now else { continue }
            records[name]?.damping?.isOver = true
            touch(name)
        }
        damped.removeAll { records[$0]?.damping?.isOver ?? true }
    }
}
