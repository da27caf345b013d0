// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubWire

/// A simulated cluster: real machines and real bytes, everything between them made up.
///
/// One seed, one history: all chance comes from the seed, and what happens at one time happens in a fixed order.
///
/// Whether two pieces of code use a variable at a time is not looked at while a world runs: a world has one thread, and what
/// it calls never calls back while it changes something. To look would take a tenth of the time.
package final class World {
    package let plan: Plan
    let air: Air
    @exclusivity(unchecked) package internal(set) var now: Time = 0
    @exclusivity(unchecked) var queue = EventQueue<Happening>()
    @exclusivity(unchecked) var nodes: [SimulatedNode] = []
    @exclusivity(unchecked) var wires: [Wire] = []
    @exclusivity(unchecked) var freeWires: [Int32] = []
    let barriers: Barriers
    @exclusivity(unchecked) var weather = Weather()
    @exclusivity(unchecked) var trace = Trace()
    @exclusivity(unchecked) package var marks = MarkCounts()
    @exclusivity(unchecked) var judge: Judge
    /// Told each line of the trace as text.
    @exclusivity(unchecked) var reporter: ((String) -> Void)?
    let meddler: (any Meddler)?
    let callers: CallWorld?
    let hubs: HubWorld?
    @exclusivity(unchecked) var delays: SeededGenerator
    @exclusivity(unchecked) var losses: SeededGenerator
    @exclusivity(unchecked) var drivers: SeededGenerator
    @exclusivity(unchecked) var machineSeeds: SeededGenerator
    @exclusivity(unchecked) var incarnations: [Incarnation: Int] = [:]
    /// Events that machines handled.
    @exclusivity(unchecked) package internal(set) var coreEvents: UInt64 = 0
    @exclusivity(unchecked) package internal(set) var messagesSent: UInt64 = 0
    @exclusivity(unchecked) package internal(set) var bytesSent: UInt64 = 0
    /// Counts what disturbed the cluster.
    @exclusivity(unchecked) var disturbances: UInt64 = 0
    @exclusivity(unchecked) var twins = 0
    /// When all faults are over but second processes with the name of a node.
    @exclusivity(unchecked) var troubledUntil: Time = 0
    @exclusivity(unchecked) var isHealing = false
    @exclusivity(unchecked) var scratch = ByteWriter(capacity: 4_096)
    @exclusivity(unchecked) var read = ReadMessages()

    package init(_ plan: Plan, meddler: (any Meddler)? = nil, reporter: ((String) -> Void)? = nil) {
        self.plan = plan
        air = Air(plan.climate)
        self.meddler = meddler
        self.reporter = reporter
        let seats = plan.seats
        barriers = Barriers(seats: seats)
        judge = Judge(plan, seats: seats)
        delays = Chance.delays.stream(of: plan.seed)
        losses = Chance.losses.stream(of: plan.seed)
        drivers = Chance.drivers.stream(of: plan.seed)
        machineSeeds = Chance.machines.stream(of: plan.seed)
        callers = plan.climate.callers > 0 ? CallWorld(plan) : nil
        hubs = plan.climate.hubs.hubs > 0 ? HubWorld(plan, meddler: meddler) : nil
        build(seats)
        guard let hubs, reporter != nil else { return }
        hubs.reporter = { [unowned self] seat, text in report(seat, text) }
    }

    private func build(_ seats: Int) {
        var clocks = Chance.climate.stream(of: plan.seed ^ 0x5EED)
        let skew = plan.climate.skewPerMillion
        for seat in 0..<seats {
            let clock = NodeClock(
                origin: clocks.within(0...Int64.seconds(1_000_000)), perMillion: clocks.within(-skew...skew),
                wallOffset: clocks.within(-plan.climate.wallSpread...plan.climate.wallSpread))
            nodes.append(SimulatedNode(seat: seat, name: name(of: seat), clock: clock))
            let isAbsent = seat >= plan.nodes || plan.absent.contains(seat)
            if !isAbsent {
                queue.add(.starts(seat), at: delays.within(0...plan.climate.startSpread))
            }
        }
        if let slow = plan.climate.slowNode { nodes[slow].slowUntil = plan.duration }
        for index in plan.faults.indices { queue.add(.planned(index), at: plan.faults[index].time) }
        for index in plan.expectations.indices { queue.add(.expected(index), at: plan.expectations[index].time) }
        for index in plan.requests.indices { queue.add(.asked(index), at: plan.requests[index].time) }
        for shape in plan.shapes { marks.reach(.shape(shape)) }
        if callers != nil { queue.add(.looks, at: plan.climate.startSpread) }
        disturb(until: max(plan.climate.startSpread, plan.introduction))
    }

    /// Beyond the seats of the plan are those of twins, which have the name of another.
    private func name(of seat: Int) -> NodeName {
        let names = plan.twinNames
        let place = seat - plan.firstTwin
        return Seats.name(names.indices.contains(place) ? names[place] : seat)
    }

    // MARK: - Running

    /// What went wrong, if anything did.
    package var violation: Violation? { judge.violation }
    package var traceHash: UInt64 {
        guard let hubs else { return trace.hash }
        var both = ByteWriter(capacity: 16)
        both.u64(trace.hash)
        both.u64(hubs.trace.hash)
        return XXHash64.hash(both.bytes)
    }
    package var operationsEnded: UInt64 { hubs?.operationsEnded ?? 0 }
    package var callsEnded: UInt64 { callers?.ended ?? 0 }

    /// Runs the plan, then heals everything and waits for agreement.
    package func run() {
        let end = max(plan.duration, plan.faults.map(\.end).max() ?? 0)
        run(until: end)
        healAll()
        hubs?.isClosing = true
        // Who stood still and was asked to leave does so now, and somebody waits to start it again.
        var quiet = now
        repeat {
            quiet = judge.calmSince
            run(until: quiet + max(judge.bounds.agreement, hubs == nil ? 0 : judge.bounds.hubs) + .seconds(1))
        } while violation == nil && judge.calmSince > quiet
        judge.finish(self)
    }

    /// Goes on until a time, or until something goes wrong.
    package func run(until end: Time) {
        while judge.violation == nil, let next = queue.nextTime, next <= end, let event = queue.popFirst() {
            now = event.time
            happen(event.element)
        }
        now = max(now, end)
    }

    private func happen(_ happening: Happening) {
        switch happening {
        case .wake(let seat): turn(of: nodes[seat])
        case .message(let wire, let bytes): deliver(.message(wire, bytes), over: wire)
        case .arrives(let wire, let item): deliver(.arrived(wire, item), over: wire)
        case .planned(let index): apply(plan.faults[index].fault)
        case .over(let over): end(over)
        case .reaches(let wire): reach(wire)
        case .dialed(let wire, let fault): deliver(.dialed(wire, fault), over: wire)
        case .listens(let wire): listen(wire)
        case .late(let wire): expire(wire)
        case .noticed(let wire): deliver(.ended(wire, .failed("broken")), over: wire)
        case .starts(let seat): start(seat)
        case .looks: lookAfterCalls()
        case .due(let number): judge.duty(number, self)
        case .twinDue(let twin, let seat, let since): judge.namesakes(of: seat, twin, since: since, self)
        case .twinEnds(let twin, let seat): endTwin(twin, of: seat)
        case .asked(let index): offer(.resident(.hubOrder(.request(index))), to: nodes[plan.requests[index].seat])
        case .expected(let index): judge.expect(plan.expectations[index], in: self)
        case .settled(let count): if count == disturbances { judge.settle(self) }
        case .hubsSettled(let count): if count == disturbances { judge.settleHubs(self) }
        }
    }

    /// Something goes wrong from now on until a time; agreement can be asked for only later.
    func disturb(until time: Time) {
        disturbances += 1
        judge.disturbed(at: now, until: max(now, time))
        queue.add(.settled(disturbances), at: judge.calmSince + judge.bounds.agreement)
        if hubs != nil { queue.add(.hubsSettled(disturbances), at: judge.calmSince + judge.bounds.hubs) }
    }

    func report(_ seat: Int, _ text: @autoclosure () -> String) {
        guard let reporter else { return }
        reporter("\(Self.stamp(now)) \(seat < 0 ? "-" : nodes[seat].name.rawValue) \(text())")
    }

    /// Seconds with all nine digits.
    private static func stamp(_ time: Time) -> String {
        let fraction = String(time % .seconds(1))
        return "\(time / .seconds(1))." + String(repeating: "0", count: 9 - fraction.count) + fraction
    }
}

