// SPDX-License-Identifier: Apache-2.0

// What this node decides as the owner of children, for callers of all nodes.

extension HubMachine {
    /// Decides what of a request is this node's to decide, and passes the rest on.
    mutating func decide(_ request: OperationRequest, _ step: inout HubStep) {
        guard acts, registry.observe(request.stamp, from: request.asker, at: step.now, into: &step.actions),
            let request = wanted(request)
        else { return }
        let key = ChunkKey(operation: request.operation, chunk: request.chunk)
        let forgetAt = step.now.advanced(by: request.remaining + Limits.decidedTime)
        guard let chunk = decided.open(key, asker: request.asker, forgetAt: forgetAt) else { return }
        noteLacking(request, &step)
        var foreign: [(owner: NodeName, work: OperationRequest.Work)] = []
        switch request.work {
        case .start(let items, let existing):
            for item in items {
                let place = ItemPlace(chunk: chunk, place: item.place)
                if answerKnown(place, &step) { continue }
                let isLacking = isLacking(item.child.kind, &step)
                let found = registry.find(item.child.id)
                guard let owner = owner(of: item.child.id, found, kind: item.child.kind) else {
                    let refuser = refuser(of: item.child.id, hash: found.hash)
                    if refuser == node { refuseKind(item, found, existing, request, place, &step) }
                    if refuser != node { pass(.start([item], existing), to: refuser, request, place, &foreign, &step) }
                    continue
                }
                guard owner == node else {
                    pass(.start([item], existing), to: owner, request, place, &foreign, &step)
                    continue
                }
                if isLacking {  // more kinds are lacking than members take note of
                    refuseKind(item, found, existing, request, place, &step)
                } else {
                    start(item, found, existing, request, place, &step)
                }
            }
        case .stop(let items), .undo(let items):
            for item in items {
                let place = ItemPlace(chunk: chunk, place: item.place)
                if answerKnown(place, &step) { continue }
                let owner = ownerOrRefuser(of: item.child, registry.find(item.child), kind: nil)
                guard owner == node else {
                    let work = request.work.isUndo ? OperationRequest.Work.undo([item]) : .stop([item])
                    pass(work, to: owner, request, place, &foreign, &step)
                    continue
                }
                stop(item, request, place, &step)
            }
        case .change(let item):
            let place = ItemPlace(chunk: chunk, place: 0)
            if answerKnown(place, &step) { return }
            let owner = ownerOrRefuser(of: item.child, registry.find(item.child), kind: nil)
            guard owner == node else {
                return pass(.change(item), to: owner, request, place, &foreign, &step, now: true)
            }
            change(item, request, place, &step)
        }
        passOn(foreign, request, &step)
    }

    /// Of what this node's own callers asked, what they still wait for. It may have been asked once more before the answer
    /// was heard, or come back from another node, and what was decided of it is forgotten: to decide it anew would undo
    /// what was asked since.
    private mutating func wanted(_ request: OperationRequest) -> OperationRequest? {
        guard request.asker == node else { return request }
        let work = asked.read(request.operation.sequence) { operation -> OperationRequest.Work? in
            guard operation?.key == request.operation else { return nil }
            return operation?.chunk(request.chunk)?.stillWaiting(request.work)
        }
        guard let work, work.count > 0 else { return nil }
        var request = request
        request.work = work
        return request
    }

    /// Whom the strategy names for a child that was just looked up.
    mutating func owner(of id: ChildID, _ found: Registry.Found, kind: ProcessKind?) -> NodeName? {
        if candidates.isPlain, found.slot.map({ !registry.isPlaced($0) }) ?? true {
            return candidates.owner(ofHash: found.hash)
        }
        let known = kind ?? found.slot.flatMap { registry.kind(of: $0) }
        let recorded = found.slot.map { registry.placedOn($0) } ?? []
        return candidates.owner(of: id, hash: found.hash, kind: known, recorded: recorded)
    }

