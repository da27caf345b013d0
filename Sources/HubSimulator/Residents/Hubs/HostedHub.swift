// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubWire

/// One life of a hub on one simulated process: its machine with the shipped driver's habits, its instances, its readers,
/// and the operations that callers of the node wait for.
final class HostedHub: MachineHolder {
    let id: HubID
    /// Unsafe, for it is read with everything that happens: the world of both outlives every hub in it.
    unowned(unsafe) let node: SimulatedNode
    /// Tells this life from all others of the world.
    let life: Int
    unowned(unsafe) let world: HubWorld
    let settings: HubSettings
    private let looksAtTimersFirst: Bool
    @exclusivity(unchecked) var machine: HubMachine
    @exclusivity(unchecked) var chance: SeededGenerator
    @exclusivity(unchecked) var view: MemberView?
    @exclusivity(unchecked) var viewChangedAt: Time = 0
    /// How many members the smallest view of late had, and since when it is another one.
    @exclusivity(unchecked) var smallerView: (count: Int, until: Time) = (.max, 0)

    @exclusivity(unchecked) var inbox: [HubEvent] = []
    /// An array that was emptied, to be filled again.
    @exclusivity(unchecked) private var taken: [HubEvent] = []
    @exclusivity(unchecked) var effects: [HubEffect] = []
    /// When the driver goes on with what it left in the inbox.
    @exclusivity(unchecked) var resumeAt: Instant?
    /// A tick that came to nothing is not repeated at once.
    @exclusivity(unchecked) var tickNotBefore = Instant(nanoseconds: .min)
    @exclusivity(unchecked) var now = Instant.zero
    @exclusivity(unchecked) var orders: [ResidentOrder] = []
    @exclusivity(unchecked) var load: BatchLoad
    @exclusivity(unchecked) private var lastDelta: (delta: DeltaName, bytes: [UInt8])?
    /// When the machine wants to hear of time, as of its last event: asking it costs.
    @exclusivity(unchecked) private var machineTick: Instant?

    @exclusivity(unchecked) var instances: [UInt64: SimulatedInstance] = [:]
    /// The number of each instance that has not ended.
    @exclusivity(unchecked) var places: [InstanceID: UInt64] = [:]
    /// The instance that calls reach.
    @exclusivity(unchecked) var open: [ChildID: UInt64] = [:]
    @exclusivity(unchecked) var lastInstance: UInt64 = 0
    @exclusivity(unchecked) var errands = EventQueue<Errand>()
    @exclusivity(unchecked) var isLeaving = false
    @exclusivity(unchecked) var hasDrained = false

    @exclusivity(unchecked) var rows: [ChildID: ReadRow.Content] = [:]
    @exclusivity(unchecked) var hooks = HookBook()
    @exclusivity(unchecked) var operations: [UInt64: AskedWork] = [:]
    @exclusivity(unchecked) var lastOperation: UInt64 = 0
    @exclusivity(unchecked) var nextRequest: Instant?

    /// What the slow authority was asked and has not answered.
    @exclusivity(unchecked) var claims: [InstanceID] = []
    @exclusivity(unchecked) var isAuthorityAwaited = false
    @exclusivity(unchecked) var isAuthorityLost = false

    init(
        _ id: HubID, node: SimulatedNode, life: Int, world: HubWorld, seed: UInt64, clock: StampClock? = nil
    ) {
        self.id = id
        self.life = life
        self.world = world
        self.node = node
        var settings = world.plan.climate.hubs.settings
        // Shipped hubs know their kinds; that one lacks a kind may also show only when it is to run it.
        if world.plan.seed % 2 == 0 {
            let seat = node.seat
            settings.kinds = Set(
                Behaviour.allCases.filter { $0.canRun(on: seat) }.map { ProcessKind($0.rawValue) })
        }
        world.meddler?.change(&settings)
        self.settings = settings
        load = BatchLoad(nodes: world.plan.nodes)
        looksAtTimersFirst = world.meddler?.looksAtHubTimersFirst == true
        chance = SeededGenerator(seed: seed)
        machine = HubMachine(
            hub: id, node: node.name, incarnation: node.incarnation, seed: chance.next(), settings: settings,
            clock: clock)
    }

