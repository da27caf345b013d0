// SPDX-License-Identifier: Apache-2.0

import HubCore
import Testing

/// A small cluster of hub machines: messages are delivered with seeded delay, loss and repetition; instances are made up
/// and do what their kind says. Views are what the test says.
///
/// Kinds: `ok`; `slow` needs 200 ms to be made; `fail` throws; `hang` is never made; `crash` and `exit` end right after
/// they began; `only-a` can be made on the node `a` alone.
final class HubCluster {
    struct Weather {
        var loss = 0.0
        var duplication = 0.0
        var delay: ClosedRange<Int64> = 100_000...900_000
    }

    final class Node {
        let name: NodeName
        var machine: HubMachine
        var incarnation: Incarnation
        var isUp = true
        var life = 0
        var tick: Int64?
        var instances: [InstanceID: State] = [:]
        var rows: [ChildID: ReadRow.Content] = [:]
        /// Children that its readers saw and then did not see any more.
        var forgotten: Set<ChildID> = []
        var activated: [InstanceID: Int] = [:]
        var notes: [HubNote] = []
        var drained: (moved: Int, failed: [ChildID])?
        /// Work of the tables since the last continuation, and the most there was.
        var batchStart: UInt64 = 0
        var worstBatch: UInt64 = 0
        var batchEvents = 0

        enum State { case made, running, ending }

        init(name: NodeName, incarnation: Incarnation, machine: HubMachine) {
            self.name = name
            self.incarnation = incarnation
            self.machine = machine
        }

        var running: [ChildID] { instances.filter { $0.value == .running }.keys.map(\.child).sorted() }
    }

    enum Item: Hashable, Sendable {
        case event(NodeName, life: Int, HubEvent)
        case tick(NodeName, life: Int)
    }

    private(set) var nodes: [NodeName: Node] = [:]
    var weather = Weather()
    var settings = HubSettings()
    var now = Instant(nanoseconds: 0, wallMilliseconds: 1_700_000_000_000)
    private var queue = DueQueue<Item>()
    private var random: SeededGenerator
    private var nextIncarnation: UInt64 = 1
    private var versions: UInt64 = 0
    private var cuts: Set<[NodeName]> = []
    private(set) var answers: [UInt64: [ChildID: ChildOutcome]] = [:]
    private(set) var finished: [UInt64: Bool] = [:]
    private var nextOperation: UInt64 = 1
    private var epochs: Set<InstanceID> = []
    private(set) var delivered = 0
    private(set) var faults: [String] = []

    init(seed: UInt64 = 1) { random = SeededGenerator(seed: seed) }

    subscript(name: NodeName) -> Node { nodes[name]! }

    // MARK: - Faults

    func boot(_ name: NodeName) {
        let incarnation = Incarnation(rawValue: nextIncarnation)
        nextIncarnation += 1
        let machine = HubMachine(
            hub: "hub", node: name, incarnation: incarnation, seed: random.next(), settings: settings)
        let node = Node(name: name, incarnation: incarnation, machine: machine)
        node.life = (nodes[name]?.life ?? 0) + 1
        nodes[name] = node
    }

    func kill(_ name: NodeName) {
        self[name].isUp = false
        self[name].instances = [:]
    }

    func cut(_ one: NodeName, _ other: NodeName) { cuts.insert([one, other].sorted()) }

    func heal() { cuts = [] }

    /// Tells these nodes that the members are these; links come up between them.
    func view(of names: [NodeName], for seers: [NodeName]? = nil, draining: [NodeName] = []) {
        versions += 1
        let members = names.sorted().map {
            Member(
                name: $0, incarnation: self[$0].incarnation, hubs: ["hub"],
                service: draining.contains($0) ? .draining : .inService)
        }
        for seer in seers ?? names where self[seer].isUp {
            let standing: Standing = draining.contains(seer) ? .leaving : .serving
            post(
                .viewChanged(MemberView(version: versions, node: seer, standing: standing, members: members)), to: seer)
            for member in members where member.name != seer {
                post(.linkUp(member.name, member.incarnation), to: seer)
            }
        }
    }

    /// A life of a living node that was declared dead.
    func renew(_ name: NodeName) {
        self[name].incarnation = Incarnation(rawValue: nextIncarnation)
        nextIncarnation += 1
    }

    // MARK: - Users

    @discardableResult
    func start(_ children: [Child], on node: NodeName, _ options: StartOptions = StartOptions()) -> UInt64 {
        ask(node) { .startAsked($0, children, options) }
    }

    @discardableResult
    func stop(_ children: [ChildID], on node: NodeName, _ options: StopOptions = StopOptions()) -> UInt64 {
        ask(node) { .stopAsked($0, children, options) }
    }

    func ask(_ node: NodeName, _ event: (OperationID) -> HubEvent) -> UInt64 {
        let id = nextOperation
        nextOperation += 1
        answers[id] = [:]
        post(event(OperationID(id)), to: node)
        return id
    }

    func post(_ event: HubEvent, to node: NodeName, after delay: Int64 = 0) {
        queue.add(.event(node, life: self[node].life, event), at: Instant(nanoseconds: now.nanoseconds + delay))
    }