    /// Who says that no member can run the kind of a child: its owner if every member had the kind. `nil` if no member takes
    /// anything.
    mutating func refuser(of id: ChildID, hash: UInt64) -> NodeName? {
        candidates.owner(of: id, hash: hash, kind: nil, recorded: [])
    }

    /// Who decides about a child. A stop or a change needs no member that can run it.
    mutating func ownerOrRefuser(of id: ChildID, _ found: Registry.Found, kind: ProcessKind?) -> NodeName? {
        owner(of: id, found, kind: kind) ?? refuser(of: id, hash: found.hash)
    }

    /// Whether this node knows that it cannot run a kind. Then it does not own its children, so that it wishes for nothing
    /// that would fall at once.
    private mutating func isLacking(_ kind: ProcessKind, _ step: inout HubStep) -> Bool {
        guard let kinds = settings.kinds, !kinds.contains(kind) else { return false }
        lack(kind, &step)
        return true
    }

    private mutating func noteLacking(_ request: OperationRequest, _ step: inout HubStep) {
        guard case .start(let items, _) = request.work, let kind = items.first?.child.kind else { return }
        for name in request.lacking.prefix(Int(Limits.operationHops)) where name != node {
            guard let member = view?[name] else { continue }
            noteLacking([kind], name, member.incarnation, &step)
        }
    }

    /// A child of a chunk that came before: answered again, or waited for still.
    private mutating func answerKnown(_ place: ItemPlace, _ step: inout HubStep) -> Bool {
        guard let state = decided.state(of: place) else { return false }
        if case .answered(let result) = state { say(result, place, &step) }
        return true
    }
}

// MARK: - Passing on

extension HubMachine {
    private mutating func pass(
        _ work: OperationRequest.Work, to owner: NodeName?, _ request: OperationRequest, _ place: ItemPlace,
        _ foreign: inout [(owner: NodeName, work: OperationRequest.Work)], _ step: inout HubStep, now: Bool = false
    ) {
        guard let owner else { return }  // nobody takes it for now: the asking node asks again
        guard request.hops < Limits.operationHops else {
            if lacksKind(of: work) { return }  // each hop taught something: the asking node hears of it and asks again
            let result = ItemResult.decided(.failed(.tooManyHops), stamp: .zero)
            return say(result, place, &step)
        }
        if let known = foreign.firstIndex(where: { $0.owner == owner }), let joined = foreign[known].work.joined(work) {
            foreign[known].work = joined
        } else {
            foreign.append((owner, work))
        }
        if now { passOn(foreign, request, &step) }
    }

    private mutating func passOn(
        _ foreign: [(owner: NodeName, work: OperationRequest.Work)], _ request: OperationRequest,
        _ step: inout HubStep
    ) {
        for (owner, work) in foreign {
            var request = request
            request.hops += 1
            request.work = work
            if lacksKind(of: work), !request.lacking.contains(node) { request.lacking.append(node) }
            send(.asked(request), to: owner, &step)
        }
    }

    private func lacksKind(of work: OperationRequest.Work) -> Bool {
        guard case .start(let items, _) = work, let kind = items.first?.child.kind else { return false }
        return candidates.lacks(kind, node)
    }
}

extension OperationRequest.Work {
    var isUndo: Bool { if case .undo = self { true } else { false } }

    /// Both in one, if they ask for the same sort of thing.
    func joined(_ other: Self) -> Self? {
        switch (self, other) {
        case (.start(let mine, let existing), .start(let more, _)):
            // One kind a message: the members that lack it are named for all of it.
            mine.first?.child.kind == more.first?.child.kind ? .start(mine + more, existing) : nil
        case (.stop(let mine), .stop(let more)): .stop(mine + more)
        case (.undo(let mine), .undo(let more)): .undo(mine + more)
        default: nil
        }
    }
}

// MARK: - Starts

