// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubWire

// Processes: how they begin, get their turns and end.

extension World {
    /// Starts the process of a seat, unless it runs. One that was asked to leave is waited for, as whoever starts
    /// processes does.
    func start(_ seat: Int) {
        let node = nodes[seat]
        guard !node.isRunning else {
            if node.isAskedToLeave { node.isAwaited = true }
            return
        }
        if node.state == .gone { resetConnections(to: node) }
        node.life += 1
        node.state = .running
        node.isLeaving = false
        node.hasLeft = false
        node.gaveWay = false
        node.isAskedToLeave = false
        node.isAwaited = false
        node.pausedUntil = now
        node.runsSince = now
        node.busyUntil = now
        node.wakeAt = SimulatedNode.never
        node.inputs = []
        node.inbox = []
        node.connections = Connections()
        makeMachines(of: node)
        trace.begin(.process, 1, at: now, seat: seat)
        trace.bytes.u64(node.incarnation.rawValue)
        report(seat, "process: starts as \(node.incarnation)")
        disturb(until: now)
        if seat < plan.firstTwin { troubledUntil = max(troubledUntil, now) }
        judge.started(node, at: now)
        offer(.event(.started(address: node.address, seeds: seeds(of: seat))), to: node)
        for hub in hubs?.usual(of: node) ?? [] { startHub(hub, on: node) }
    }

    func startHub(_ hub: HubID, on node: SimulatedNode) {
        if hubs != nil { offer(.resident(.hubOrder(.start(hub))), to: node) }
        offer(.event(.hubStarted(hub)), to: node)
    }

    private func makeMachines(of node: SimulatedNode) {
        node.incarnation = newIncarnation(of: node.seat)
        var settings = plan.climate.membership
        meddler?.change(&settings)
        node.machine = NodeMachine(
            name: node.name, incarnation: node.incarnation, settings: settings, seed: machineSeeds.next())
        node.links = LinkMachine(
            node: node.name, incarnation: node.incarnation, limits: plan.climate.links, seed: machineSeeds.next())
        node.contest = NameContest(begun: node.clock.instant(at: now), using: &machineSeeds)
        meddler?.began(seat: node.seat, &node.machine)
        node.resident = callers?.resident(of: node)
        node.hubs = hubs?.resident(of: node)
    }

    /// As a real node draws it: at random, so that nothing can be concluded from its size.
    private func newIncarnation(of seat: Int) -> Incarnation {
        while true {
            let incarnation = Incarnation(rawValue: machineSeeds.next() | 1)
            guard incarnations[incarnation] == nil else { continue }
            incarnations[incarnation] = seat
            return incarnation
        }
    }

    private func seeds(of seat: Int) -> [PeerAddress] {
        let count = plan.nodes
        switch plan.climate.seeds {
        case .first: return [Seats.address(0)]
        case .three: return (0..<min(3, count)).map(Seats.address)
        case .all: return (0..<count).map(Seats.address)
        case .ring: return [Seats.address((seat + 1) % count), Seats.address(0)]
        case .withStranger: return [Seats.address(0), Seats.address(min(1, count - 1)), Self.stranger]
        }
    }

    /// The process ends at once. Its system closes its connections, unless it is gone too.
    func crash(_ node: SimulatedNode, _ state: SimulatedNode.State, backAfter span: Time?) {
        guard node.isRunning else { return }
        report(node.seat, "process: \(state == .gone ? "is gone" : "ends")")
        trace.begin(.process, state == .gone ? 3 : 2, at: now, seat: node.seat)
        if state == .gone { mute(from: node) }
        node.pausedUntil = now
        endConnections(of: node, telling: state != .gone)
        node.state = state
        node.inputs = []
        node.inbox = []
        dismiss(of: node)
        judge.ended(node, at: now, wasTold: state != .gone)
        if let span = span ?? (node.isAwaited ? 0 : nil) { queue.add(.starts(node.seat), at: now + span) }
    }

    /// What lived in the process ends with it.
    func dismiss(of node: SimulatedNode) {
        node.resident = nil
        callers?.died(node.seat)
        node.hubs = nil
        hubs?.now = now
        hubs?.died(node.seat)
    }

    private func endConnections(of node: SimulatedNode, telling isTold: Bool) {
        let wires = node.removeWires()
        node.connections = Connections()
        for wire in wires where self[wire] != nil {
            if isTold { stream(.end, from: wire) }
            self[wire]?.phase = .ended
            self[wire]?.handshake = nil
            free(wire)
        }
    }

    /// A machine that comes back knows nothing of the connections of the time before: it resets what it is asked about.
    private func resetConnections(to node: SimulatedNode) {
        for other in nodes where other !== node {
            for wire in other.wires where self[wire.other]?.seat == node.seat { breakUp(wire) }
        }
    }

