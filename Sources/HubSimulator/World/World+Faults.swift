// SPDX-License-Identifier: Apache-2.0

internal import HubCore

// What goes wrong, and how it ends.

extension World {
    func apply(_ fault: Fault) {
        if let kind = fault.kind { marks.reach(.fault(kind)) }
        trace.begin(.fault, fault.kind?.rawValue ?? 255, at: now, seat: -1)
        report(-1, "fault: \(fault.words)")
        let wasCalm = judge.calmSince + .seconds(3) <= now
        disturb(until: Planned(now, fault).end)
        if case .twin = fault {} else { troubledUntil = max(troubledUntil, Planned(now, fault).lasts) }
        judge.struck(by: fault, at: now)
        if let hubs, fault.isRough { hubs.roughUntil = max(hubs.roughUntil, Planned(now, fault).lasts) }
        if wasCalm { oweDetection(of: fault) }
        switch fault {
        case .crash(let seat, let span): crash(nodes[seat], .stopped, backAfter: span)
        case .vanish(let seat, let span): crash(nodes[seat], .gone, backAfter: span)
        case .pause(let seat, let span): pause(nodes[seat], for: span)
        case .resume(let seat): resume(nodes[seat])
        case .slow(let seat, let span): nodes[seat].slowUntil = end(of: span)
        case .cut(let one, let other, let both, let span):
            cut(from: one, to: other, for: span)
            if both { cut(from: other, to: one, for: span) }
        case .split(let side, let span): split(side, for: span)
        case .reject(let one, let other, let span):
            for (from, to) in [(one, other), (other, one)] { barriers.reject(from: from, to: to, until: end(of: span)) }
            sever(one, other)
        case .sever(let one, let other): sever(one, other)
        case .heal(let one, let other): heal(one, other)
        case .healAll: healAll()
        case .jump(let seat, let milliseconds): nodes[seat].clock.wallOffset += milliseconds
        case .start(let seat): start(seat)
        case .lose, .double, .delay: worsen(fault)
        case .drain, .leave, .find, .startHub, .stopHub, .twin: order(fault)
        }
    }

    private func worsen(_ fault: Fault) {
        switch fault {
        case .lose(let perMillion, let span):
            weather.lossPerMillion = perMillion
            weather.lossUntil = now + span
        case .double(let perMillion, let span):
            weather.doublePerMillion = perMillion
            weather.doubleUntil = now + span
        case .delay(let delay, let span):
            weather.delay = delay
            weather.delayUntil = now + span
        default: break
        }
    }

    /// What somebody asks of a process.
    private func order(_ fault: Fault) {
        switch fault {
        case .drain(let seat):
            offer(.event(.drainAsked), to: nodes[seat])
            if hubs != nil { offer(.resident(.hubOrder(.drain)), to: nodes[seat]) }
        case .leave(let seat, let span):
            leave(nodes[seat])
            if let span { queue.add(.starts(seat), at: now + span) }
        case .find(let seat, let other): offer(.event(.candidatesFound([Seats.address(other)])), to: nodes[seat])
        case .startHub(let seat, let hub): startHub(HubWorld.name(hub), on: nodes[seat])
        case .stopHub(let seat, let hub):
            if hubs != nil { offer(.resident(.hubOrder(.stop(HubWorld.name(hub)))), to: nodes[seat]) }
            offer(.event(.hubStopped(HubWorld.name(hub))), to: nodes[seat])
        case .twin(let seat): bringTwin(of: seat)
        default: break
        }
    }

    /// A node that runs hubs drains them first, as the shipped shell does.
    private func leave(_ node: SimulatedNode) {
        node.isAskedToLeave = node.isRunning
        guard hubs != nil else { return offer(.event(.leaveAsked), to: node) }
        offer(.event(.drainAsked), to: node)
        offer(.resident(.hubOrder(.leave)), to: node)
    }

    /// Somebody starts a process with the name of a node; later it is ended, and the node started again if it gave way.
    private func bringTwin(of seat: Int) {
        let twin = plan.firstTwin + twins
        twins += 1
        start(twin)
        for span in [Plan.twinDecided, Plan.twinTime] { queue.add(.twinDue(twin, seat, since: now), at: now + span) }
        queue.add(.twinEnds(twin, seat), at: now + Plan.twinTime)
    }

    func endTwin(_ twin: Int, of seat: Int) {
        if nodes[twin].isRunning {
            disturb(until: now)
            crash(nodes[twin], .stopped, backAfter: nil)
        }
        if plan.nodes > seat, nodes[seat].hasLeft { start(seat) }
    }

    /// In a calm cluster, who ends or falls silent has to be noticed in time.
    private func oweDetection(of fault: Fault) {
        guard judge.bounds.areStrict else { return }
        let bounds = judge.bounds
        switch fault {
        case .crash(let seat, _): owe(seat, .dead, within: bounds.ended)
        case .vanish(let seat, _):
            owe(seat, .suspected, within: bounds.suspected)
            owe(seat, .dead, within: bounds.dead)
        case .pause(let seat, let span):
            if span ?? .max > bounds.suspected { owe(seat, .suspected, within: bounds.suspected) }
            if span ?? .max > bounds.dead { owe(seat, .dead, within: bounds.dead) }
        default: break
        }
    }

    private func owe(_ seat: Int, _ state: Roster.State, within span: Time) {
        guard nodes[seat].isRunning, !nodes[seat].isPaused(at: now),
            judge.isKnownToAll(nodes[seat].incarnation, except: seat)
        else { return }
        let duty = Judge.Duty(
            incarnation: nodes[seat].incarnation, seat: seat, atLeast: state, disturbance: disturbances)
        queue.add(.due(judge.owe(duty)), at: now + span)
    }