extension Plan {
    /// When the one node starts whose address is all that the others are given: before that nobody finds anybody.
    fileprivate var introduction: Time {
        guard climate.seeds == .first, absent.contains(0) else { return 0 }
        return faults.first { if case .start(0) = $0.fault { true } else { false } }?.time ?? 0
    }

    /// The nodes whose name another process is given, in the order of the faults.
    var twinNames: [Int] {
        faults.compactMap { if case .twin(let seat) = $0.fault { seat } else { nil } }
    }

    /// The first seat of a twin: beyond all nodes, and those that faults name.
    var firstTwin: Int {
        let struck = faults.map { $0.fault.highestSeat }.max() ?? 0
        return max(nodes, struck + 1, (absent.max() ?? 0) + 1)
    }

    /// Seats of nodes, of twins, and of those that only an expectation names.
    var seats: Int {
        let expected = expectations.map { $0.condition.highestSeat }.max() ?? 0
        let asked = requests.map(\.seat).max() ?? 0
        return max(firstTwin + twinNames.count, expected + 1, asked + 1)
    }
}

extension Fault {
    fileprivate var highestSeat: Int {
        switch self {
        case .crash(let seat, _), .vanish(let seat, _), .pause(let seat, _), .slow(let seat, _), .jump(let seat, _),
            .drain(let seat), .leave(let seat, _), .start(let seat), .twin(let seat), .startHub(let seat, _),
            .stopHub(let seat, _), .resume(let seat):
            seat
        case .cut(let one, let other, _, _), .reject(let one, let other, _), .sever(let one, let other),
            .find(let one, let other),
            .heal(let one, let other):
            max(one, other)
        case .split(let side, _): side.max() ?? 0
        case .lose, .double, .delay, .healAll: 0
        }
    }
}

