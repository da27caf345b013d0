// SPDX-License-Identifier: Apache-2.0

// Children on their way to another node. Cold: offered and accepted, then stopped here, then begun there under the epoch
// that this node minted. The wish survives all of it, and what stands in the slices decides; messages only ask.

extension Hosted {
    /// The place among those that leave which it takes.
    var move: MoveAttempt? {
        switch state {
        case .offering(let move, _, _, _), .ending(.move(let move)), .moved(let move): move
        default: nil
        }
    }
}

extension HubMachine {
    mutating func release(_ move: MoveAttempt) { leaving.release() }

    /// While there is room among the leaving ones: whether somebody waits for it.
    var canMoveMore: Bool { leaving.hasRoom && moveQueue.count > 0 }

    /// Lets those that wait for a place among the leaving ones try again. Who does not need it any more, because it was
    /// stopped or stays for a while, leaves it to the next.
    mutating func moveMore(_ step: inout HubStep) -> Bool {
        guard canMoveMore else { return false }
        while budget > 0, leaving.hasRoom, let reference = moveQueue.popFirst() {
            budget -= 1
            guard let slot = registry.slot(of: reference), let place = place(of: slot) else { continue }
            hosted[place]?.waitsToLeave = false
            look(at: slot, &step)
        }
        return true
    }

    // MARK: - The source

    mutating func considerMove(_ slot: Slot, to owner: NodeName, _ step: inout HubStep) {
        guard let place = place(of: slot), let record = hosted[place] else { return }
        switch record.state {
        case .active, .waiting, .quarantined: break
        case .offering(_, _, let until, _):
            if until <= step.now { offerAgain(place, &step) }
            return
        default: return
        }
        if record.staysUntil > step.now { return resumeWaiting(place, &step) }
        guard leaving.take() else {
            if !record.waitsToLeave { moveQueue.append(record.slot) }
            hosted[place]?.waitsToLeave = true
            return resumeWaiting(place, &step)
        }
        let isRunning = record.state == .active
        if !isRunning { hosted[place]?.rest = record.state }
        offer(place, to: owner, tried: [], isRunning: isRunning, &step)
    }

    /// A child that cannot leave yet is restarted here in the meantime.
    private mutating func resumeWaiting(_ place: UInt32, _ step: inout HubStep) {
        guard case .waiting(let until) = hosted[place]?.state, until <= step.now else { return }
        restart(place, &step)
    }

    private mutating func offer(
        _ place: UInt32, to target: NodeName, tried: [NodeName], isRunning: Bool, _ step: inout HubStep
    ) {
        guard let child = instance(place)?.child else { return }
        let move = MoveAttempt(target: target, epoch: registry.mintEpoch(at: step.now), tried: tried)
        let until = step.now.advanced(by: Limits.offerAnswer)
        hosted[place]?.state = .offering(move, isRunning: isRunning, until: until, sent: 1)
        show(place)
        wake(place, at: until)
        step.send(.move(.offered(child, move.epoch)), to: target)
    }

    /// No answer came: asked once more, and then somebody else.
    mutating func offerAgain(_ place: UInt32, _ step: inout HubStep) {
        guard case .offering(let move, let isRunning, _, let sent) = hosted[place]?.state,
            let child = instance(place)?.child
        else { return }
        if view?.contains(move.target) != true || sent >= Limits.offers { return declined(place, &step) }
        let until = step.now.advanced(by: Limits.offerAnswer)
        hosted[place]?.state = .offering(move, isRunning: isRunning, until: until, sent: sent + 1)
        wake(place, at: until)
        step.send(.move(.offered(child, move.epoch)), to: move.target)
    }

    /// The target takes it: the instance ends, and then it is the target's.
    private mutating func accepted(_ place: UInt32, _ step: inout HubStep) {
        guard case .offering(let move, let isRunning, _, _) = hosted[place]?.state else { return }
        if isRunning {
            let route = Route(node: move.target, epoch: move.epoch)
            order(place, .move(move), .superseded(route), &step)
        } else {
            committed(place, move, &step)
        }
    }

    /// From here on it is the target that runs it, under the epoch of the move.
    mutating func committed(_ place: UInt32, _ move: MoveAttempt, _ step: inout HubStep) {
        guard let slot = hosted[place]?.slot.slot else { return }
        guard registry.desired(of: slot) == .running else {
            release(move)
            return drop(place, &step)
        }
        hosted[place]?.state = .moved(move)
        show(place)
        if settings.authority == .asked, let child = instance(place)?.child {
            step.ask(.transfer(child, to: move.target, epoch: move.epoch))
        }
        if view?.contains(move.target) != true { moveElsewhere(place, &step) }
    }

    /// The target does not take it: the next one is asked, or the child stays for a while.
    private mutating func declined(_ place: UInt32, _ step: inout HubStep) {
        guard case .offering(let move, let isRunning, _, _) = hosted[place]?.state,
            let slot = hosted[place]?.slot.slot
        else { return }
        let ranking = candidates.ranking(of: registry.id(of: slot), kind: registry.kind(of: slot))
        // Another node than its owner takes it only if it cannot stay: it would move twice for one change (L6).
        if drain != nil, let next = move.next(among: ranking.filter { $0 != node && view?.contains($0) == true }) {
            return offer(place, to: next, tried: move.tried, isRunning: isRunning, &step)
        }
        release(move)
        stay(place, isRunning: isRunning, &step)
    }

