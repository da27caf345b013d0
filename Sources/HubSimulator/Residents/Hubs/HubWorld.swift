// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubWire

/// The hubs of all simulated processes, what their callers were told, and what is checked on it.
final class HubWorld {
    let plan: Plan
    let meddler: (any Meddler)?
    @exclusivity(unchecked) var chance: SeededGenerator
    /// Simulated time, set before anything happens.
    @exclusivity(unchecked) var now: Time = 0
    /// Nothing has been wrong for so long that everybody agrees.
    @exclusivity(unchecked) var isCalm = false
    /// Nothing is wrong just now.
    @exclusivity(unchecked) var isQuiet = false
    /// Callers ask for nothing more.
    @exclusivity(unchecked) var isClosing = false
    /// Some wall clock is set, or far from the truth.
    let hasJumps: Bool

    @exclusivity(unchecked) private var residents: [HubResident?]
    @exclusivity(unchecked) private var lastLife = 0
    /// What lives that ended lately knew at their end.
    @exclusivity(unchecked) private var remains: [(hub: HubID, at: Time, registry: HubRegistry)] = []

    /// Children that are started and not yet stopped, where each id is used once.
    @exclusivity(unchecked) var sessions: [HubID: [ChildID]] = [:]
    /// Until when somebody could not be reached or stood still.
    @exclusivity(unchecked) var roughUntil: Time = 0

    /// When an instance of each child was last ordered to end, and how often that was a reason not to look at the child.
    @exclusivity(unchecked) private var stirred: [HubChild: (at: Time, excuses: Int)] = [:]

    @exclusivity(unchecked) var epochs = EpochBook()
    @exclusivity(unchecked) var wishes = WishBook()
    @exclusivity(unchecked) var trace = Trace()
    @exclusivity(unchecked) var marks = MarkCounts()
    /// Told each line of the trace as text.
    @exclusivity(unchecked) var reporter: ((Int, String) -> Void)?
    @exclusivity(unchecked) private(set) var complaints: [(rule: Violation.Rule, seat: Int, text: String)] = []
    @exclusivity(unchecked) private(set) var handled: UInt64 = 0
    @exclusivity(unchecked) var operationsEnded: UInt64 = 0
    @exclusivity(unchecked) var scratch = ByteWriter(capacity: 4_096)

    init(_ plan: Plan, meddler: (any Meddler)?) {
        self.plan = plan
        self.meddler = meddler
        chance = Chance.hubs.stream(of: ~plan.seed)
        residents = Array(repeating: nil, count: plan.seats)
        let isSomeClockSet = plan.faults.contains { if case .jump = $0.fault { true } else { false } }
        hasJumps = isSomeClockSet || plan.climate.wallSpread > 50
    }

    /// Tombstones do not outlive every cut.
    var forgetsSoon: Bool {
        let settings = plan.climate.hubs.settings.registry
        return settings.tombstoneLife < .seconds(3_600) || settings.tombstones < 1_000
    }

    /// Where tombstones live shortly, a horizon can pass a wish that is on its way, which is dropped then.
    func isOvertaken(_ child: ChildID, on hub: HostedHub) -> Bool {
        guard forgetsSoon else { return false }
        if hub.hooks.dropped.contains(child) { return true }
        let since = hub.look { machine -> Stamp? in
            guard let slot = machine.registry.peek(child), machine.registry.desired(of: slot) == .running else {
                return nil
            }
            return machine.registry.since(of: slot)
        }
        guard let since else { return false }
        return hubs(of: hub.id).contains { $0.look { $0.registry.horizon >= since } }
    }

    func stir(_ child: ChildID, of id: HubID) {
        stirred[HubChild(hub: id, child: child), default: (now, 0)].at = now
    }

    /// A child that waited its turn may move long after the view changed: while it does, it runs nowhere. Not for ever.
    func isMoving(_ child: ChildID, of id: HubID) -> Bool {
        let key = HubChild(hub: id, child: child)
        guard let last = stirred[key], last.at > now - .seconds(2), last.excuses < 5 else { return false }
        stirred[key]?.excuses += 1
        return true
    }

    /// An activation that met another, which goes on, ended for it: a registry may have heard of the end alone, and that
    /// its host forgot it.
    func isSuperseded(_ child: ChildID, _ route: Route, on hub: HostedHub) -> Bool {
        let mayHaveEnded = hub.look { machine in
            guard let slot = machine.registry.peek(child) else { return false }
            let known = machine.registry.copies(of: slot).first { $0.node == route.node }
            return known?.copy.hasEnded(route.epoch) ?? true
        }
        guard mayHaveEnded else { return false }
        let running = hubs(of: hub.id).compactMap { other in
            other.open[child].flatMap { other.instances[$0] }?.id.epoch
        }
        return running.contains { $0 > route.epoch } && !running.contains(route.epoch)
    }