extension HubMachine {
    private mutating func start(
        _ item: StartItem, _ found: Registry.Found, _ existing: StartOptions.ExistingPolicy,
        _ request: OperationRequest, _ place: ItemPlace, _ step: inout HubStep
    ) {
        if let slot = found.slot, let desired = registry.desired(of: slot) {
            if desired == .running { return startExisting(slot, item, existing, request, place, &step) }
            if registry.origin(of: slot) == request.operation {
                return say(.decided(.failed(.rolledBack), stamp: registry.stamp(of: slot)), place, &step)
            }
            if registry.stamp(of: slot) > request.stamp {
                return say(.outdated(registry.stamp(of: slot)), place, &step)
            }
        }
        let since = registry.since(request.stamp, at: step.now)
        if let since, since <= registry.horizon { return say(.outdated(registry.horizon), place, &step) }
        let content = Wish.Content.running(item.child, placedOn: recorded(item.child.id, item.child.kind))
        let wished = registry.wish(
            content, since: since, for: item.child.id, at: found, origin: request.operation, step.now,
            into: &step.actions)
        guard let wished else { return say(.decided(.failed(.overloaded), stamp: .zero), place, &step) }
        let state = ItemState.starting(stamp: wished.stamp, mark: wished.mark.number, isOurs: true)
        decided.set(state, of: place, slot: wished.slot)
        watch(wished.slot, place)
        look(at: wished.slot, &step)  // it starts in the step in which it is wished, so that its copy is told with it
        if isBegun(wished.slot) { registry.clean(wished.slot) }  // and that is all there is to be seen
    }

    /// No member can run the child: a start that would have it run fails, and so falls the wish that it made, now or when
    /// this node hears of it. A child that runs still, on a member that takes nothing new, is found as ever.
    private mutating func refuseKind(
        _ item: StartItem, _ found: Registry.Found, _ existing: StartOptions.ExistingPolicy,
        _ request: OperationRequest, _ place: ItemPlace, _ step: inout HubStep
    ) {
        var stamp = Stamp.zero
        let until = step.now.advanced(by: request.remaining + Limits.decidedTime)
        refusals.note(item.child.id, of: request.operation, until: until, at: step.now)
        if let slot = found.slot, registry.desired(of: slot) == .running {
            let isOurs = registry.origin(of: slot) == request.operation
            guard registry.routes(of: slot).isEmpty, isOurs || existing == .keep else {
                return startExisting(slot, item, existing, request, place, &step)
            }
            if isOurs { endWish(of: slot, &step) }
            stamp = registry.stamp(of: slot)
        }
        say(.decided(.failed(.startFailed(.unknownKind, on: node)), stamp: stamp), place, &step)
    }

    private mutating func isBegun(_ slot: Slot) -> Bool {
        guard let place = place(of: slot) else { return false }
        return switch state(place) {
        case .queued, .claiming, .starting: true
        default: false
        }
    }

    /// The answer of a strategy that one node decides goes into the wish.
    private mutating func recorded(_ id: ChildID, _ kind: ProcessKind) -> [NodeName] {
        candidates.isRecorded ? candidates.ranking(of: id, kind: kind) : []
    }

    /// The child is wished for already: by this very operation, or by somebody else.
    private mutating func startExisting(
        _ slot: Slot, _ item: StartItem, _ existing: StartOptions.ExistingPolicy, _ request: OperationRequest,
        _ place: ItemPlace, _ step: inout HubStep
    ) {
        let isOurs = registry.origin(of: slot) == request.operation
        let isQuarantined = endQuarantine(of: slot, &step)
        guard isOurs || isQuarantined || (existing == .keep && registry.kind(of: slot) == item.child.kind) else {
            let route = registry.routes(of: slot).first
            return say(.decided(.failed(.alreadyStarted(route)), stamp: .zero), place, &step)
        }
        // Told again, whoever wished for it: the answer says how many hold it.
        let mark = registry.tellAgain(slot).number
        let state = ItemState.starting(stamp: registry.stamp(of: slot), mark: mark, isOurs: isOurs)
        decided.set(state, of: place, slot: slot)
        watch(slot, place)
        look(at: slot, &step)
    }
}

// MARK: - Stops and changes

