// SPDX-License-Identifier: Apache-2.0

// Operations that callers of this node wait for: asked of the owners, asked again, answered once each.

extension HubMachine {
    mutating func ask(_ id: OperationID, _ work: AskedOperation.Work, deadline: Duration, _ step: inout HubStep) {
        if asked.count >= Limits.operations || asked.contains(id.number) {
            return refuse(id.number, work, .overloaded, &step)
        }
        if drain != nil || view?.standing == .leaving || view?.standing == .left {
            return refuse(id.number, work, .leaving, &step)
        }
        let end = step.now.advanced(by: deadline)
        let key = RequestID(caller: incarnation, sequence: id.number)
        begin(AskedOperation(key: key, work: work, stamp: .zero, deadline: end), &step)
    }

    /// Fails all children of an operation that is not begun.
    private func refuse(
        _ number: UInt64, _ work: AskedOperation.Work, _ fault: ChildFault, _ step: inout HubStep
    ) {
        step.answer(number, (0..<work.count).map { ChildAnswer(work.id(at: $0), .failed(fault), at: $0) })
        step.finish(number, isRolledBack: false)
    }

    private mutating func begin(_ operation: consuming AskedOperation, _ step: inout HubStep) {
        let number = operation.key.sequence
        due.add(.operation(number), at: operation.deadline)
        asked.put(operation, number)
        runnable.append(number)
    }

    /// Goes on with what waited until this node could ask.
    mutating func wakeOperations() {
        guard acts else { return }
        for number in asked.numbers.sorted() where isAsked(number, { $0?.hasMore }) { runnable.append(number) }
    }

    /// Does the next piece of one operation.
    mutating func runOperation(_ step: inout HubStep) -> Bool {
        guard let number = runnable.popFirst() else { return false }
        budget -= 1
        guard asked.contains(number) else { return true }
        if isAsked(number, { $0?.isEnding }) {
            tellEnd(number, &step)
            return true
        }
        if acts, let due = asked.read(number, { $0?.dueChunk(at: step.now) }) {
            askAgain(number, due, &step)
            runnable.append(number)
            return true
        }
        guard acts, isAsked(number, { $0?.hasMore }) else {
            finishIfDone(number, &step)
            return true
        }
        if hasBacklog(number) { return true }
        guard var operation = asked.take(number) else { return true }
        operation.stamp = registry.mint(at: step.now)  // of a large one, what is asked later is asked then
        let retryAt = step.now.advanced(by: Limits.operationRetry)
        let (chunk, duplicates) = operation.openChunk(retryAt: retryAt)
        budget -= operation.chunk(chunk)?.items.count ?? 0
        step.answer(number, duplicates)
        request(&operation, chunk, &step)
        due.add(.operation(number), at: retryAt)
        if operation.hasMore { runnable.append(number) }
        asked.put(operation, number)
        finishIfDone(number, &step)
        return true
    }

    /// Whether the one node that starts all has enough to do: what it decides long before it does it lies about meanwhile.
    /// The next answer goes on.
    private mutating func hasBacklog(_ number: UInt64) -> Bool {
        guard candidates.isAlone, startQueue.count >= settings.parallelStarts else { return false }
        return isAsked(number) { operation in
            guard let operation, !operation.open.isEmpty, case .start = operation.work else { return false }
            return true
        }
    }

    /// Whether an operation is under way of which this is true: asked where it lies, for it is large to be copied.
    @inline(__always)
    private mutating func isAsked(_ number: UInt64, _ isTrue: (AskedOperation?) -> Bool?) -> Bool {
        asked.read(number, isTrue) ?? false
    }

