// SPDX-License-Identifier: Apache-2.0

// Who waits for what this node decided, and when it is told.

extension HubMachine {
    /// What a chunk decided waits for this child: until it is answered or forgotten, the slot becomes no other's.
    mutating func watch(_ slot: Slot, _ item: ItemPlace) {
        if decided.watch(slot, item) { registry.pin(slot) }
    }

    mutating func unpinUnwatched() {
        while let slot = decided.takeUnwatched() { registry.unpin(slot) }
    }

    /// Something happened to a child: looks at the operations that wait for it.
    mutating func settle(_ slot: Slot, _ step: inout HubStep) {
        guard decided.isWatched(slot) else { return }
        for place in decided.watchers(of: slot) {
            switch decided.state(of: place) {
            case .starting(let stamp, let mark, _): settleStart(slot, stamp, mark, place, &step)
            case .stopping(let stamp, let mark, let hosts): settleStop(slot, stamp, mark, hosts, place, &step)
            case .holding, .answered, nil: decided.unwatch(slot, place)
            }
        }
    }

    private mutating func settleStart(
        _ slot: Slot, _ stamp: Stamp, _ mark: UInt64, _ place: ItemPlace, _ step: inout HubStep
    ) {
        if registry.desired(of: slot) != .running {
            // Somebody stopped it while it was being started.
            decided.unwatch(slot, place)
            return say(.decided(.failed(.unknown), stamp: registry.stamp(of: slot)), place, &step)
        }
        guard let route = activation(of: slot) else { return }
        decided.unwatch(slot, place)
        hold(.started(route, holders: 1), stamp, WishMark(mark), slot, place, &step)
    }

    /// A stop is done once whoever ran the child, or might have, holds the tombstone and shows no copy, or is gone.
    private mutating func settleStop(
        _ slot: Slot, _ stamp: Stamp, _ mark: UInt64, _ hosts: [NodeName], _ place: ItemPlace, _ step: inout HubStep
    ) {
        var isRunning = registry.desired(of: slot) == .running  // a new start came: this one is done as far as it goes
        if !isRunning {
            var isShown = false
            var walk = registry.walk(slot)
            while let known = registry.next(&walk) { if isMember(known) { isShown = true } }
            let isUnknown = hosts.contains { host in
                host != node && view?.contains(host) == true && !registry.holds(host, WishMark(mark))
            }
            isRunning = isShown || isUnknown
            if isRunning { return waitForHosts(slot) }
        }
        decided.unwatch(slot, place)
        hold(.stopped(hosts: hosts, holders: 1), stamp, WishMark(mark), slot, place, &step)
    }

    /// Where it runs, of several the highest epoch.
    private mutating func activation(of slot: Slot) -> Route? {
        var highest: Route?
        var walk = registry.walk(slot)
        while let known = registry.next(&walk) {
            guard known.copy.status == .active, isMember(known), known.copy.epoch > highest?.epoch ?? .none else {
                continue
            }
            highest = Route(node: known.node, epoch: known.copy.epoch)
        }
        return highest
    }

    mutating func isMember(_ known: KnownCopy) -> Bool { memberLives.contains(known.incarnation) }

    /// Acknowledgements mark no child: those that wait for one are looked at as they come.
    private mutating func waitForHosts(_ slot: Slot) {
        if isAwaitingHosts.insert(slot).inserted { awaitingHosts.append(slot) }
    }

    /// A member acknowledged more of what this node wished.
    mutating func settleAwaited(_ step: inout HubStep) {
        while awaitingDue > 0, budget > 0, let slot = awaitingHosts.popFirst() {
            awaitingDue -= 1
            budget -= 1
            isAwaitingHosts.remove(slot)
            settle(slot, &step)
        }
    }
}

// MARK: - Holders

extension HubMachine {
    /// It is done: answered once enough members hold the wish.
    mutating func hold(
        _ outcome: ChildOutcome, _ stamp: Stamp, _ mark: WishMark, _ slot: Slot, _ place: ItemPlace,
        _ step: inout HubStep
    ) {
        guard let asker = decided.asker(of: place.chunk) else { return }
        if mark.number == 0 || isHeld(mark.number, asker) {
            return say(.decided(outcome.held(by: holders(mark, asker)), stamp: stamp), place, &step)
        }
        decided.set(.holding(outcome, stamp: stamp, mark: mark.number), of: place, slot: slot)
        holding.append(HolderQueue.Entry(item: place, slot: slot, mark: mark.number), asker: asker)
    }

    private mutating func holders(_ mark: WishMark, _ asker: NodeName) -> Int {
        let known = registry.holders(of: mark)
        return asker == node || view?.contains(asker) != true || registry.holds(asker, mark) ? known : known + 1
    }

    /// The asking node counts: it tells its caller only once it holds the wish itself.
    private mutating func isHeld(_ mark: UInt64, _ asker: NodeName) -> Bool {
        let (known, needed) = (registry.holders(of: WishMark(mark)), majority)
        if known >= needed { return true }
        // Only the asking node can make the difference of one.
        return known + 1 == needed && holders(WishMark(mark), asker) >= needed
    }

    mutating func answerHeld(_ step: inout HubStep) {
        var queue = holding
        holding = HolderQueue()
        let entries = queue.take(limit: max(1, budget)) { isHeld($0, $1) }
        holding = queue
        budget -= entries.count
        for entry in entries {
            guard case .holding(let outcome, let stamp, let mark) = decided.state(of: entry.item),
                let asker = decided.asker(of: entry.item.chunk)
            else { continue }
            let held = outcome.held(by: holders(WishMark(mark), asker))
            say(.decided(held, stamp: stamp), entry.item, &step)
        }
    }

    /// Answers one child of a chunk, and remembers the answer.
    mutating func say(_ result: ItemResult, _ place: ItemPlace, _ step: inout HubStep) {
        guard let key = decided.key(of: place.chunk), let asker = decided.asker(of: place.chunk) else { return }
        switch result {
        case .decided: decided.answer(result, place)
        case .outdated: decided.passOn(place)  // it comes again, under a newer stamp
        }
        let item = ItemAnswer(place: place.place, result: result)
        if let last = said.last, last.chunk == place.chunk {
            said[said.count - 1].items.append(item)
        } else {
            said.append(Said(chunk: place.chunk, key: key, asker: asker, items: [item]))
        }
    }

    /// Sends the answers of this step, those of one chunk together.
    mutating func sendSaid(_ step: inout HubStep) {
        let all = said
        said = []
        for answer in all {
            send(.answered(answer.key.operation, chunk: answer.key.chunk, answer.items), to: answer.asker, &step)
        }
    }
}

extension ChildOutcome {
    func held(by holders: Int) -> ChildOutcome {
        switch self {
        case .started(let route, _): .started(route, holders: holders)
        case .stopped(let hosts, _): .stopped(hosts: hosts, holders: holders)
        case .changed: .changed(holders: holders)
        case .failed: self
        }
    }
}
