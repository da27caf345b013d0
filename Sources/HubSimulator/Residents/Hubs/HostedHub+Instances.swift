// SPDX-License-Identifier: Apache-2.0

internal import HubCore

// Instances as small machines: made, run, ended, as the shipped shell does it.

extension HostedHub {
    func happen(_ errand: Errand) {
        switch errand {
        case .made(let number): made(number)
        case .failed(let number, let fault): failed(number, fault)
        case .gaveUp(let number): failed(number, .timedOut)
        case .ends(let number, let reason):
            guard instances[number]?.phase == .running else { return }
            begin(ending: number, reason)
        case .ended(let number, let reason): ended(number, reason)
        case .drains: post(.drainAsked(deadline: world.plan.climate.hubs.drainDeadline))
        case .authorityAnswers: authorityAnswers()
        case .overdue(let number): checkOverdue(number)
        case .authorityRegained:
            isAuthorityLost = false
            post(.authorityAnswered(.regained))
        }
    }

    // MARK: - Beginning

    func make(_ order: StartOrder) {
        let id = order.instance
        world.epochs.ordered(id, on: self)
        world.wishes.ordered(id, on: self)
        if order.cause == .failover { checkAfresh(id.child) }
        guard !isLeaving else { return tellLeaving(id) }
        if places[id] != nil { complain(.contract, "\(id.child) is ordered twice under \(id.epoch)") }
        let behaviour = Behaviour(order.child.kind)
        lastInstance += 1
        let number = lastInstance
        instances[number] = SimulatedInstance(id: id, behaviour: behaviour)
        places[id] = number
        later(.gaveUp(number), after: Time(order.deadline))
        guard behaviour.canRun(on: seat) else { return later(.failed(number, .unknownKind), after: 20_000) }
        switch behaviour {
        case .ok, .lazy, .exit, .crash, .tired, .rare: later(.made(number), after: chance.within(0...200_000))
        case .slow:
            later(.made(number), after: chance.within(.milliseconds(100)...(.milliseconds(1_500))))
        case .fail: later(.failed(number, .initializerThrew("fail")), after: chance.within(0...(.milliseconds(5))))
        case .flaky:
            let throwsNow = chance.below(10) < 3
            let span = chance.within(0...(.milliseconds(5)))
            later(throwsNow ? .failed(number, .initializerThrew("flaky")) : .made(number), after: span)
        case .hang: break
        }
    }

    private func made(_ number: UInt64) {
        guard let instance = instances[number], instance.phase == .making else { return }
        if isLeaving, instance.stop == nil {
            instances[number]?.isReported = false
            begin(ending: number, .stopped)
            return tellLeaving(instance.id)
        }
        if case .instancesStarted(let others) = inbox.last {
            inbox[inbox.count - 1] = .instancesStarted(others + [instance.id])
        } else {
            post(.instancesStarted([instance.id]))
        }
        if instance.stop != nil { return begin(ending: number, .stopped) }
        instances[number]?.phase = .running
        instances[number]?.openSince = world.now
        if let displaced = open.updateValue(number, forKey: instance.id.child) { begin(ending: displaced, .stopped) }
        live(number, instance.behaviour)
    }

    /// Nobody starts afresh what a member of its view runs, once both had the time to tell each other.
    private func checkAfresh(_ child: ChildID) {
        guard world.now - .seconds(20) > world.roughUntil, world.areExchangesQuick else { return }
        for other in world.hubs(of: id) where other !== self {
            guard view?[other.name]?.incarnation == other.node.incarnation, let number = other.open[child],
                let instance = other.instances[number], instance.openSince < world.now - .seconds(3)
            else { continue }
            complain(.afresh, "\(child) is started afresh, and \(other.name) runs it under \(instance.id.epoch)")
        }
    }

    private func tellLeaving(_ id: InstanceID) {
        world.marks.reach(.startFault(.nodeLeaves))
        post(.instanceFailed(id, .nodeLeaves))
    }

