// SPDX-License-Identifier: Apache-2.0

// A node that leaves: it owns nothing new, moves everything off and stops what nobody takes.

extension HubMachine {
    mutating func beginDrain(_ deadline: Duration, _ step: inout HubStep) {
        guard drain == nil else { return }
        drain = Drain(deadline: step.now.advanced(by: deadline))
        if let view { candidates.see(view, isDraining: true) }
        due.add(.drain, at: drain?.deadline ?? step.now)
        beginSweep()
        failAsked(&step)
        if candidates.isEmpty { drain?.isStopping = true }
    }

    /// Callers of this node are told at once that it leaves.
    private mutating func failAsked(_ step: inout HubStep) {
        for number in asked.numbers.sorted() {
            giveUp(number, &step)
        }
    }

    /// The deadline passed: what is left is stopped and named.
    mutating func drainDue(_ step: inout HubStep) {
        guard let drain, !drain.isStopping else { return }
        self.drain?.isStopping = true
        beginSweep()
    }

    /// While draining: stops a child that nobody takes, or for which there is no more time.
    mutating func stopLeft(_ slot: Slot, _ step: inout HubStep) -> Bool {
        guard drain?.isStopping ?? false, let place = place(of: slot), let record = hosted[place] else { return false }
        switch record.state {
        case .ending: return true
        case .arrived:
            drop(place, &step)
            return true
        case .moved(let move):
            drain?.failed.append(registry.id(of: slot))
            release(move)
            drop(place, &step)
            return true
        default: break
        }
        drain?.failed.append(registry.id(of: slot))
        if record.isEnded {
            if record.state == .claiming { starting -= 1 }
            if let move = record.move { release(move) }
            drop(place, &step)
        } else {
            if let move = record.move { release(move) }
            order(place, .gone, .shutdown, &step)
        }
        return true
    }

    mutating func endDrainIfDone(_ step: inout HubStep) {
        guard let drain, !drain.isTold, sweep.left == 0 else { return }
        guard hosted.count == 0 || onlyRecords else { return }
        self.drain?.isTold = true
        step.drainEnded(moved: drain.moved, failed: drain.failed)
    }

    /// Nothing is left but records of what arrived elsewhere.
    private var onlyRecords: Bool { hosted.count == arrivedRecords }
}

extension Hosted {
    /// There is no instance to stop.
    var isEnded: Bool {
        switch state {
        case .queued, .claiming, .waiting, .quarantined, .offering(_, isRunning: false, _, _): true
        default: false
        }
    }
}