    /// Nobody takes it for now: it goes on here, unless this node is to run nothing more. What waited to be restarted still
    /// does; what had been given away begins again at once.
    private mutating func stay(_ place: UInt32, isRunning: Bool, _ step: inout HubStep) {
        let failures = Int(hosted[place]?.failedMoves ?? 0) + 1
        hosted[place]?.failedMoves = UInt8(clamping: failures)
        let until = step.now.advanced(by: MoveBackoff.wait(after: failures))
        hosted[place]?.staysUntil = until
        let rest = hosted[place]?.rest
        if rest != nil { hosted[place]?.rest = nil }
        let idle = drain == nil ? rest ?? .waiting(until: step.now) : .waiting(until: until)
        hosted[place]?.state = isRunning ? .active : idle
        show(place)
        if case .waiting(let due) = idle, !isRunning { wake(place, at: min(due, until)) }
        wake(place, at: until)
    }

    /// The node to which it was given left before it ran there: it is begun on the next one, or here.
    mutating func moveElsewhere(_ place: UInt32, _ step: inout HubStep) {
        guard case .moved(let move) = hosted[place]?.state, let slot = hosted[place]?.slot.slot else { return }
        let ranking = candidates.ranking(of: registry.id(of: slot), kind: registry.kind(of: slot))
        if let next = ranking.first, next != node {
            return offer(place, to: next, tried: move.tried, isRunning: false, &step)
        }
        release(move)
        if drain != nil { return stay(place, isRunning: false, &step) }
        restart(place, &step)
        hosted[place]?.cause = .move
    }

    /// It runs where it went.
    mutating func arrived(_ slot: Slot, _ step: inout HubStep) {
        guard let place = place(of: slot), let child = instance(place)?.child else { return }
        switch hosted[place]?.state {
        case .moved(let move):
            release(move)
            drain?.moved += 1
            let until = step.now.advanced(by: Limits.movedRecord)
            hosted[place]?.state = .arrived(move, until: until)
            arrivedRecords += 1
            wake(place, at: until)
            step.tell(.childMoved(child, from: node, to: move.target))
        case .arrived(let move, let until):
            if until <= step.now || view?.contains(move.target) != true { drop(place, &step) }
        default: break
        }
    }

    // MARK: - The target

    mutating func heard(_ message: MoveMessage, from peer: NodeName, _ step: inout HubStep) {
        switch message {
        case .offered(let child, let epoch): offered(child, epoch, from: peer, &step)
        case .accepted(let child, let epoch):
            if let place = offering(child, epoch, to: peer) { accepted(place, &step) }
        case .declined(let child, let epoch):
            if let place = offering(child, epoch, to: peer) { declined(place, &step) }
        }
    }

    private mutating func offering(_ child: ChildID, _ epoch: Epoch, to target: NodeName) -> UInt32? {
        guard let slot = registry.slot(of: child), let place = place(of: slot),
            case .offering(let move, _, _, _) = hosted[place]?.state, move.epoch == epoch, move.target == target
        else { return nil }
        return place
    }

    private mutating func offered(_ child: ChildID, _ epoch: Epoch, from source: NodeName, _ step: inout HubStep) {
        guard registry.observe(epoch.stamp, from: source, at: step.now, into: &step.actions) else { return }
        let takes = takes(child, epoch, &step)
        if !takes, let kind = registry.slot(of: child).flatMap({ registry.kind(of: $0) }) {
            sayIfLacking(kind, to: source, &step)
        }
        step.send(.move(takes ? .accepted(child, epoch) : .declined(child, epoch)), to: source)
    }

    /// Whether this node takes the child: it serves, knows the wish and the kind, and has a place.
    private mutating func takes(_ child: ChildID, _ epoch: Epoch, _ step: inout HubStep) -> Bool {
        guard serves, drain == nil, let slot = registry.slot(of: child), registry.desired(of: slot) == .running,
            let kind = registry.kind(of: slot), settings.kinds?.contains(kind) ?? true, !candidates.lacks(kind, node)
        else { return false }
        if let place = place(of: slot) {
            guard case .arrived = hosted[place]?.state else { return hosted[place]?.epoch == epoch }
            drop(place, &step)  // it comes back
        }
        if arrivals.contains(where: { $0.epoch == epoch }) { return true }
        if isCommitted(epoch, slot) { return false }  // a late copy of an offer that was taken, and perhaps used up
        dropArrivals(at: step.now)
        guard arriving.take() else { return false }
        let until = step.now.advanced(by: Limits.arrival)
        arrivals.append(ExpectedChild(child: child, epoch: epoch, until: until))
        due.add(.arrivals, at: until)
        return true
    }

    /// Who offers what this node cannot run would do so again and again.
    private mutating func sayIfLacking(_ kind: ProcessKind, to source: NodeName, _ step: inout HubStep) {
        if settings.kinds.map({ !$0.contains(kind) }) ?? false { lack(kind, &step) }
        if candidates.lacks(kind, node) { tellLacking(to: source, &step) }
    }

    private mutating func isCommitted(_ epoch: Epoch, _ slot: Slot) -> Bool {
        var isCommitted = false
        registry.forEachCopy(of: slot) { known in
            if case .moved(_, epoch) = known.copy.status { isCommitted = true }
        }
        return isCommitted
    }

    /// Places kept for children that never came are free again.
    mutating func dropArrivals(at now: Instant) {
        arrivals.removeAll { arrival in
            guard arrival.until <= now else { return false }
            arriving.release()
            return true
        }
    }
}
