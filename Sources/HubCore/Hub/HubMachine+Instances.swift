// SPDX-License-Identifier: Apache-2.0

// The instances of this node: begun, active, ended, begun again.

extension HubMachine {
    /// Shows in this node's slice what it does with the child.
    mutating func show(_ place: UInt32) {
        guard let record = hosted[place] else { return }
        registry.set(record.copy, of: record.slot.slot)
    }

    /// Read in one piece: see ``Pool/update(_:_:)``.
    @inline(__always)
    mutating func state(_ place: UInt32) -> Hosted.State? {
        let record = hosted[place]
        return record?.state
    }

    @inline(__always)
    private mutating func set(_ state: Hosted.State, _ place: UInt32) {
        hosted.update(place) { $0?.state = state }
    }

    mutating func instance(_ place: UInt32) -> InstanceID? {
        hosted[place].map { InstanceID(child: registry.id(of: $0.slot.slot), epoch: $0.epoch) }
    }

    /// The record of an instance, unless it is of an earlier activation.
    private mutating func find(_ instance: InstanceID) -> (place: UInt32, slot: Slot)? {
        // No two activations have one epoch, so the hint is right or of no use.
        if instance.place < hosted.capacity, let record = hosted[instance.place], record.epoch == instance.epoch {
            return (instance.place, record.slot.slot)
        }
        guard let slot = registry.slot(of: instance.child), let place = place(of: slot),
            hosted[place]?.epoch == instance.epoch
        else { return nil }
        return (place, slot)
    }

    mutating func wake(_ place: UInt32, at instant: Instant) {
        if let reference = hosted[place]?.slot { due.add(.child(reference), at: instant) }
    }

    // MARK: - Beginning

    mutating func begin(_ slot: Slot, _ cause: ActivationCause, epoch: Epoch?, _ step: inout HubStep) {
        if let kind = registry.kind(of: slot) {
            if let kinds = settings.kinds, !kinds.contains(kind) {
                lack(kind, &step)
                return failAsked(slot, .unknownKind, isElsewhere: isElsewhere(slot), &step)
            }
            if candidates.lacks(kind, node) { return }  // whoever gave it here hears of that
        }
        let own = registry.mintEpoch(at: step.now)
        let agreed = takeArrival(of: slot, under: epoch).flatMap { isAboveAllEnded($0) ? $0 : nil }
        let record = Hosted(slot: registry.reference(to: slot), epoch: agreed ?? own, cause: cause)
        let place = hosted.insert(record)
        places[slot.index] = place
        registry.pin(slot)
        if cause == .start { withhold(slot, at: step.now) }
        queue(place, &step)
    }

    /// Whether no activation that ended here can have had a later epoch: a node that ran the child by itself, and ended it,
    /// may be asked after that to take it under one that was minted before (S2).
    private mutating func isAboveAllEnded(_ epoch: Epoch) -> Bool {
        epoch > highestEnded && epoch.stamp > registry.life.birth
    }

    /// Others hear of the wish when its instance runs, or soon.
    private mutating func withhold(_ slot: Slot, at now: Instant) {
        guard registry.withhold(slot) else { return }
        let until = now.advanced(by: isStartingMany ? Limits.startsWithheld : Limits.startWithheld)
        withheld.append(Withheld(slot: registry.reference(to: slot), until: until))
    }

    /// The epoch of a move is used once, by the life that took the offer: another one, or a second activation, mints its
    /// own. So does this one, if it ran the child under another epoch since it took the offer (S2).
    private mutating func takeArrival(of slot: Slot, under epoch: Epoch?) -> Epoch? {
        guard !arrivals.isEmpty else { return nil }
        let child = registry.id(of: slot)
        var taken: Epoch?
        arrivals.removeAll { arrival in
            guard arrival.child == child else { return false }
            if arrival.epoch == epoch { taken = epoch }
            arriving.release()
            return true
        }
        return taken
    }

