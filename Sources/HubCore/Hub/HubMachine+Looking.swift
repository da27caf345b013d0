// SPDX-License-Identifier: Apache-2.0

// What happens when a child is looked at: readers are told, what should be is compared with what is, and whoever waits
// for the child is answered.

extension HubMachine {
    mutating func look(at slot: Slot, _ step: inout HubStep) {
        budget -= 1
        places.extend(to: registry.slotCapacity, with: .none)
        reconcile(slot, &step)
        // What is not told to others is not shown here either.
        if !registry.isWithheld(slot) { publish(slot, &step) }
        settle(slot, &step)
        registry.free(slot)
    }

    /// The record of what this node does with the child. Mutating only because that passes the machine by reference: else it
    /// would be copied for each question.
    mutating func place(of slot: Slot) -> UInt32? {
        guard Int(slot.index) < places.count else { return nil }
        let place = places[slot.index]
        return place == .none ? nil : place
    }

    // MARK: - Readers

    private mutating func publish(_ slot: Slot, _ step: inout HubStep) {
        let id = registry.id(of: slot)
        guard registry.desired(of: slot) == .running, let kind = registry.kind(of: slot) else {
            if !id.rawValue.isEmpty { step.publish(ReadRow(child: id, content: .gone)) }
            return
        }
        let content = ReadRow.Content.wished(
            kind, metadata: registry.metadata(of: slot), tags: registry.tags(of: slot), hosts: hosts(of: slot)
        )
        step.publish(ReadRow(child: id, content: content))
    }

    /// Where callers go: the activations or, while there is none, where a source says that it moved. What is told of nodes
    /// that are in no view, which may be about to join or be gone, counts only where no member runs the child, and only if
    /// it came after all that members say: one may have ended its activation for that of a node which this one has yet
    /// to see.
    mutating func hosts(of slot: Slot) -> [Route] {
        if let only = registry.onlyCopy(of: slot) { return soleHost(only) }
        var active: [Route] = []
        var elsewhere: [Route] = []
        var moved: [Route] = []
        var told = Epoch.none
        var walk = registry.walk(slot)
        while let known = registry.next(&walk) {
            let isOurs = known.node == node || isMember(known)
            if isOurs { told = max(told, known.copy.epoch) }
            guard let route = known.copy.route(on: known.node) else { continue }
            if case .moved = known.copy.status {
                moved.append(route)
            } else if isOurs {
                active.append(route)
            } else {
                elsewhere.append(route)
            }
        }
        if active.isEmpty, !elsewhere.isEmpty { active = elsewhere.filter { $0.epoch > told } }
        if active.count == 1 { return active }
        if active.isEmpty { return moved.max { $0.epoch < $1.epoch }.map { [$0] } ?? [] }
        return active.sorted { $0.epoch > $1.epoch }
    }

    /// The same where one copy is all that is known, as of nearly every child.
    private mutating func soleHost(_ known: KnownCopy) -> [Route] {
        guard let route = known.copy.route(on: known.node) else { return [] }
        // Nothing that members say came after it.
        if route.epoch > .none { return [route] }
        if case .moved = known.copy.status { return [route] }
        return known.node == node || isMember(known) ? [route] : []
    }

    // MARK: - What should be

    private mutating func reconcile(_ slot: Slot, _ step: inout HubStep) {
        var owner: NodeName??
        if place(of: slot) == nil {
            // Most children of other nodes end here.
            guard view?.standing == .serving || takesIn, registry.desired(of: slot) == .running else { return }
            if isRefused(slot) { return endWish(of: slot, &step) }
            let named = self.owner(of: slot)
            guard named == node || isGivenToThisNode(slot) else { return }
            owner = named
        }
        if drain != nil, stopLeft(slot, &step) { return }
        if isAtRest(slot, &owner) { return }
        let order = Reconciler.order(for: facts(of: slot, owner: owner ?? self.owner(of: slot), at: step.now))
        switch order {
        case .nothing: resume(slot, &step)
        case .begin(let cause, let epoch):
            if cause == .failover, registry.asksLastHost(of: slot) { return }
            begin(slot, cause, epoch: epoch, &step)
        case .end(let cause): end(slot, cause, &step)
        case .withdraw: withdraw(slot, &step)
        case .renew(let met): renew(slot, met: met, &step)
        case .move(let target): considerMove(slot, to: target, &step)
        case .arrived: arrived(slot, &step)
        case .endWish: endWish(of: slot, &step)
        }
    }