    /// Asks the owners of a chunk's children for what is not answered.
    private mutating func request(_ operation: inout AskedOperation, _ chunk: UInt32, _ step: inout HubStep) {
        guard let open = operation.chunk(chunk) else { return }
        var places: [(owner: NodeName, places: [UInt8])] = []
        for place in open.waitingPlaces {
            let index = operation.index(chunk: chunk, place: place)
            guard let owner = ownerToAsk(operation.work, index) else { continue }
            if let known = places.firstIndex(where: { $0.owner == owner }) {
                places[known].places.append(place)
            } else {
                places.append((owner, [place]))
            }
        }
        for (owner, places) in places {
            let request = OperationRequest(
                operation: operation.key, chunk: chunk, asker: node, stamp: operation.stamp,
                remaining: step.now.duration(to: operation.deadline), work: work(of: operation, chunk, places))
            operation.noteAsked(owner)
            send(.asked(request), to: owner, &step)
        }
    }

    /// Whom to ask about a child; `nil` while nobody takes it, so that it waits for its deadline.
    private mutating func ownerToAsk(_ work: AskedOperation.Work, _ index: Int) -> NodeName? {
        let id = work.id(at: index)
        // Nothing that is known of the child would change it.
        if candidates.isPlain, registry.counts.placed == 0 {
            return candidates.owner(ofHash: SlotTable.hash(id.rawValue))
        }
        let found = registry.find(id)
        guard case .start(let children, _) = work else { return ownerOrRefuser(of: id, found, kind: nil) }
        return ownerOrRefuser(of: id, found, kind: children[index].kind)
    }

    private mutating func work(
        of operation: AskedOperation, _ chunk: UInt32, _ places: [UInt8]
    ) -> OperationRequest.Work {
        switch operation.work {
        case .start(let children, let options):
            let items = places.map {
                StartItem(place: $0, child: children[operation.index(chunk: chunk, place: $0)])
            }
            return .start(items, options.existing)
        case .stop: return .stop(stopItems(of: operation, chunk, places))
        case .undo: return .undo(stopItems(of: operation, chunk, places))
        case .change(var item):
            item.known = knownStamp(of: item.child)
            return .change(item)
        }
    }

    private mutating func stopItems(of operation: AskedOperation, _ chunk: UInt32, _ places: [UInt8]) -> [StopItem] {
        var items: [StopItem] = []
        for place in places {
            let id = operation.work.id(at: operation.index(chunk: chunk, place: place))
            items.append(StopItem(place: place, child: id, known: knownStamp(of: id)))
        }
        return items
    }

    private mutating func knownStamp(of id: ChildID) -> Stamp {
        guard let slot = registry.slot(of: id) else { return .zero }
        return registry.stamp(of: slot)
    }
}

// MARK: - Answers

extension HubMachine {
    mutating func heard(
        _ key: RequestID, _ chunk: UInt32, _ items: [ItemAnswer], from node: NodeName, _ step: inout HubStep
    ) {
        if node == self.node { decided.forgetAnswered(ChunkKey(operation: key, chunk: chunk)) }
        let number = key.sequence
        guard asked.read(number, { $0?.key }) == key, var operation = asked.take(number) else { return }
        var isOutdated = false
        for item in items {
            switch item.result {
            case .decided(let outcome, let stamp):
                guard registry.observe(stamp, from: node, at: step.now, into: &step.actions),
                    operation.heard(outcome, stamp, chunk: chunk, place: item.place)
                else { continue }
                unseen.append(UnseenItem(operation: number, chunk: chunk, place: item.place))
            case .outdated(let stamp):
                guard registry.observe(stamp, from: node, at: step.now, into: &step.actions) else { continue }
                isOutdated = true
            }
        }
        asked.put(operation, number)
        if isOutdated { askAnew(number, chunk, &step) }
    }

    /// What was asked is older than what the owner holds, and still wanted: asked again under a stamp of now.
    private mutating func askAnew(_ number: UInt64, _ chunk: UInt32, _ step: inout HubStep) {
        guard var operation = asked.take(number) else { return }
        if operation.phase == .asking, acts {
            operation.stamp = registry.mint(at: step.now)
            request(&operation, chunk, &step)
        }
        asked.put(operation, number)
    }