extension Expectation.Condition {
    fileprivate var highestSeat: Int {
        switch self {
        case .agreed(let seats): seats.max() ?? 0
        case .view(let seat, let seats): max(seat, seats.max() ?? 0)
        case .sees(let one, let other, _): max(one, other)
        case .stands(let seat, _), .exited(let seat): seat
        case .runs(_, let seat): seat ?? 0
        case .hosts(let seat, _): seat
        case .nobodyDied, .gone: 0
        }
    }
}

/// What of a climate concerns each message: the whole of it is large to be copied.
struct Air {
    let delay: Time
    let jitter: Time
    let lossPerMillion: UInt64
    let doublePerMillion: UInt64
    let latePerMillion: UInt64
    let lateness: Time
    let cutsHold: Bool
    let driverPause: Time

    init(_ climate: Climate) {
        delay = climate.delay
        jitter = climate.jitter
        lossPerMillion = climate.lossPerMillion
        doublePerMillion = climate.doublePerMillion
        latePerMillion = climate.latePerMillion
        lateness = climate.lateness
        cutsHold = climate.cutsHold
        driverPause = climate.driverPause
    }
}

/// What gets lost on top of the climate, for a while.
struct Weather {
    var lossPerMillion: UInt64 = 0
    var lossUntil: Time = 0
    var doublePerMillion: UInt64 = 0
    var doubleUntil: Time = 0
    var delay: Time = 0
    var delayUntil: Time = 0
}