    /// Its instance is being made, or runs where it belongs, and nobody else has a copy: there is nothing to do, and the
    /// facts that say so need not be put together. What nearly every look finds.
    ///
    /// - Parameter owner: of the child, once somebody asked: a strategy may take long.
    private mutating func isAtRest(_ slot: Slot, _ owner: inout NodeName??) -> Bool {
        guard drain == nil, let place = place(of: slot), registry.desired(of: slot) == .running,
            !registry.hasForeignCopy(slot)
        else { return false }
        switch state(place) {
        case .queued, .claiming, .starting: return true
        case .active:
            guard hosted[place].map({ $0.epoch.stamp >= lifeBegan }) ?? false else { return false }
            let named = self.owner(of: slot)
            owner = named
            return named == node
        default: return false
        }
    }

    private mutating func facts(of slot: Slot, owner: NodeName?, at now: Instant) -> ChildFacts {
        var rivals: [Rival] = []
        var isOnStranger = false
        var walk = registry.walk(slot)
        while let known = registry.next(&walk) {
            if known.node == node { continue }
            guard isMember(known) else {
                isOnStranger = true
                continue
            }
            rivals.append(Rival(node: known.node, copy: known.copy))
        }
        if rivals.count > 1 { rivals.sort { $0.node < $1.node } }
        let own = place(of: slot).flatMap { hosted[$0]?.fact(lifeBegan: lifeBegan) } ?? .nothing
        let isAtHome = drain == nil && !candidates.movesOnJoin
        return ChildFacts(
            node: node, wish: wishFact(slot), owner: owner, own: own, rivals: rivals,
            isOnStranger: isOnStranger, serves: serves && drain == nil, takesIn: takesIn,
            mayStart: drain == nil && mayStart(at: now), mayGoOn: mayGoOn(at: now), movesToOwner: acts && !isAtHome
        )
    }

    private mutating func wishFact(_ slot: Slot) -> WishFact {
        guard registry.desired(of: slot) == .running else { return .notRunning }
        let isNew = decided.isWatched(slot) && registry.stamp(of: slot).incarnation == incarnation
        return .running(registry.restart(of: slot), isNew: isNew)
    }

    /// Begins what this node owes the child and had put off: a restart whose time has come, or the end of a record.
    private mutating func resume(_ slot: Slot, _ step: inout HubStep) {
        guard let place = place(of: slot), let state = state(place) else { return }
        switch state {
        case .waiting(let until) where until <= step.now, .quarantined(let until) where until <= step.now:
            restart(place, &step)
        case .offering(_, _, let until, _) where until <= step.now: offerAgain(place, &step)
        case .arrived(let move, let until) where until <= step.now || view?.contains(move.target) != true:
            drop(place, &step)
        case .moved(let move): if isLost(move, slot) { moveElsewhere(place, &step) }
        default: break
        }
    }

    /// Whether the child will not run where it was given.
    private mutating func isLost(_ move: MoveAttempt, _ slot: Slot) -> Bool {
        view?.contains(move.target) != true
            || registry.kind(of: slot).map { candidates.lacks($0, move.target) } ?? false
    }

    /// Whether the start that wished for the child failed here, because no member can run it.
    private mutating func isRefused(_ slot: Slot) -> Bool {
        guard !refusals.isEmpty, registry.routes(of: slot).isEmpty else { return false }
        return refusals.contains(registry.id(of: slot), of: registry.origin(of: slot))
    }

    /// The one life of a temporary child is over. Nobody asked for that, so it ends only the start that it goes back to: a
    /// later one that this node has yet to hear of stands.
    mutating func endWish(of slot: Slot, _ step: inout HubStep) {
        let origin = RequestID(caller: incarnation, sequence: 0)
        let (id, since) = (registry.id(of: slot), registry.since(of: slot))
        _ = registry.wish(.stopped, since: since, for: id, origin: origin, at: step.now, into: &step.actions)
    }
}
