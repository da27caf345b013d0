// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// Watches a world and says what broke. After an event it looks only at what the event's effects touched; the whole
/// cluster is looked at when everything has been well for a while.
final class Judge {
    let bounds: Bounds
    let plan: Plan
    @exclusivity(unchecked) var witnesses: [Witness]
    @exclusivity(unchecked) private(set) var violation: Violation?
    /// When the last trouble is over; `Time.max` while there is one without end.
    @exclusivity(unchecked) private(set) var calmSince: Time = 0
    /// When the troubles began that are not over.
    @exclusivity(unchecked) private var disturbedSince: Time = 0
    /// Before this time a living node may be taken for dead: somebody could not be reached.
    @exclusivity(unchecked) private(set) var excusedUntil: Time = 0
    /// Whose incarnation it is.
    @exclusivity(unchecked) var owners: [Incarnation: Int] = [:]
    /// Incarnations that were heard by another node's machine, and those that heard another one.
    @exclusivity(unchecked) var heard: Set<Incarnation> = []
    @exclusivity(unchecked) var hearing: Set<Incarnation> = []
    /// Incarnations that left in good order, and when.
    @exclusivity(unchecked) var goneWell: [Incarnation: Time] = [:]
    /// Incarnations that somebody called dead.
    @exclusivity(unchecked) var buried: Set<Incarnation> = []
    /// The two that could not reach each other last, and until when.
    @exclusivity(unchecked) private var blockedPair: [Int] = []
    @exclusivity(unchecked) private var blockedUntil: Time = -.seconds(100)
    @exclusivity(unchecked) var falseDeaths = 0
    @exclusivity(unchecked) var marks = MarkCounts()
    @exclusivity(unchecked) private(set) var duties: [Duty] = []
    /// The longest that it took to agree.
    @exclusivity(unchecked) private(set) var slowestAgreement: Time = 0

    /// Something that has to be so at a time, unless there is new trouble before.
    struct Duty {
        var incarnation: Incarnation
        var seat: Int
        var atLeast: Roster.State
        var disturbance: UInt64
    }

    init(_ plan: Plan, seats: Int) {
        self.plan = plan
        bounds = Bounds(plan.climate)
        witnesses = Array(repeating: Witness(), count: seats)
    }

    func fail(_ rule: Violation.Rule, _ seat: Int?, _ text: String, at time: Time) {
        if violation == nil { violation = Violation(rule: rule, time: time, seat: seat, text: text) }
    }

    /// Adds a duty; its number comes back when it is due.
    func owe(_ duty: Duty) -> Int {
        duties.append(duty)
        return duties.count - 1
    }

    // MARK: - Trouble

    func disturbed(at now: Time, until end: Time) {
        calmSince = max(calmSince, end)
        disturbedSince = now
    }

    func healed(at now: Time) {
        calmSince = now
        if excusedUntil > now { excusedUntil = now + Self.aftermath }
    }

    /// How long the rumours of a time of trouble go round.
    private static let aftermath: Time = .seconds(15)

    func struck(by fault: Fault, at now: Time) {
        switch fault {
        case .cut(let one, let other, _, _): blocked(one, other, until: Planned(now, fault).lasts, at: now)
        case .pause(let seat, let span): paused(seat, for: span, Planned(now, fault), at: now)
        case .vanish, .split: excuse(until: Planned(now, fault).lasts)
        case .lose(let perMillion, let span) where perMillion > 30_000: excuse(until: now + span)
        case .delay(let delay, let span) where delay > .milliseconds(50): excuse(until: now + span)
        case .reject(let one, let other, _): blocked(one, other, until: Planned(now, fault).lasts, at: now)
        case .heal, .healAll, .resume: excuse(until: now)
        default: break
        }
    }