    // MARK: - Time

    /// Runs until nothing happens for a while or the condition holds.
    ///
    /// - Returns: whether the condition held in time.
    @discardableResult
    func run(_ limit: Duration = .seconds(60), until isDone: () -> Bool = { false }) -> Bool {
        let end = now.advanced(by: limit)
        while !isDone() {
            guard let next = queue.next, next <= end else {
                advance(to: end)
                return isDone()
            }
            advance(to: next)
            while let item = queue.popDue(at: now) { perform(item) }
        }
        return true
    }

    private func advance(to instant: Instant) {
        guard instant.nanoseconds > now.nanoseconds else { return }
        now.wallMilliseconds = 1_700_000_000_000 + UInt64(instant.nanoseconds / 1_000_000)
        now.nanoseconds = instant.nanoseconds
    }

    private func perform(_ item: Item) {
        switch item {
        case .event(let name, let life, let event):
            let node = self[name]
            guard node.isUp, node.life == life else { return }
            handle(event, node)
        case .tick(let name, let life):
            let node = self[name]
            guard node.isUp, node.life == life, let tick = node.tick, tick <= now.nanoseconds else { return }
            node.tick = nil
            handle(.timePassed, node)
        }
    }

    private func handle(_ event: HubEvent, _ node: Node) {
        delivered += 1
        node.batchEvents += 1
        if event == .workContinued || node.batchEvents > Limits.driverEvents {
            (node.batchStart, node.batchEvents) = (node.machine.registry.totalWork, 0)
        }
        switch event {
        case .instancesStarted(let all): for instance in all { node.instances[instance] = .running }
        case .instanceFailed(let instance, _), .instanceEnded(let instance, _): node.instances[instance] = nil
        default: break
        }
        var effects: [HubEffect] = []
        node.machine.handle(event, at: now, into: &effects)
        node.worstBatch = max(node.worstBatch, node.machine.registry.totalWork &- node.batchStart)
        if effects.contains(.continueWork) == false, node.machine.isIdle {
            node.batchStart = node.machine.registry.totalWork
        }
        for effect in effects { perform(effect, node) }
        schedule(node)
    }

    private func schedule(_ node: Node) {
        guard let next = node.machine.nextTick else { return }
        let at = max(next.nanoseconds, now.nanoseconds + 1)
        if let tick = node.tick, tick <= at, tick > now.nanoseconds { return }
        node.tick = at
        queue.add(.tick(node.name, life: node.life), at: Instant(nanoseconds: at))
    }

    // MARK: - Effects

    private func perform(_ effect: HubEffect, _ node: Node) {
        switch effect {
        case .send(let message, let target): send(message, from: node, to: target)
        case .startInstances(let orders): make(orders, node)
        case .stopInstances(let orders): for order in orders { end(order.instance, node) }
        case .renewInstances(let orders):
            for order in orders {
                guard node.instances.removeValue(forKey: order.instance) != nil else { continue }
                let renewed = InstanceID(child: order.instance.child, epoch: order.epoch)
                note(renewed)
                node.instances[renewed] = .running
            }
        case .publish(let rows):
            for row in rows {
                if row.content == .gone, case .wished? = node.rows[row.child] { node.forgotten.insert(row.child) }
                node.rows[row.child] = row.content
            }
        case .answer(let id, let told): for answer in told { record(answer, id.number, node) }
        case .finished(let id, let isRolledBack):
            if finished[id.number] != nil { faults.append("\(id) finished twice") }
            finished[id.number] = isRolledBack
        case .ask(let action): answer(action, node)
        case .drained(let moved, let failed): node.drained = (moved, failed)
        case .continueWork: post(.workContinued, to: node.name)
        case .tell(let note): tell(note, node)
        }
    }

    private func record(_ answer: ChildAnswer, _ id: UInt64, _ node: Node) {
        if finished[id] != nil { faults.append("\(answer.child) answered after the end") }
        if answers[id]?[answer.child] != nil, answer.outcome != .failed(.duplicate),
            answers[id]?[answer.child] != .failed(.duplicate)
        {
            faults.append("\(answer.child) answered twice")
        }
        if answer.outcome != .failed(.duplicate) || answers[id]?[answer.child] == nil {
            answers[id]?[answer.child] = answer.outcome
        }
        // Read your writes: the asking node's readers see what its caller is told (S12, W39).
        guard case .started(let route, _) = answer.outcome else { return }
        if case .wished(_, _, _, let hosts) = node.rows[answer.child],
            hosts.contains(where: { $0.epoch >= route.epoch })
        {
            return
        }
        if node.rows[answer.child] != .gone { faults.append("\(answer.child) not seen by its caller") }
    }

    private func send(_ message: HubMessage, from node: Node, to target: NodeName) {
        guard let peer = nodes[target], peer.isUp, !cuts.contains([node.name, target].sorted()) else { return }
        for _ in 0..<(chance(weather.duplication) ? 2 : 1) where !chance(weather.loss) {
            let delay = Int64.random(in: weather.delay, using: &random)
            post(.received(message, from: node.name, node.incarnation), to: target, after: delay)
        }
    }