    var seat: Int { node.seat }
    var name: NodeName { node.name }

    /// When time passing will be news to it, in nanoseconds of its clock; the largest number for never. Asked several
    /// times for each event, so in plain numbers.
    var nextTick: Int64 {
        if !inbox.isEmpty, resumeAt == nil { return .min }
        var next = resumeAt?.nanoseconds ?? .max
        if let tick = machineTick { next = min(next, max(tick.nanoseconds, tickNotBefore.nanoseconds)) }
        if let time = errands.nextTime { next = min(next, time) }
        if let due = nextRequest { next = min(next, due.nanoseconds) }
        return next
    }

    func post(_ event: HubEvent) { inbox.append(event) }

    func later(_ errand: Errand, after span: Time) { errands.add(errand, at: now.nanoseconds + max(0, span)) }

    func complain(_ rule: Violation.Rule, _ text: String) { world.complain(rule, seat, "\(id): \(text)") }
}

// MARK: - The driver

extension HostedHub {
    /// Does what is due: what happens by itself, then the inbox in whole batches, then time.
    func drive(at now: Instant) {
        self.now = now
        let isPushed = resumeAt == nil && !inbox.isEmpty
        resumeAt = nil
        while let time = errands.nextTime, time <= now.nanoseconds, let next = errands.popFirst() {
            happen(next.element)
        }
        if let due = nextRequest, due.nanoseconds <= now.nanoseconds { request() }
        for _ in 0..<Limits.driverBatches {
            if looksAtTimersFirst { tick() }
            let count = handleInbox()
            let hasTicked = tick()
            if count == 0, !hasTicked { break }
        }
        if !inbox.isEmpty { resumeAt = now.advanced(by: .microseconds(2)) }
        load.checkSpin(self, isPushed: isPushed)
    }

    /// Handles what is in the inbox, a slice at a time, so that no effect waits for more than a slice.
    private func handleInbox() -> Int {
        if inbox.isEmpty { return 0 }
        var events = taken
        taken = []
        swap(&events, &inbox)
        let count = events.count
        var inSlice = 0
        events.takeAll { event in
            handle(event)
            inSlice += 1
            if inSlice == Limits.driverEvents {
                performEffects()
                inSlice = 0
            }
        }
        if inSlice > 0 { performEffects() }
        taken = events
        return count
    }

    @discardableResult
    private func tick() -> Bool {
        guard let due = machineTick, max(due.nanoseconds, tickNotBefore.nanoseconds) <= now.nanoseconds else {
            return false
        }
        tickNotBefore = now.advanced(by: .microseconds(1))
        handle(.timePassed)
        performEffects()
        return true
    }

    private func handle(_ event: HubEvent) {
        world.note(event, self)
        if load.begins(with: event) { load.start = machine.pulse().work }
        if let meddler = world.meddler {
            meddler.handle(event, at: now, seat: seat, by: &machine, into: &effects)
        } else {
            machine.handle(event, at: now, into: &effects)
        }
        let pulse = machine.pulse()
        machineTick = pulse.tick
        if let excess = load.end(pulse.work, isOver: pulse.isIdle && !endsWithContinuation) {
            complain(.work, "one batch took \(excess) accesses of tables")
        }
    }

    private var endsWithContinuation: Bool {
        guard let last = effects.indices.last, case .continueWork = effects[last] else { return false }
        return true
    }

    /// Looks at the machine where it lies: what is read from a copy costs a copy.
    func look<R>(_ body: (inout HubMachine) -> R) -> R { body(&machine) }