    private func end(of span: Time?) -> Time { span.map { now + $0 } ?? Time.max }

    func end(_ over: Happening.Over) {
        switch over {
        case .pause(let seat): if nodes[seat].pausedUntil == now, nodes[seat].pausedSince < now { goOn(nodes[seat]) }
        case .link(let one, let other):
            if !barriers.isCut(from: one, to: other, at: now) { reopen(from: one, to: other) }
        }
    }
}

// MARK: - Processes that stand still

extension World {
    private func pause(_ node: SimulatedNode, for span: Time?) {
        guard node.isRunning, !node.isPaused(at: now) else { return }
        node.pausedSince = now
        node.pausedUntil = end(of: span)
        if let span { queue.add(.over(.pause(node.seat)), at: now + span) }
        mute(from: node)
    }

    private func resume(_ node: SimulatedNode) {
        guard node.isPaused(at: now) else { return }
        node.pausedUntil = now
        goOn(node)
    }

    private func goOn(_ node: SimulatedNode) {
        guard node.isRunning else { return }
        judge.wentOn(node, after: now - node.pausedSince, at: now)
        node.runsSince = now
        for wire in node.wires {
            unmute(wire.other)
            guard let end = self[wire], end.mutedSince != nil else { continue }
            // The time that it stood still itself does not count.
            self[wire]?.mutedSince = now
            listenLater(wire)
        }
        wake(node, at: now)
    }
}

// MARK: - Cuts

extension World {
    private func split(_ side: [Int], for span: Time?) {
        for one in side {
            for other in nodes.indices where !side.contains(other) {
                cut(from: one, to: other, for: span)
                cut(from: other, to: one, for: span)
            }
        }
    }

    private func cut(from one: Int, to other: Int, for span: Time?) {
        guard one != other else { return }
        let isNew = barriers.cut(from: one, to: other, until: end(of: span), at: now)
        if let span { queue.add(.over(.link(one, other)), at: now + span) }
        if isNew { mute(from: one, to: other) }
    }

    private func heal(_ one: Int, _ other: Int) {
        for (from, to) in [(one, other), (other, one)] {
            let wasCut = barriers.isCut(from: from, to: to, at: now)
            barriers.heal(from: from, to: to, at: now)
            if wasCut { reopen(from: from, to: to) }
        }
    }

    func healAll() {
        hubs?.roughUntil = now
        for one in nodes.indices {
            for other in one..<nodes.count where barriers.latest > now { heal(one, other) }
            resume(nodes[one])
            nodes[one].slowUntil = min(nodes[one].slowUntil, now)
        }
        weather = Weather()
        troubledUntil = now
        judge.healed(at: now)
        // Who was slow still does what it began.
        disturb(until: nodes.map(\.busyUntil).max() ?? now)
    }

    /// Both ends of what connects the two break, and learn it in their own time.
    private func sever(_ one: Int, _ other: Int) {
        for wire in nodes[one].wires where self[wire.other]?.seat == other && self[wire]?.phase != .connecting {
            breakUp(wire)
        }
    }

    func breakUp(_ wire: WireRef) {
        guard self[wire] != nil, !wires[Int(wire.place)].isBroken else { return }
        wires[Int(wire.place)].isBroken = true
        for end in [wire, wire.other] where self[end]?.phase != .ended {
            queue.add(.noticed(end), at: now + delays.within(0...plan.climate.noticing))
        }
    }
}

// MARK: - Who hears whom

extension World {
    func isMute(_ one: Int, to other: Int) -> Bool {
        barriers.isCut(from: one, to: other, at: now) || nodes[one].isPaused(at: now) || nodes[one].state == .gone
    }

    func mute(from node: SimulatedNode) {
        for wire in node.wires { muteEnd(wire.other) }
    }

    private func mute(from one: Int, to other: Int) {
        for wire in nodes[other].wires where self[wire.other]?.seat == one { muteEnd(wire) }
    }

    /// The end hears nothing from now on.
    func muteEnd(_ wire: WireRef) {
        guard let end = self[wire], end.seat != Self.nobody, end.phase != .ended, end.mutedSince == nil else { return }
        self[wire]?.mutedSince = now
        listenLater(wire)
    }

    func listenLater(_ wire: WireRef) {
        let limits = plan.climate.links
        queue.add(
            .listens(wire), at: now + Time(limits.silence) + delays.within(0...Time(limits.pingInterval)))
    }

    private func unmute(_ wire: WireRef) {
        guard let end = self[wire], end.mutedSince != nil, let far = self[wire.other], far.seat != Self.nobody else {
            return
        }
        if !isMute(far.seat, to: end.seat) { self[wire]?.mutedSince = nil }
    }

    /// An end looks whether anything came.
    func listen(_ wire: WireRef) {
        guard let end = self[wire], end.phase == .up, let since = end.mutedSince else { return }
        let node = nodes[end.seat]
        guard !node.isPaused(at: now), now - since >= Time(plan.climate.links.silence) else { return }
        deliver(.ended(wire, .silent), over: wire)
    }

    /// The way is free again: what was held up goes on.
    private func reopen(from one: Int, to other: Int) {
        for wire in nodes[other].wires where self[wire.other]?.seat == one {
            unmute(wire)
            release(wire)
        }
    }
}

extension Fault {
    /// Whether it keeps processes from hearing each other that do not end.
    fileprivate var isRough: Bool {
        switch self {
        case .vanish, .pause, .slow, .cut, .split, .reject, .sever, .lose, .double, .delay: true
        case .crash, .resume, .heal, .healAll, .jump, .start, .drain, .leave, .find, .startHub, .stopHub, .twin: false
        }
    }
}
