// SPDX-License-Identifier: Apache-2.0

// A graceful leave: everyone who can be reached is told, and says that it knows.

struct Leave: Hashable {
    let number: UInt64
    let until: Instant
    var nextTry: Instant
    var waiting: [NodeName]
}

extension Membership {
    var isLeaving: Bool {
        if case .leaving = phase { true } else { false }
    }

    package mutating func leave(at now: Instant) {
        self.now = now
        switch phase {
        case .leaving, .left: return
        case .idle: finishLeaving()
        case .joining, .serving, .unsure:
            if !own.isDraining { restate { $0.isDraining = true } }
            let others = (0..<ring.count).map { ring[$0] }.filter { records[$0]?.isLinked == true }
            phase = .leaving(
                Leave(
                    number: nextNumber(), until: now.advanced(by: settings.leaveTime), nextTry: now, waiting: others))
            // Also if there is nobody to wait for: that it leaves is seen before that it left.
            showView()
            showRoster()
            sweepLeaving()
            armSweep()
        }
    }

    mutating func sweepLeaving() {
        guard case .leaving(var leave) = phase else { return }
        // Who left, too, or is taken for dead, need not know.
        leave.waiting.removeAll { records[$0]?.isLinked != true || records[$0]?.isGone == true }
        guard !leave.waiting.isEmpty, now < leave.until else { return finishLeaving() }
        if leave.nextTry <= now {
            leave.nextTry = now.advanced(by: settings.leaveTime / 4)
            for name in leave.waiting { send(.leaving(number: leave.number), to: name) }
        }
        phase = .leaving(leave)
    }

    /// Who comes while this node leaves is told, too.
    mutating func alsoTell(_ name: NodeName) {
        guard case .leaving(var leave) = phase, !leave.waiting.contains(name) else { return }
        leave.waiting.append(name)
        leave.nextTry = now
        phase = .leaving(leave)
    }

    mutating func noted(_ number: UInt64, by name: NodeName) {
        guard case .leaving(var leave) = phase, leave.number == number else { return }
        leave.waiting.removeAll { $0 == name }
        phase = .leaving(leave)
        if leave.waiting.isEmpty { finishLeaving() }
    }

    private mutating func finishLeaving() {
        phase = .left
        isViewDirty = true
        isRosterDirty = true
        isLeaveDone = true
    }

    /// A member says that it leaves.
    mutating func left(_ life: Life, _ number: UInt64) {
        bury(.left(life))
        send(.noted(number: number), to: life.name)
    }
}
