// SPDX-License-Identifier: Apache-2.0

// Who is there: views, links, owners.

extension HubMachine {
    mutating func see(_ view: MemberView, _ step: inout HubStep) {
        if !isBorn {
            isBorn = true
            if let own = view[node] { incarnation = own.incarnation }
            registry = Registry(
                node: node, incarnation: incarnation, at: step.now, settings: settings.registry, clock: clock)
        }
        if let own = view[node], own.incarnation != incarnation { renew(own.incarnation, &step) }
        self.view = view
        for member in view.members
        where !memberLives.contains(member.incarnation) && registry.knowsCopies(of: member.incarnation) {
            sweep.newcomers.insert(member.incarnation)
        }
        memberLives = Set(view.members.map(\.incarnation))
        otherMembers = view.members.count - (view.contains(node) ? 1 : 0)
        candidates.see(view, isDraining: drain != nil)
        if candidates.isEmpty { drain?.isStopping = true }
        registry.viewChanged(view, at: step.now, into: &step.actions)
        act(&step)
        awaitConfirmation(&step)
        wakeOperations()
        askAgainElsewhere(&step)
        announceLacking(Limits.lackingRepeats, &step)
    }

    /// This node was declared dead and goes on: what nobody took meanwhile is renewed, the rest ends.
    private mutating func renew(_ incarnation: Incarnation, _ step: inout HubStep) {
        self.incarnation = incarnation
        registry.renew(incarnation, at: step.now, into: &step.actions)
        lifeBegan = registry.mint(at: step.now)
    }

    mutating func linked(_ node: NodeName, _ incarnation: Incarnation, _ step: inout HubStep) {
        guard isBorn else { return }  // the first view begins with everybody
        registry.linked(node, incarnation, at: step.now, into: &step.actions)
        act(&step)
        tellLacking(to: node, &step)
    }

    // What only looks says that it changes the machine: else it is copied to be looked at.

    /// Whether this node acts at all: a joining node waits, an unsure one as well.
    @inline(__always)
    var serves: Bool {
        mutating get { view?.standing == .serving && (registry.isReady) && !isAuthorityLost }
    }

    /// Whether it asks others for something: also while it leaves.
    @inline(__always)
    var acts: Bool {
        mutating get { registry.isReady && (view?.standing == .serving || view?.standing == .leaving) }
    }

    /// Whether it runs what it agreed to take before it began to leave: who gave it counts on that.
    var takesIn: Bool {
        mutating get { acts && !isAuthorityLost && !(drain?.isStopping ?? false) }
    }

    /// Whether what nobody seems to have may be started: the others have told what they have, or had the time to.
    @inline(__always)
    mutating func mayStart(at now: Instant) -> Bool { serves && isConfirmed(at: now) }

    /// Whether what a life of this node ran that was declared dead, and nobody seems to have taken, may go on.
    @inline(__always)
    mutating func mayGoOn(at now: Instant) -> Bool { acts && !isAuthorityLost && isConfirmed(at: now) }

    @inline(__always)
    private mutating func isConfirmed(at now: Instant) -> Bool {
        view != nil && (now >= confirmedAnyway || registry.exchangedMembers == otherMembers)
    }

    /// Looks at everything now, and again when the others have told what they have, or had the time to.
    private mutating func awaitConfirmation(_ step: inout HubStep) {
        confirmedAnyway = step.now.advanced(by: settings.confirmation)
        due.add(.confirmation, at: confirmedAnyway)
        beginSweep()
    }

    /// This node begins to act. That can be long after its view came: what it looked at till then, it left alone.
    mutating func becameReady(_ step: inout HubStep) {
        awaitConfirmation(&step)
        wakeOperations()
    }

    /// Once round from wherever the last one stands; the step beyond is for the turn from the end to the beginning.
    mutating func beginSweep() {
        sweep.slots = registry.slotCapacity
        sweep.left = sweep.slots + 1
    }