    private func live(_ number: UInt64, _ behaviour: Behaviour) {
        switch behaviour {
        case .exit: later(.ends(number, .normal), after: chance.within(0...(.seconds(3))))
        case .crash: later(.ends(number, .failed("crash")), after: chance.within(0...100_000))
        case .tired: later(.ends(number, .failed("tired")), after: chance.within(.milliseconds(50)...(.seconds(5))))
        case .ok, .slow, .lazy, .fail, .flaky, .hang, .rare: break
        }
    }

    private func failed(_ number: UInt64, _ fault: StartFault) {
        guard let instance = instances[number], instance.phase == .making else { return }
        remove(number)
        world.marks.reach(.startFault(fault.kind))
        post(.instanceFailed(instance.id, fault))
        if instance.stop != nil { post(.instanceEnded(instance.id, .stopped)) }
    }

    // MARK: - Ending

    func end(_ order: StopOrder) {
        world.stir(order.instance.child, of: id)
        guard let number = places[order.instance], let instance = instances[number] else {
            return post(.instanceEnded(order.instance, .stopped))
        }
        switch instance.phase {
        case .making: instances[number]?.stop = order
        case .running: begin(ending: number, .stopped)
        case .ending: break
        }
    }

    private func begin(ending number: UInt64, _ reason: ExitReason) {
        guard let instance = instances[number] else { return }
        instances[number]?.phase = .ending
        if open[instance.id.child] == number { open[instance.id.child] = nil }
        let longest: Time = instance.behaviour == .lazy ? .seconds(1) : 100_000
        later(.ended(number, reason), after: chance.within(0...longest))
    }

    private func ended(_ number: UInt64, _ reason: ExitReason) {
        guard let instance = instances[number] else { return }
        remove(number)
        guard instance.isReported else { return }
        world.marks.reach(.exit(reason.kind))
        post(.instanceEnded(instance.id, reason))
    }

    private func remove(_ number: UInt64) {
        guard let instance = instances.removeValue(forKey: number) else { return }
        if places[instance.id] == number { places[instance.id] = nil }
        if open[instance.id.child] == number { open[instance.id.child] = nil }
    }

    /// The node leaves: what runs is ended, and what is made once it is.
    func stopAll() {
        isLeaving = true
        for number in instances.keys.sorted() where instances[number]?.phase == .running {
            begin(ending: number, .stopped)
        }
    }

    func renew(_ order: RenewOrder) {
        let renewed = InstanceID(child: order.instance.child, epoch: order.epoch)
        world.epochs.ordered(renewed, on: self)
        guard let number = places[order.instance], instances[number]?.phase == .running else { return }
        places[order.instance] = nil
        places[renewed] = number
        instances[number]?.id = renewed
    }

    // MARK: - The slow authority

    func asked(_ action: AuthorityAction) {
        world.marks.reach(.authority(action.kind))
        guard case .claim(let instances) = action else { return }
        guard settings.authority == .asked else { return post(.authorityAnswered(.granted(instances))) }
        claims += instances
        if isAuthorityAwaited { return }
        isAuthorityAwaited = true
        later(.authorityAnswers, after: chance.within(100_000...(.milliseconds(chance.below(10) == 0 ? 400 : 30))))
    }

    /// Answers everything that waits, the last question first now and then, and refuses some of it.
    private func authorityAnswers() {
        isAuthorityAwaited = false
        var granted: [InstanceID] = []
        var refused: [InstanceID] = []
        for claim in claims {
            if chance.below(8) == 0 { refused.append(claim) } else { granted.append(claim) }
        }
        claims = []
        if !refused.isEmpty { post(.authorityAnswered(.refused(refused))) }
        if !granted.isEmpty { post(.authorityAnswered(.granted(granted))) }
        guard !world.isClosing, !isAuthorityLost, chance.below(60) == 0 else { return }
        isAuthorityLost = true
        post(.authorityAnswered(.lost))
        later(.authorityRegained, after: chance.within(.milliseconds(100)...(.seconds(2))))
    }
}