    /// Answers callers as soon as this node's own readers see what they are told (S12).
    mutating func seeAnswers(_ step: inout HubStep) -> Bool {
        guard unseen.count > 0, !(registry.hasDirty) else { return false }
        var left = min(unseen.count, Limits.operationChunk)
        var didAny = false
        while left > 0, budget > 0, let number = unseen.first?.operation {
            guard var operation = asked.take(number) else {
                // It is over.
                _ = unseen.popFirst()
                (left, budget) = (left - 1, budget - 1)
                continue
            }
            let answers = seeAnswers(of: &operation, number, &left)
            asked.put(operation, number)
            guard answers.didAny else { continue }
            didAny = true
            step.answer(number, answers.told)
            progressed(number, &step)
        }
        return didAny
    }

    /// What the caller of one operation is told, of the answers that lie next to each other.
    private mutating func seeAnswers(
        of operation: inout AskedOperation, _ number: UInt64, _ left: inout Int
    ) -> (told: [ChildAnswer], didAny: Bool) {
        var told: [ChildAnswer] = []
        var didAny = false
        while left > 0, budget > 0, unseen.first?.operation == number, let item = unseen.popFirst() {
            (left, budget) = (left - 1, budget - 1)
            guard let (outcome, stamp) = operation.unseen(chunk: item.chunk, place: item.place) else { continue }
            let child = operation.id(chunk: item.chunk, place: item.place)
            guard shows(outcome, stamp, of: child, askedAt: operation.stamp) else {
                unseen.append(item)
                continue
            }
            didAny = true
            if let answer = operation.seen(chunk: item.chunk, place: item.place) { told.append(answer) }
        }
        return (told, didAny)
    }

    /// Whether this node's readers see what the caller is to be told, or what came after it.
    private mutating func shows(_ outcome: ChildOutcome, _ stamp: Stamp, of id: ChildID, askedAt: Stamp) -> Bool {
        if outcome.isFailure { return true }
        guard let slot = registry.slot(of: id), registry.desired(of: slot) != nil else { return stamp == .zero }
        // What was decided late counts from when it was asked, and is the earlier word though its stamp is the later.
        let isOvertaken = stamp.isLate(for: askedAt) && registry.since(of: slot) > askedAt
        guard isOvertaken || registry.holds(slot, at: stamp) else { return false }
        guard case .started(let route, _) = outcome else { return true }
        if registry.desired(of: slot) == .stopped || hosts(of: slot).contains(where: { $0.epoch >= route.epoch }) {
            return true
        }
        return hasEnded(route, slot)
    }

    /// Whether the node of a route says that the activation is over.
    private mutating func hasEnded(_ route: Route, _ slot: Slot) -> Bool {
        var walk = registry.walk(slot)
        while let known = registry.next(&walk) {
            if known.node == route.node, known.copy.hasEnded(route.epoch) { return true }
        }
        return false
    }

    /// One more child of the operation is answered.
    private mutating func progressed(_ number: UInt64, _ step: inout HubStep) {
        if isAsked(number, { $0?.mustUndo }) { undo(number, &step) }
        if isAsked(number, { $0?.hasMore }) { runnable.append(number) }
        finishIfDone(number, &step)
    }
}

// MARK: - Ends

extension HubMachine {
    private mutating func undo(_ number: UInt64, _ step: inout HubStep) {
        let end = asked.read(number, { $0?.deadline }) ?? step.now
        let deadline = max(end, step.now.advanced(by: Limits.operationDeadline))
        guard let undo = asked.update(number, { $0?.beginUndo(deadline: deadline) }) else { return }
        begin(undo, &step)
    }

    private mutating func finishIfDone(_ number: UInt64, _ step: inout HubStep) {
        if isAsked(number, { $0?.mustUndo }) { undo(number, &step) }
        switch asked.update(number, { $0?.complete() }) {
        case .telling: runnable.append(number)
        case .over: finish(number, &step)
        default: break
        }
    }