    private func chance(_ probability: Double) -> Bool {
        probability > 0 && Double.random(in: 0..<1, using: &random) < probability
    }

    private func note(_ instance: InstanceID) {
        if !epochs.insert(instance).inserted { faults.append("\(instance) twice (S2)") }
    }

    private func make(_ orders: [StartOrder], _ node: Node) {
        var quick: [InstanceID] = []
        for order in orders {
            let instance = order.instance
            note(instance)
            node.instances[instance] = .made
            switch order.child.kind.rawValue {
            case "fail": post(.instanceFailed(instance, .initializerThrew("no")), to: node.name, after: 50_000)
            case "hang":
                post(.instanceFailed(instance, .timedOut), to: node.name, after: order.deadline.wholeNanoseconds)
            case "slow": post(.instancesStarted([instance]), to: node.name, after: 200_000_000)
            case "crash", "exit":
                post(.instancesStarted([instance]), to: node.name, after: 50_000)
                let reason: ExitReason = order.child.kind == "exit" ? .normal : .failed("crash")
                post(.instanceEnded(instance, reason), to: node.name, after: 60_000)
            case let kind where kind.hasPrefix("only-") && !kind.hasSuffix(node.name.rawValue):
                post(.instanceFailed(instance, .unknownKind), to: node.name, after: 50_000)
            default: quick.append(instance)
            }
        }
        if !quick.isEmpty { post(.instancesStarted(quick), to: node.name, after: 50_000) }
    }

    private func end(_ instance: InstanceID, _ node: Node) {
        guard let state = node.instances[instance] else { return }
        if state == .ending { faults.append("\(instance) ended twice") }
        if state == .made {
            // It is ended when it is made.
            post(.instanceEnded(instance, .stopped), to: node.name, after: 300_000_000)
        } else {
            node.instances[instance] = .ending
            post(.instanceEnded(instance, .stopped), to: node.name, after: 100_000)
        }
    }

    /// An authority that answers late and sometimes refuses.
    private func answer(_ action: AuthorityAction, _ node: Node) {
        guard case .claim(let instances) = action else { return }
        let answer: AuthorityAnswer = chance(0.2) ? .refused(instances) : .granted(instances)
        post(.authorityAnswered(answer), to: node.name, after: Int64.random(in: 1_000_000...50_000_000, using: &random))
    }

    private func tell(_ note: HubNote, _ node: Node) {
        node.notes.append(note)
        switch note {
        case .activated(let instance, _, _):
            if node.activated[instance] != nil { faults.append("\(instance) activated twice (S13)") }
            node.activated[instance] = 1
        case .deactivated(let instance, _):
            if node.activated[instance] != 1 { faults.append("\(instance) deactivated without activation (S13)") }
            node.activated[instance] = 0
        default: break
        }
    }
}

// MARK: - What tests ask

extension HubCluster {
    var live: [Node] { nodes.values.filter(\.isUp).sorted { $0.name < $1.name } }

    /// On which nodes the child runs.
    func hosts(of child: ChildID) -> [NodeName] { live.filter { $0.running.contains(child) }.map(\.name) }

    /// Every child runs once, and every node's readers find it there (L1, S12).
    func runsOnceEverywhere(_ children: [ChildID]) -> Bool {
        var running: [ChildID: [Route]] = [:]
        for node in live {
            for (instance, state) in node.instances where state == .running {
                running[instance.child, default: []].append(Route(node: node.name, epoch: instance.epoch))
            }
        }
        return children.allSatisfy { child in
            guard let routes = running[child], routes.count == 1 else { return false }
            return live.allSatisfy { node in
                guard case .wished(_, _, _, let hosts) = node.rows[child] else { return false }
                return hosts == routes
            }
        }
    }

    /// Whether a node knows that one ended its activation of a child, and that another runs it.
    func hasEnded(_ child: ChildID, on one: NodeName, but other: NodeName, asSeenBy seer: NodeName) -> Bool {
        var registry = self[seer].machine.registry
        guard let slot = registry.slot(of: child) else { return false }
        let copies = registry.copies(of: slot)
        return copies.contains { $0.node == one && $0.copy.status == .idle }
            && copies.contains { $0.node == other && $0.copy.status == .active }
    }

    /// None of them runs or is made, and readers know that they are gone.
    func areGone(_ children: [ChildID]) -> Bool {
        let gone = Set(children)
        return live.allSatisfy { node in
            !node.instances.keys.contains { gone.contains($0.child) }
                && children.allSatisfy { node.rows[$0] == nil || node.rows[$0] == .gone }
        }
    }

    /// Those of the children that any living node's registry has a running wish for.
    func wishes(for children: [ChildID]) -> [ChildID] {
        children.filter { child in
            live.contains { node in
                guard let slot = node.machine.registry.peek(child) else { return false }
                return node.machine.registry.desired(of: slot) == .running
            }
        }
    }

    static func started(_ outcome: ChildOutcome?) -> Bool { if case .started = outcome { true } else { false } }
    static func stopped(_ outcome: ChildOutcome?) -> Bool { if case .stopped = outcome { true } else { false } }
}
