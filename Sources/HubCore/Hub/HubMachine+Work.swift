// SPDX-License-Identifier: Apache-2.0

// How the work of an event is done: a little of everything that waits, until the budget of the batch is spent.

extension HubMachine {
    /// Children that are looked at before the next message is.
    private static var stride: Int { 64 }
    /// What is due and done though the batch did enough: a node that is told more than it can read keeps its deadlines.
    private static var leastDue: Int { 64 }
    /// What a row of a message takes of the tables, as a rule.
    private static var accessesPerRow: UInt64 { 4 }

    mutating func pump(_ step: inout HubStep) {
        var isIdle = false
        while budget > 0, !isIdle {
            isIdle = true
            // Most of it has nothing to do, which is seen here: a call takes longer than to look.
            if registry.hasDirty, lookAtChanged(&step) { isIdle = false }
            if intake.count > 0, takeMessage(&step) { isIdle = false }
            if runnable.count > 0, runOperation(&step) { isIdle = false }
            if unseen.count > 0, seeAnswers(&step) { isIdle = false }
            if startQueue.count > 0, startMore(&step) { isIdle = false }
            if moveQueue.count > 0, moveMore(&step) { isIdle = false }
            if sweep.left > 0, sweepOn(&step) { isIdle = false }
            if registry.hasWork {
                registry.work(&budget, at: step.now, into: &step.actions)
                isIdle = false
            }
            if settleHeld(&step) { isIdle = false }
            act(&step)
        }
        decided.forget(at: step.now, limit: 16)
        unpinUnwatched()
        tellWithheld(&step)
        if registry.owesReceipts { registry.payReceipts(to: step.receivers, into: &step.actions) }
        flush(&step)
        act(&step)
        endDrainIfDone(&step)
    }

    /// Tells the others what is new. While instances are being made that waits a little, so that a wish and its instance
    /// are told at once.
    private mutating func flush(_ step: inout HubStep) {
        guard registry.hasNews else {
            flushDue = nil
            return
        }
        if isStartingMany, !registry.peers.isEmpty {
            let due = flushDue ?? step.now.advanced(by: Limits.startsTold)
            flushDue = due
            if step.now < due { return }
        }
        flushDue = nil
        registry.flush(isAwaited: isAwaiting, at: step.now, budget: &budget, into: &step.actions)
    }

    /// Whether somebody waits until members hold what this node wished.
    private var isAwaiting: Bool { !holding.isEmpty || !isAwaitingHosts.isEmpty }

    /// Whether the next batch of the driver has to go on with it.
    mutating func wantsToContinue() -> Bool {
        guard !isContinued else { return false }
        let hasMore =
            registry.hasDirty || registry.hasWork || (isBorn && intake.count > 0) || runnable.count > 0
            || sweep.left > 0 || awaitingDue > 0 || canMoveMore
            || (budget <= 0 && (unseen.count > 0 || canStart))
        isContinued = hasMore || budget < Limits.batchWork / 2
        return isContinued
    }

    /// So many instances are being made that it pays to tell of each only when it runs.
    var isStartingMany: Bool { mutating get { starting > Limits.fewStarts } }

    /// Shows what took too long to be made, and forgets what runs.
    private mutating func tellWithheld(_ step: inout HubStep) {
        while let first = withheld.first {
            let slot = registry.slot(of: first.slot)
            if let slot, registry.isWithheld(slot) {
                guard first.until <= step.now else { return }
                budget -= 1
                if let place = place(of: slot) { show(place) } else { registry.release(slot) }
            }
            _ = withheld.popFirst()
        }
    }

    /// Tells who waits for holders of a wish, and sends what was decided.
    private mutating func settleHeld(_ step: inout HubStep) -> Bool {
        if awaitingDue > 0 { settleAwaited(&step) }
        if !holding.isEmpty { answerHeld(&step) }
        if said.isEmpty { return false }
        sendSaid(&step)
        return true
    }