    /// Looks at children that may concern this node in the new view.
    mutating func sweepOn(_ step: inout HubStep) -> Bool {
        guard sweep.left > 0, budget > 0 else { return false }
        // What came meanwhile lies on the way to the end.
        let slots = registry.slotCapacity
        sweep.left += slots - sweep.slots
        sweep.slots = slots
        var steps = min(budget, sweep.left, Limits.operationChunk)
        let given = steps
        while steps > 0 {
            let before = steps
            guard let slot = registry.nextSlot(from: &sweep.index, steps: &steps) else {
                if steps > 0 { (sweep.index, steps) = (0, min(steps, before - 1)) }
                continue
            }
            if concerns(slot) { look(at: slot, &step) }
        }
        sweep.left -= given
        budget -= given
        if sweep.left == 0 { sweep.newcomers = [] }
        return true
    }

    private mutating func concerns(_ slot: Slot) -> Bool {
        if place(of: slot) != nil || decided.isWatched(slot) || isOnNewcomer(slot) { return true }
        guard registry.desired(of: slot) == .running else { return false }
        return owner(of: slot) == node || isGivenToThisNode(slot)
    }

    /// Whether a new member told that it has the child before it was one.
    private mutating func isOnNewcomer(_ slot: Slot) -> Bool {
        if sweep.newcomers.isEmpty { return false }
        var isThere = false
        var walk = registry.walk(slot)
        while let known = registry.next(&walk) {
            if sweep.newcomers.contains(known.incarnation) { isThere = true }
        }
        return isThere
    }

    /// Whether another node's slice says that the child moved here.
    mutating func isGivenToThisNode(_ slot: Slot) -> Bool { registry.isMoved(slot, to: node) }

    /// Whom the strategy names for the child.
    mutating func owner(of slot: Slot) -> NodeName? {
        if candidates.isPlain, !registry.isPlaced(slot) { return candidates.owner(ofHash: registry.hash(of: slot)) }
        return candidates.owner(
            of: registry.id(of: slot), hash: registry.hash(of: slot), kind: registry.kind(of: slot),
            recorded: registry.placedOn(slot))
    }

    /// Whereto the child goes from wherever it runs; `nil` if it stays there, or waits after a move that failed.
    package mutating func home(of child: ChildID) -> NodeName? {
        guard candidates.movesOnJoin, let slot = registry.slot(of: child) else { return nil }
        if let place = place(of: slot), (hosted[place]?.failedMoves ?? 0) > 0 { return nil }
        return owner(of: slot)
    }

    /// How many nodes are to hold a wish before it is acknowledged: a majority, so at least two where there are two.
    @inline(__always)
    var majority: Int { (view?.members.count ?? 1) / 2 + 1 }

    // MARK: - Kinds

    mutating func noteLacking(
        _ kinds: [ProcessKind], _ node: NodeName, _ incarnation: Incarnation, _ step: inout HubStep
    ) {
        let news = kinds.prefix(Limits.kindsPerHub).filter { candidates.note(node, incarnation, lacks: $0) }
        if news.isEmpty { return }
        beginSweep()
        askElsewhere(for: news, &step)
    }

    /// This node cannot run a kind: the others are to know.
    mutating func lack(_ kind: ProcessKind, _ step: inout HubStep) {
        guard candidates.note(node, incarnation, lacks: kind) else { return }
        announceLacking(Limits.lackingRepeats, &step)
        beginSweep()
        askElsewhere(for: CollectionOfOne(kind), &step)
    }

    /// Tells all members what this node cannot run, and again after a while: a message may be lost, or come before its
    /// receiver sees this node.
    mutating func announceLacking(_ repeats: Int, _ step: inout HubStep) {
        let lacked = candidates.lackedKinds(of: incarnation)
        guard !lacked.isEmpty, let view else { return }
        for member in view.members where member.name != node { step.send(.lacking(lacked), to: member.name) }
        guard repeats > 0 else { return }
        due.add(.lacking(repeats - 1), at: step.now.advanced(by: Limits.lackingRepeat))
    }

    func tellLacking(to node: NodeName, _ step: inout HubStep) {
        let lacked = candidates.lackedKinds(of: incarnation)
        if !lacked.isEmpty { step.send(.lacking(lacked), to: node) }
    }
}