    private mutating func queue(_ place: UInt32, _ step: inout HubStep) {
        guard let record = hosted[place] else { return }
        let slot = record.slot
        set(.queued, place)
        if !registry.isWithheld(slot.slot) { show(place) }
        startQueue.append(slot)
        _ = startMore(&step)
    }

    var canStart: Bool {
        mutating get { startQueue.count > 0 && starting < settings.parallelStarts && !isAuthorityLost }
    }

    /// Begins as many activations as may be made at a time.
    mutating func startMore(_ step: inout HubStep) -> Bool {
        guard canStart, budget > 0 else { return false }
        var claims: [InstanceID] = []
        while canStart, budget > 0, let reference = startQueue.popFirst() {
            guard let slot = registry.slot(of: reference), let place = place(of: slot), state(place) == .queued,
                let instance = instance(place)
            else { continue }
            budget -= 1
            starting += 1
            set(.claiming, place)
            if settings.authority == .local {
                orderStart(of: place, slot, instance, &step)  // it grants every claim at once
            } else {
                claims.append(instance)
            }
        }
        if claims.isEmpty { return true }
        askAuthority(.claim(claims), &step)
        return true
    }

    private mutating func askAuthority(_ action: AuthorityAction, _ step: inout HubStep) {
        switch settings.authority {
        case .local: if let answer = LocalAuthority.answer(action) { authority(answer, &step) }
        case .asked: step.ask(action)
        }
    }

    mutating func authority(_ answer: AuthorityAnswer, _ step: inout HubStep) {
        switch answer {
        case .granted(let instances): for instance in instances { granted(instance, &step) }
        case .refused(let instances): for instance in instances { refused(instance, &step) }
        case .lost: isAuthorityLost = true
        case .regained:
            isAuthorityLost = false
            wakeOperations()
            beginSweep()
        }
    }

    private mutating func granted(_ instance: InstanceID, _ step: inout HubStep) {
        guard let (place, slot) = find(instance), state(place) == .claiming else { return }
        orderStart(of: place, slot, instance, &step)
    }

    /// The authority granted it: it is made now.
    private mutating func orderStart(
        of place: UInt32, _ slot: Slot, _ instance: InstanceID, _ step: inout HubStep
    ) {
        guard let child = registry.child(of: slot), let record = hosted[place] else {
            starting -= 1
            return drop(place, &step)
        }
        set(.starting, place)
        var order = StartOrder(
            child: child, epoch: instance.epoch, activation: .fresh, cause: record.cause,
            deadline: settings.startDeadline)
        order.place = place
        step.start(order)
    }

    /// Tried again after a while that is not the same everywhere.
    private mutating func refused(_ instance: InstanceID, _ step: inout HubStep) {
        guard let (place, _) = find(instance), state(place) == .claiming else { return }
        starting -= 1
        let wait = Limits.moveBackoffMinimum * Int(1 + random.next() % 4)
        rest(place, .waiting(until: step.now.advanced(by: wait)))
    }

    private mutating func rest(_ place: UInt32, _ state: Hosted.State) {
        set(state, place)
        switch state {
        case .waiting(let until), .quarantined(let until): wake(place, at: until)
        default: break
        }
        show(place)
    }

    // MARK: - Active

    mutating func started(_ instance: InstanceID, _ step: inout HubStep) {
        budget -= 1
        guard let (place, _) = find(instance), let record = hosted[place] else {
            // Nobody knows of it, so nobody would ever end it.
            return step.stop(StopOrder(instance: instance, shutdown: Limits.childShutdown, cause: .superseded(nil)))
        }
        switch record.state {
        case .starting:
            starting -= 1
            set(.active, place)
            hosted.update(place) { $0?.isActivated = true }
            show(place)
        case .ending where !record.isActivated:
            // It was being made when its end was ordered, which comes now.
            hosted.update(place) { $0?.isActivated = true }
        default: return
        }
        step.tell(.activated(instance, .fresh, record.cause))
    }