    /// A process that stands still for less than anybody's patience, and not for the second time in a row, is not dead.
    private func paused(_ seat: Int, for span: Time?, _ fault: Planned, at now: Time) {
        let isShort = span.map { $0 <= Plan.shortPause } ?? false
        let isUsual = plan.climate.membership == Climate().membership && plan.climate.slowNode == nil
        if !isShort || !isUsual || now - witnesses[seat].pausedLast < .seconds(5) { excuse(until: fault.lasts) }
        witnesses[seat].pausedLast = fault.end
    }

    /// Two nodes cannot reach each other. As long as no others are in trouble and a third and a fourth reach both,
    /// nobody dies of it.
    private func blocked(_ one: Int, _ other: Int, until end: Time, at now: Time) {
        let pair = [min(one, other), max(one, other)]
        let isAlone = blockedPair == pair || blockedUntil < now - Self.aftermath
        if !isAlone || witnesses.count(where: \.isRunning) < 4 { excuse(until: end) }
        blockedPair = pair
        blockedUntil = max(blockedUntil, end == Time.max ? end - Self.aftermath : end)
    }

    private func excuse(until end: Time) {
        excusedUntil = max(excusedUntil, end == Time.max ? end : end + Self.aftermath)
    }

    // MARK: - Processes

    func started(_ node: SimulatedNode, at now: Time) {
        witnesses[node.seat] = Witness(isRunning: true, incarnation: node.incarnation)
        owners[node.incarnation] = node.seat
    }

    func renewed(_ node: SimulatedNode, from old: Incarnation, at now: Time) {
        if !buried.contains(old) {
            fail(.identity, node.seat, "takes a new incarnation though nobody called \(old) dead (S14)", at: now)
        }
        owners[node.incarnation] = node.seat
        witnesses[node.seat].incarnation = node.incarnation
        witnesses[node.seat].mustDoubt = false
        if hearing.contains(old) { hearing.insert(node.incarnation) }
        if heard.contains(old) { heard.insert(node.incarnation) }
    }

    /// The process stood still and goes on.
    func wentOn(_ node: SimulatedNode, after span: Time, at now: Time) {
        let seat = node.seat
        let patience = Time(plan.climate.membership.pauseTime)
        guard span > patience + patience / 10, witnesses[seat].isServing, (witnesses[seat].view?.members.count ?? 0) > 1
        else { return }
        witnesses[seat].mustDoubt = true
    }

    /// A call had its effect on a node.
    func executed(on seat: Int, at now: Time) {
        guard witnesses[seat].standing == .unsure || witnesses[seat].mustDoubt else { return }
        fail(.standing, seat, "executes a call though it does not know whether it is a member", at: now)
    }

    func ended(_ node: SimulatedNode, at now: Time, wasTold: Bool) {
        witnesses[node.seat].isRunning = false
        witnesses[node.seat].endedAt = now
    }

    func exited(_ node: SimulatedNode, at now: Time) {
        let witness = witnesses[node.seat]
        if witness.wasAskedToLeave { goneWell[node.incarnation] = now }
        witnesses[node.seat].isRunning = false
        witnesses[node.seat].hasLeft = true
        witnesses[node.seat].endedAt = now
    }

    func admitted(_ greeting: Greeting, by node: SimulatedNode, at now: Time) {
        if greeting.node == node.name {
            fail(.identity, node.seat, "a connection to a node of the own name was admitted (S14)", at: now)
        }
    }

    /// Whether the process of an incarnation runs under it.
    func isAlive(_ incarnation: Incarnation) -> Bool {
        guard let seat = owners[incarnation] else { return false }
        return witnesses[seat].isRunning && witnesses[seat].incarnation == incarnation
    }
}

extension Planned {
    /// When it is over; `Time.max` if it does not end by itself.
    var lasts: Time {
        switch fault {
        case .vanish(_, nil), .pause(_, nil), .cut(_, _, _, nil), .split(_, nil), .reject(_, _, nil): Time.max
        default: end
        }
    }
}