    private func performEffects() {
        guard !effects.isEmpty else { return }
        var done = effects
        effects = []
        done.takeAll { perform($0) }
        if effects.isEmpty { effects = done }
    }

    private func perform(_ effect: consuming HubEffect) {
        world.note(effect, self)
        switch consume effect {
        case .send(let message, let peer): send(message, to: peer)
        case .startInstances(let orders): for order in orders { make(order) }
        case .stopInstances(let orders): for order in orders { end(order) }
        case .renewInstances(let orders): for order in orders { renew(order) }
        case .publish(let rows): publish(rows)
        case .answer(let operation, let answers): answered(operation.number, answers)
        case .finished(let operation, let isRolledBack): finished(operation.number, isRolledBack: isRolledBack)
        case .ask(let action): asked(action)
        case .drained: hasDrained = true
        case .continueWork: post(.workContinued)
        case .tell(let note): hooks.note(note, self)
        }
    }

    private func send(_ message: HubMessage, to peer: NodeName) {
        guard peer != name else { return complain(.contract, "a message to itself") }
        guard let bytes = encode(message) else { return }
        world.trace.bytes.raw(bytes)
        orders.append(.tell(bytes, to: peer))
    }

    /// What goes to several peers at once is encoded once, as the shipped driver does it.
    private func encode(_ message: HubMessage) -> [UInt8]? {
        let delta = message.delta
        if let delta, let lastDelta, lastDelta.delta == delta { return lastDelta.bytes }
        world.scratch.removeAll()
        do throws(WireFault) {
            try world.scratch.frame(.machine, stream: 0) { (writer) throws(WireFault) in
                try MachineEnvelope(.hub(id)).encode(into: &writer)
                try message.encode(into: &writer)
            }
        } catch {
            complain(.wire, "a message cannot be encoded: \(error)")
            return nil
        }
        let bytes = world.scratch.copy
        if let delta { lastDelta = (delta, bytes) }
        return bytes
    }

    private func publish(_ changed: consuming [ReadRow]) {
        changed.takeAll { row in
            if case .gone = row.content { rows[row.child] = nil } else { rows[row.child] = row.content }
        }
    }
}

/// Tells one delta from all others.
private struct DeltaName: Equatable {
    var birth: Stamp
    var number: UInt64
}

extension HubMessage {
    fileprivate var delta: DeltaName? {
        guard case .registry(let message) = self, case .delta(let delta) = message.body else { return nil }
        return DeltaName(birth: message.birth, number: delta.number)
    }
}

/// Counts what the tables of a machine do between two continuations: never in proportion to the number of children.
struct BatchLoad {
    var start: UInt64 = 0
    private var events = 0
    private var spinSince = Instant(nanoseconds: .min)
    private var spins = 0

    /// What one batch may take: each of its rows is touched a few times, and some are sent to each of the others.
    private let most: UInt64

    init(nodes: Int) { most = UInt64((3 + max(5, nodes)) * Limits.batchWork) }

    /// Whether another batch begins with an event.
    mutating func begins(with event: HubEvent) -> Bool {
        events += 1
        var isFirst = events > Limits.driverEvents
        if case .workContinued = event { isFirst = true }
        if isFirst { events = 0 }
        return isFirst
    }

    /// - Returns: what the batch took, if that is too much.
    mutating func end(_ total: UInt64, isOver: Bool) -> UInt64? {
        // A registry that begins anew counts from nothing.
        if total < start { start = 0 }
        let work = total - start
        if isOver { start = total }
        return work > most ? work : nil
    }

    /// A machine that goes on and on by itself would never give way.
    mutating func checkSpin(_ hub: HostedHub, isPushed: Bool) {
        if isPushed || spinSince > hub.now || spinSince.duration(to: hub.now) > .milliseconds(1) {
            (spinSince, spins) = (hub.now, 0)
        }
        spins += 1
        if spins == 2_000 { hub.complain(.work, "the driver does not come to rest") }
    }
}