    /// It goes on in place under a new epoch, which fences the old one.
    mutating func renew(_ slot: Slot, met: Epoch?, _ step: inout HubStep) {
        guard let place = place(of: slot), let old = instance(place) else { return }
        let epoch = registry.mintEpoch(at: step.now)
        if let move = hosted[place]?.move { release(move) }
        if hosted[place]?.begun == Epoch.none { hosted[place]?.begun = old.epoch }
        hosted[place]?.epoch = epoch
        set(.active, place)
        if let met { hosted[place]?.met = met }
        show(place)
        step.renew(RenewOrder(instance: old, epoch: epoch))
        step.tell(.deactivated(old, .stopped))
        let new = InstanceID(child: old.child, epoch: epoch)
        step.tell(.activated(new, .restored(version: 0, age: .zero), .failover))
        if let met { step.tell(.conflictResolved(old.child, kept: epoch, ended: met)) }
    }

    // MARK: - Ending

    mutating func end(_ slot: Slot, _ cause: ReconcileOrder.StopCause, _ step: inout HubStep) {
        guard let place = place(of: slot), let record = hosted[place] else { return }
        switch record.state {
        case .queued, .waiting, .quarantined, .moved, .arrived: return drop(place, &step)
        case .claiming:
            starting -= 1
            return drop(place, &step)
        case .ending: return
        case .starting, .active, .offering: break
        }
        if let move = record.move { release(move) }
        switch cause {
        case .stopped: order(place, .gone, .stopped, &step)
        case .superseded(let route): order(place, .gone, .superseded(route), &step)
        }
    }

    mutating func order(_ place: UInt32, _ after: Hosted.After, _ cause: StopOrder.Cause, _ step: inout HubStep) {
        guard let instance = instance(place), let slot = hosted[place]?.slot.slot else { return }
        if state(place) == .starting { starting -= 1 }
        set(.ending(after), place)
        show(place)
        step.stop(StopOrder(instance: instance, shutdown: registry.shutdown(of: slot), cause: cause))
    }

    /// What had not begun, or is only a record, goes.
    mutating func withdraw(_ slot: Slot, _ step: inout HubStep) {
        guard let place = place(of: slot), let state = state(place) else { return }
        switch state {
        case .claiming: starting -= 1
        case .starting, .active, .ending: return
        default: break
        }
        if let move = hosted[place]?.move { release(move) }
        drop(place, &step)
    }

    /// Forgets what this node did with the child.
    mutating func drop(_ place: UInt32, _ step: inout HubStep) {
        guard let record = hosted[place] else { return }
        let slot = record.slot.slot
        if case .arrived = record.state { arrivedRecords -= 1 }
        highestEnded = max(highestEnded, record.epoch)
        _ = hosted.remove(place)
        places[slot.index] = .none
        registry.removeCopy(of: slot)
        registry.unpin(slot)
        if settings.authority == .asked { step.ask(.release([registry.id(of: slot)])) }
    }

    mutating func ended(_ instance: InstanceID, _ reason: ExitReason, _ step: inout HubStep) {
        budget -= 1
        guard let slot = registry.slot(of: instance.child), let place = place(of: slot), let record = hosted[place],
            record.runs(instance.epoch)
        else { return }
        if record.isActivated {
            step.tell(.deactivated(InstanceID(child: instance.child, epoch: record.epoch), reason))
        }
        hosted[place]?.isActivated = false
        switch record.state {
        case .ending(.gone): drop(place, &step)
        case .ending(.move(let move)): committed(place, move, &step)
        case .starting, .active, .offering:
            if record.state == .starting { starting -= 1 }
            if let move = record.move { release(move) }
            endedByItself(place, slot, reason, &step)
        case .queued, .claiming, .waiting, .quarantined, .moved, .arrived: return
        }
    }