    // MARK: - Turns

    /// Puts something into a process, which sees it when it gets its turn.
    func offer(_ input: SimulatedNode.Input, to node: SimulatedNode) {
        guard node.isRunning else { return }
        node.inputs.append(input)
        guard !node.isPaused(at: now) else { return }
        wake(node, at: max(node.busyUntil, now + hesitation(of: node)))
    }

    /// How long it takes a process to get to what arrived. A slow one waits for its twentieth of every tenth of a second.
    private func hesitation(of node: SimulatedNode) -> Time {
        if node.isSlow(at: now) { return drivers.within(0...(.milliseconds(95))) }
        return air.driverPause > 0 ? drivers.within(0...air.driverPause) : 0
    }

    func wake(_ node: SimulatedNode, at time: Time) {
        guard time < node.wakeAt else { return }
        node.wakeAt = time
        queue.add(.wake(node.seat), at: time)
    }

    /// A process runs: what arrived first, then what the machine finds in its inbox, then timers.
    func turn(of node: SimulatedNode) {
        guard node.wakeAt == now else { return }
        node.wakeAt = SimulatedNode.never
        guard node.isRunning, !node.isPaused(at: now) else { return }
        let instant = node.clock.instant(at: now)
        if meddler?.looksAtTimersFirst == true { passTime(for: node, at: instant) }
        let count = takeInputs(of: node, at: instant)
        handleInbox(of: node, at: instant)
        passTime(for: node, at: instant)
        guard node.isRunning else { return }
        if node.isSlow(at: now) {
            node.busyUntil = now + .milliseconds(2) * Time(count + 1)
            if node.hubs != nil, let end = judge.isKeptBusy(node.seat, from: now, until: node.busyUntil) {
                disturb(until: end)
            }
        }
        planWake(of: node)
    }

    /// Everything that arrived up to now.
    private func takeInputs(of node: SimulatedNode, at instant: Instant) -> Int {
        var inputs = node.takenInputs
        node.takenInputs = []
        swap(&inputs, &node.inputs)
        let count = inputs.count
        inputs.takeAll { if node.isRunning { take($0, by: node, at: instant) } }
        node.takenInputs = inputs
        return count
    }

    private func planWake(of node: SimulatedNode) {
        if !node.inputs.isEmpty || !node.inbox.isEmpty { wake(node, at: max(now, node.busyUntil)) }
        var next = node.nextMachineTick
        Instant.lower(&next, to: node.nextLinkTick)
        Instant.lower(&next, to: node.resident?.nextTick)
        Instant.lower(&next, to: node.hubs?.nextTick)
        guard let next, let time = node.clock.time(of: next) else { return }
        let due = max(time, now)
        guard due < node.wakeAt else { return }
        wake(node, at: max(due + hesitation(of: node), node.busyUntil))
    }

    /// Whole inbox, then the effects in the order they were produced.
    private func handleInbox(of node: SimulatedNode, at instant: Instant) {
        while !node.inbox.isEmpty, node.isRunning {
            var events: [NodeEvent] = []
            swap(&events, &node.inbox)
            events.takeAll { handle($0, by: node, at: instant) }
            performEffects(of: node, at: instant)
            if node.inbox.isEmpty { swap(&events, &node.inbox) }
        }
    }

    private func passTime(for node: SimulatedNode, at instant: Instant) {
        guard node.isRunning else { return }
        let time = instant.nanoseconds
        if let tick = node.nextLinkTick, tick.nanoseconds <= time { perform(node.links.tick(at: instant), by: node) }
        handleInbox(of: node, at: instant)
        if node.isRunning, let tick = node.nextMachineTick, tick.nanoseconds <= time {
            letTimePass(for: node, at: instant)
            performEffects(of: node, at: instant)
            if let resident = node.resident { orders(of: node) { resident.nodeLooked(at: instant, into: &$0) } }
        }
        if let resident = node.resident, let tick = resident.nextTick, tick.nanoseconds <= time {
            tell(.timePassed, resident, of: node)
        }
        if let hubs = node.hubs, let tick = hubs.nextTick, tick.nanoseconds <= time {
            tell(.timePassed, hubs, of: node)
        }
    }

    private func letTimePass(for node: SimulatedNode, at instant: Instant) {
        if node.inputs.isEmpty { return handle(.timePassed, by: node, at: instant) }
        let (before, unread) = (node.machine, unreadMessages(of: node))
        let start = node.effects.count
        handle(.timePassed, by: node, at: instant)
        let accusations = node.effects[start...].compactMap(\.accusation)
        judge.passedTime(accusations, before, unread: unread, node, at: now)
    }