    private mutating func finish(_ number: UInt64, _ step: inout HubStep) {
        guard let operation = asked.take(number) else { return }
        guard operation.work.isUndo else {
            step.finish(number, isRolledBack: operation.isRolledBack)
            return
        }
        let undone = AskedOperation.undone(by: operation.key).sequence
        asked.update(undone) { $0?.undoEnded() }
        if isAsked(undone, { $0?.isEnding }) { runnable.append(undone) }
    }

    /// Tells the caller about the next children of an operation that ends.
    private mutating func tellEnd(_ number: UInt64, _ step: inout HubStep) {
        guard var operation = asked.take(number) else { return }
        let key = operation.key
        let told = operation.tell { .deadlinePassed(accepted: isAccepted($0, by: key)) }
        budget -= told.count
        if !operation.work.isUndo { step.answer(number, told) }  // nobody asked for it
        let isOver = operation.phase == .over
        asked.put(operation, number)
        if isOver { finish(number, &step) } else { runnable.append(number) }
    }

    /// Whether the owner has the wish, as far as this node sees.
    private mutating func isAccepted(_ id: ChildID, by key: RequestID) -> Bool {
        guard let slot = registry.slot(of: id) else { return false }
        return registry.origin(of: slot) == key
    }

    /// The deadline of an operation passed, or it is time to ask again.
    mutating func operationDue(_ number: UInt64, _ step: inout HubStep) {
        guard let deadline = asked.read(number, { $0?.deadline }) else { return }
        if step.now >= deadline { return late(number, &step) }
        guard isAsked(number, { $0?.phase == .asking }), acts else {
            due.add(.operation(number), at: step.now.advanced(by: Limits.operationRetry))
            return
        }
        runnable.append(number)
    }

    private mutating func late(_ number: UInt64, _ step: inout HubStep) {
        guard let (key, nodes) = asked.read(number, { $0.map { ($0.key, $0.askedNodes) } }) else { return }
        for node in nodes where node != self.node { step.send(.operation(.abandoned(key)), to: node) }
        giveUp(number, &step)
    }

    /// What is not decided fails; what is to be taken back is, but the caller waits no longer for it.
    mutating func giveUp(_ number: UInt64, _ step: inout HubStep) {
        asked.update(number) { $0?.giveUp() }
        if isAsked(number, { $0?.mustUndo }) {
            undo(number, &step)
            asked.update(number) { $0?.undoEnded() }
        }
        runnable.append(number)
    }

    /// Asks once more for what is not answered of one chunk.
    private mutating func askAgain(_ number: UInt64, _ chunk: UInt32, _ step: inout HubStep) {
        guard var operation = asked.take(number) else { return }
        let retryAt = step.now.advanced(by: Limits.operationRetry)
        operation.setRetry(chunk, at: retryAt)
        budget -= operation.chunk(chunk)?.items.count ?? 0
        request(&operation, chunk, &step)
        due.add(.operation(number), at: retryAt)
        asked.put(operation, number)
    }

    /// A member cannot run these kinds: what was asked of it has another owner.
    mutating func askElsewhere(for kinds: some Collection<ProcessKind>, _ step: inout HubStep) {
        guard acts else { return }
        for number in asked.numbers.sorted() {
            let mustAsk = asked.update(number) { $0?.hurry(at: step.now, for: kinds) }
            if mustAsk ?? false { runnable.append(number) }
        }
    }

    /// The view changed: chunks may have had owners that are gone.
    mutating func askAgainElsewhere(_ step: inout HubStep) {
        guard acts else { return }
        for number in asked.numbers.sorted() where isAsked(number, { $0.map { !$0.open.isEmpty } }) {
            asked.update(number) { $0?.hurry(at: step.now) }
            runnable.append(number)
        }
    }
}