    func isDroppedAnywhere(_ child: ChildID, _ id: HubID) -> Bool {
        forgetsSoon && hubs(of: id).contains { $0.hooks.dropped.contains(child) }
    }

    /// Members compare what they have in less time than they wait for each other.
    var areExchangesQuick: Bool {
        let climate = plan.climate
        return climate.lossPerMillion == 0 && climate.latePerMillion == 0 && climate.slowNode == nil
            && climate.delay + climate.jitter <= .milliseconds(4) && climate.hubs.settings.registry.messageRows >= 16
    }

    /// The hubs that a process runs from its start.
    func usual(of node: SimulatedNode) -> [HubID] {
        let climate = plan.climate.hubs
        return node.seat % climate.everySeat == 0 ? (0..<climate.hubs).map(Self.name) : []
    }
    static func name(_ number: Int) -> HubID { HubID("hub-\(number)") }

    func resident(of node: SimulatedNode) -> HubResident {
        let resident = HubResident(node, world: self)
        residents[node.seat] = resident
        return resident
    }

    func resident(on seat: Int) -> HubResident? { residents[seat] }

    /// The living lives of a hub, in the order of their seats.
    func hubs(of id: HubID) -> [HostedHub] {
        var living: [HostedHub] = []
        living.reserveCapacity(residents.count)
        for resident in residents { if let hub = resident?[id] { living.append(hub) } }
        return living
    }

    func newLife() -> Int {
        lastLife += 1
        return lastLife
    }

    /// The process of a seat ended.
    func died(_ seat: Int) {
        residents[seat]?.abandon()
        residents[seat] = nil
    }

    /// A life of a hub is over.
    func forget(_ hub: HostedHub) {
        for number in hub.operations.keys.sorted() {
            if let work = hub.operations[number] { wishes.forgotten(work, hub) }
        }
        remains.removeAll { $0.at + .seconds(15) < now }
        let registry = HubRegistry(life: hub.life, isLiving: false, members: 0, holder: HubRemains(hub.machine))
        remains.append((hub.id, now, registry))
    }

    /// What everybody knows who runs the hub, or did until lately.
    func registries(of id: HubID) -> [HubRegistry] {
        var all: [HubRegistry] = []
        all.reserveCapacity(residents.count + remains.count)
        for resident in residents {
            guard let hub = resident?[id] else { continue }
            let members = min(
                hub.view?.members.count ?? 0, hub.smallerView.until > now ? hub.smallerView.count : .max)
            all.append(HubRegistry(life: hub.life, isLiving: true, members: members, holder: hub))
        }
        // By their places: one is large to be copied.
        for place in remains.indices where remains[place].hub == id && remains[place].at + .seconds(15) >= now {
            all.append(remains[place].registry)
        }
        return all
    }

    /// A caller of a scenario asks the first hub of its node.
    func request(_ number: Int, of hubs: [HostedHub]) {
        guard let hub = hubs.first else { return }
        let request = plan.requests[number]
        let (ids, deadline) = (request.children.map { ChildID($0) }, Duration.nanoseconds(request.deadline))
        switch request.asks {
        case .launch(let kind):
            hub.start(ids.map { Child(id: $0, kind: ProcessKind(kind)) }, StartOptions(deadline: deadline))
        case .end: hub.stop(ids, StopOptions(deadline: deadline))
        case .retag:
            for id in ids { hub.change(id, metadata: [:], tags: ["retagged"], deadline: deadline) }
        }
    }

    // MARK: - What is told

    func complain(_ rule: Violation.Rule, _ seat: Int, _ text: String) { complaints.append((rule, seat, text)) }

    func takeComplaints() -> [(rule: Violation.Rule, seat: Int, text: String)] {
        defer { complaints = [] }
        return complaints
    }

    func takeHandled() -> UInt64 {
        defer { handled = 0 }
        return handled
    }

    func note(_ event: HubEvent, _ hub: HostedHub) {
        handled += 1
        marks.reach(.hubEvent(event.kind))
        trace.begin(.hubEvent, event.kind.rawValue, at: now, seat: hub.seat)
        trace.bytes.traced(event)
        if case .authorityAnswered(let answer) = event { marks.reach(.authorityAnswer(answer.kind)) }
        if let reporter { reporter(hub.seat, "\(hub.id) < \(event.words)") }
    }

    func note(_ effect: HubEffect, _ hub: HostedHub) {
        marks.reach(.hubEffect(effect.kind))
        trace.begin(.hubEffect, effect.kind.rawValue, at: now, seat: hub.seat)
        trace.bytes.traced(effect)
        if let reporter { reporter(hub.seat, "\(hub.id)   > \(effect.words)") }
        effect.mark(&marks)
    }
}

extension HubWorld {
    /// All hubs that run anywhere.
    var running: [HubID] { Set(residents.flatMap { $0?.hubs.map(\.id) ?? [] }).sorted() }
}