    private func handle(_ event: NodeEvent, by node: SimulatedNode, at instant: Instant) {
        coreEvents += 1
        marks.reach(.event(event.kind))
        trace.begin(.event, event.kind.rawValue, at: now, seat: node.seat)
        trace.bytes.traced(event)
        report(node.seat, "< \(event.words)")
        judge.will(event, node, at: now)
        if let meddler {
            meddler.handle(event, at: instant, seat: node.seat, by: &node.machine, into: &node.effects)
        } else {
            node.machine.handle(event, at: instant, into: &node.effects)
        }
    }

    // MARK: - Residents

    /// Tells those whom it concerns something, and does what they say.
    func tell(_ event: ResidentEvent, to node: SimulatedNode) {
        if let resident = node.resident, event.concernsCallers { tell(event, resident, of: node) }
        if let hubs = node.hubs, event.concernsHubs { tell(event, hubs, of: node) }
    }

    private func tell(_ event: ResidentEvent, _ resident: any Resident, of node: SimulatedNode) {
        if resident !== node.hubs {
            coreEvents += 1
            trace.begin(.resident, event.number, at: now, seat: node.seat)
            if case .frame(let bytes, _, _) = event { trace.bytes.raw(bytes) }
        }
        hubs?.now = now
        hubs?.isQuiet = judge.calmSince <= now
        hubs?.isCalm = judge.calmSince <= now - judge.bounds.agreement
        orders(of: node) { resident.handle(event, at: node.clock.instant(at: now), into: &$0) }
        collectComplaints()
    }

    /// Does what a resident says.
    private func orders(of node: SimulatedNode, _ say: (inout [ResidentOrder]) -> Void) {
        var orders = node.orders
        node.orders = []
        say(&orders)
        orders.takeAll { obey($0, of: node) }
        node.orders = orders
        collectCalls(at: node)
    }

    /// What is wrong with hubs.
    func collectComplaints() {
        guard let hubs else { return }
        coreEvents += hubs.takeHandled()
        if hubs.complaints.isEmpty { return }
        for complaint in hubs.takeComplaints() {
            judge.fail(complaint.rule, complaint.seat, complaint.text, at: now)
        }
    }

    /// What the callers' world has to say about the last event.
    private func collectCalls(at node: SimulatedNode) {
        guard let callers else { return }
        if !callers.steps.isEmpty {
            for step in callers.steps { marks.reach(.call(step)) }
            callers.steps.removeAll(keepingCapacity: true)
        }
        if !callers.executedOn.isEmpty {
            for seat in callers.executedOn { judge.executed(on: seat, at: now) }
            callers.executedOn.removeAll(keepingCapacity: true)
        }
        if callers.history.complaints.isEmpty { return }
        for complaint in callers.history.takeComplaints() {
            judge.fail(complaint.rule, node.seat, complaint.text, at: now)
        }
    }

    /// Children are looked after by hand, and nodes are told where they are.
    func lookAfterCalls() {
        guard let callers else { return }
        let told = callers.look { seat in nodes[seat].isRunning && !nodes[seat].isPaused(at: now) }
        for seat in told { offer(.resident(.told(0)), to: nodes[seat]) }
        queue.add(.looks, at: now + CallWorld.interval)
    }

    private func obey(_ order: ResidentOrder, of node: SimulatedNode) {
        switch order {
        case .send(let bytes, let peer):
            trace.begin(.order, 1, at: now, seat: node.seat)
            trace.bytes.raw(bytes)
            if let wire = node.connections[peer] { stream(.frame(bytes), from: wire) }
        case .tell(let bytes, let peer):
            trace.begin(.order, 2, at: now, seat: node.seat)
            trace.bytes.raw(bytes)
            if let wire = node.connections[peer] { message(bytes, from: wire) }
        case .leave: node.inbox.append(.leaveAsked)
        }
    }
}

extension ResidentEvent {
    fileprivate var number: UInt8 {
        switch self {
        case .viewChanged: 0
        case .linkUp: 1
        case .linkDown: 2
        case .renewed: 3
        case .frame: 4
        case .timePassed: 5
        case .told: 6
        case .hubOrder: 8
        }
    }

    fileprivate var concernsCallers: Bool {
        switch self {
        case .viewChanged, .linkUp, .linkDown, .renewed, .frame, .told, .timePassed: true
        case .hubOrder: false
        }
    }

    fileprivate var concernsHubs: Bool {
        switch self {
        case .viewChanged, .linkUp, .linkDown, .hubOrder, .timePassed: true
        case .renewed, .frame, .told: false
        }
    }
}