    private mutating func endedByItself(_ place: UInt32, _ slot: Slot, _ reason: ExitReason, _ step: inout HubStep) {
        guard registry.desired(of: slot) == .running else { return drop(place, &step) }
        switch ExitVerdict(registry.restart(of: slot), after: reason) {
        case .endWish:
            drop(place, &step)
            endWish(of: slot, &step)
        case .restart: supervise(place, &step)
        }
    }

    // MARK: - Beginning again

    private mutating func supervise(_ place: UInt32, _ step: inout HubStep) {
        guard let child = instance(place)?.child else { return }
        let limits = settings.restarts
        switch hosted[place]?.history.ended(at: step.now, limits) {
        case .restart(let wait): restartLater(place, step.now.advanced(by: wait), &step)
        case .quarantine(let failures):
            rest(place, .quarantined(until: step.now.advanced(by: settings.restarts.quarantine)))
            step.tell(.quarantined(child, failures: failures))
        case nil: break
        }
    }

    /// Restarts of the whole hub keep to a rate: beyond it they wait, and nothing is stopped for it.
    private mutating func restartLater(_ place: UInt32, _ wanted: Instant, _ step: inout HubStep) {
        let allowed = pace.place(at: wanted, settings.restarts)
        if allowed > wanted { step.tell(.restartsDelayed(until: step.now.duration(to: allowed))) }
        if allowed > step.now { return rest(place, .waiting(until: allowed)) }
        restart(place, &step)
    }

    mutating func restart(_ place: UInt32, _ step: inout HubStep) {
        hosted[place]?.epoch = registry.mintEpoch(at: step.now)
        hosted[place]?.cause = .restart
        hosted[place]?.met = .none
        hosted[place]?.begun = .none
        queue(place, &step)
    }

    /// An operator asks for the child: a quarantine ends.
    mutating func endQuarantine(of slot: Slot, _ step: inout HubStep) -> Bool {
        guard let place = place(of: slot), case .quarantined = state(place) else { return false }
        restart(place, &step)
        return true
    }

    mutating func failed(_ instance: InstanceID, _ fault: StartFault, _ step: inout HubStep) {
        budget -= 1
        guard let (place, slot) = find(instance), let record = hosted[place] else { return }
        switch record.state {
        case .starting: starting -= 1
        case .ending(.gone): return drop(place, &step)
        case .ending(.move(let move)): return committed(place, move, &step)
        default: return
        }
        if fault == .unknownKind, let kind = registry.kind(of: slot) {
            drop(place, &step)
            lack(kind, &step)
            return failAsked(slot, fault, isElsewhere: isElsewhere(slot), &step)
        }
        guard !decided.isWatched(slot) else {
            failAsked(slot, fault, isElsewhere: false, &step)
            if registry.desired(of: slot) != .running || self.place(of: slot) == nil { return }
            return endedByItself(place, slot, .failed(""), &step)
        }
        endedByItself(place, slot, .failed(""), &step)
    }

    private mutating func isElsewhere(_ slot: Slot) -> Bool { owner(of: slot).map { $0 != node } ?? false }

    /// The first instance of a child could not be made: whoever asked for it is told, and the wish falls with it.
    private mutating func failAsked(_ slot: Slot, _ fault: StartFault, isElsewhere: Bool, _ step: inout HubStep) {
        var falls = false
        for item in decided.watchers(of: slot) {
            guard case .starting(let stamp, _, let isOurs) = decided.state(of: item) else { continue }
            decided.unwatch(slot, item)
            if isElsewhere {
                decided.passOn(item)  // the asking node asks again, and the next owner makes it
            } else {
                falls = falls || isOurs
                say(.decided(.failed(.startFailed(fault, on: node)), stamp: stamp), item, &step)
            }
        }
        guard falls else { return }
        if let place = place(of: slot) { drop(place, &step) }
        endWish(of: slot, &step)
    }
}