extension HubMachine {
    private mutating func stop(
        _ item: StopItem, _ request: OperationRequest, _ place: ItemPlace, _ step: inout HubStep
    ) {
        let undone = AskedOperation.undone(by: request.operation)
        let slot = registry.slot(of: item.child)
        let desired = slot.flatMap { registry.desired(of: $0) }
        guard let slot, let desired else {
            if item.known > .zero { return }  // the wish is on its way: the asking node asks again
            let outcome: ChildOutcome =
                request.work.isUndo ? .stopped(hosts: [], holders: 1) : .failed(.unknown)
            return say(.decided(outcome, stamp: .zero), place, &step)
        }
        let origin = registry.origin(of: slot)
        if item.known > registry.stamp(of: slot) { return }
        if desired == .stopped {
            guard origin == request.operation || (request.work.isUndo && origin == undone) else {
                let outcome: ChildOutcome =
                    request.work.isUndo ? .stopped(hosts: [], holders: 1) : .failed(.unknown)
                return say(.decided(outcome, stamp: .zero), place, &step)
            }
            return watchStop(slot, registry.stamp(of: slot), registry.tellAgain(slot), place, &step)
        }
        if request.work.isUndo, origin != undone {
            return say(.decided(.stopped(hosts: [], holders: 1), stamp: .zero), place, &step)
        }
        if !request.work.isUndo, registry.stamp(of: slot) > request.stamp {
            return say(.outdated(registry.stamp(of: slot)), place, &step)
        }
        // What a rollback ends bears the name of the start, so that a late request of it starts nothing.
        let name = request.work.isUndo ? undone : request.operation
        let since = request.work.isUndo ? nil : registry.since(request.stamp, at: step.now)
        let wished = registry.wish(
            .stopped, since: since, for: item.child, origin: name, at: step.now, into: &step.actions)
        guard let wished else { return say(.decided(.failed(.overloaded), stamp: .zero), place, &step) }
        watchStop(wished.slot, wished.stamp, wished.mark, place, &step)
    }

    private mutating func watchStop(
        _ slot: Slot, _ stamp: Stamp, _ mark: WishMark, _ place: ItemPlace, _ step: inout HubStep
    ) {
        let state = ItemState.stopping(stamp: stamp, mark: mark.number, hosts: possibleHosts(of: slot))
        decided.set(state, of: place, slot: slot)
        watch(slot, place)
        look(at: slot, &step)
    }

    /// The members that run the child or may yet: those whose slices show it, and those a move of it names.
    private func possibleHosts(of slot: Slot) -> [NodeName] {
        var hosts: [NodeName] = []
        for known in registry.copies(of: slot) {
            hosts.append(known.node)
            switch known.copy.status {
            case .moving(let target, _), .moved(let target, _): hosts.append(target)
            default: break
            }
        }
        return Array(Set(hosts)).sorted()
    }

    private mutating func change(
        _ item: ChangeItem, _ request: OperationRequest, _ place: ItemPlace, _ step: inout HubStep
    ) {
        let slot = registry.slot(of: item.child)
        guard let slot, let wish = registry.wish(of: slot), case .running(var child, let placedOn) = wish.content else {
            if item.known > .zero, slot.map({ registry.desired(of: $0) == nil }) ?? true { return }
            return say(.decided(.failed(.unknown), stamp: .zero), place, &step)
        }
        if item.known > wish.stamp { return }
        if wish.origin == request.operation {
            return hold(.changed(holders: 1), wish.stamp, registry.tellAgain(slot), slot, place, &step)
        }
        if wish.stamp > request.stamp { return say(.outdated(wish.stamp), place, &step) }
        child.metadata = item.metadata ?? child.metadata
        child.tags = item.tags ?? child.tags
        let wished = registry.wish(
            .running(child, placedOn: placedOn), since: wish.since, for: item.child, origin: request.operation,
            at: step.now, into: &step.actions)
        guard let wished else { return say(.decided(.failed(.overloaded), stamp: .zero), place, &step) }
        hold(.changed(holders: 1), wished.stamp, wished.mark, slot, place, &step)
    }
}