    private mutating func lookAtChanged(_ step: inout HubStep) -> Bool {
        var left = min(budget, Self.stride)
        var didAny = false
        while left > 0, let slot = registry.takeDirty() {
            look(at: slot, &step)
            left -= 1
            didAny = true
        }
        return didAny
    }

    mutating func enqueue(_ message: HubMessage, from node: NodeName, _ incarnation: Incarnation?) {
        if incarnation != nil, intake.count >= Limits.waitingMessages { return }
        intake.append(Intake(message: message, node: node, incarnation: incarnation))
    }

    /// To another node, or to this one, which hears of it in its turn.
    mutating func send(_ message: OperationMessage, to node: NodeName, _ step: inout HubStep) {
        if node == self.node {
            enqueue(.operation(message), from: node, nil)
        } else {
            step.send(.operation(message), to: node)
        }
    }

    /// Before the first view there is nothing to compare a message with, and what it brings would begin another life:
    /// it waits.
    private mutating func takeMessage(_ step: inout HubStep) -> Bool {
        guard isBorn, let next = intake.popFirst() else { return false }
        budget -= max(1, next.weight)
        switch next.message {
        case .registry(let message):
            guard let incarnation = next.incarnation else { return true }
            let before = registry.totalWork
            registry.receive(message, from: next.node, incarnation, at: step.now, into: &step.actions)
            takeExcess(of: registry.totalWork &- before, over: next.weight)
        case .operation(.asked(let request)): decide(request, &step)
        case .operation(.answered(let key, let chunk, let items)):
            heard(key, chunk, items, from: next.node, &step)
        case .operation(.abandoned(let key)): decided.abandon(key)
        case .move(let message): heard(message, from: next.node, &step)
        case .lacking(let kinds):
            guard let incarnation = next.incarnation else { return true }
            noteLacking(kinds, next.node, incarnation, &step)
        case .unknown: break
        }
        return true
    }

    /// A message may cost far more than its rows tell: a comparison names a few buckets, and all that lies in them is
    /// looked at.
    private mutating func takeExcess(of accesses: UInt64, over weight: Int) {
        budget -= max(0, Int(clamping: accesses / Self.accessesPerRow) - max(1, weight))
    }

    /// Does what the registry asks for.
    mutating func act(_ step: inout HubStep) {
        if step.actions.isEmpty { return }
        var actions: [RegistryAction] = []
        swap(&actions, &step.actions)
        actions.turnRound()
        while !actions.isEmpty { act(on: actions.removeLast(), &step) }
        if step.actions.isEmpty { swap(&actions, &step.actions) }
    }

    private mutating func act(on action: consuming RegistryAction, _ step: inout HubStep) {
        switch consume action {
        case .send(let message, let node): step.sendRegistry(message, to: node)
        case .held: awaitingDue = awaitingHosts.count
        case .exchanged(let node): tellLacking(to: node, &step)
        case .copyLost, .continueWork: break
        case .becameReady: becameReady(&step)
        case .dropped(let child): step.tell(.droppedAsStopped(child))
        case .refusedStamp(let stamp, let node): step.tell(.refusedStamp(stamp, from: node))
        }
    }

    mutating func timePassed(_ step: inout HubStep) {
        registry.timePassed(at: step.now, into: &step.actions)
        act(&step)
        var done = 0
        while budget > 0 || done < Self.leastDue, let next = due.popDue(at: step.now) {
            budget -= 1
            done += 1
            switch next {
            case .child(let reference): if let slot = registry.slot(of: reference) { look(at: slot, &step) }
            case .operation(let number): operationDue(number, &step)
            case .arrivals: dropArrivals(at: step.now)
            case .confirmation: beginSweep()
            case .drain: drainDue(&step)
            case .lacking(let repeats): announceLacking(repeats, &step)
            }
        }
    }
}
