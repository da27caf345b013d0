// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// Callers and processes on the simulated nodes: they run the shipped halves of a call, over connections that break.
///
/// Until something decides where processes are, this does by hand what a registry would: it gives each child a host,
/// moves it now and then, starts it afresh when its host is gone, and tells the nodes so, each in its own time.
final class CallWorld {
    /// Where a child is; its epochs only grow.
    struct Child {
        var route: Route
        var seat: Int
        /// It is to move there as soon as no turn runs.
        var target: Int?
    }

    static let hub: HubID = "calls"
    static let interval: Time = .milliseconds(250)

    @exclusivity(unchecked) private(set) var children: [Child] = []
    @exclusivity(unchecked) private var residents: [CallResident?]
    @exclusivity(unchecked) private var chance: SeededGenerator
    @exclusivity(unchecked) private var lastEpoch: UInt64 = 0
    private let plan: Plan
    @exclusivity(unchecked) var history = CallHistory()
    @exclusivity(unchecked) private(set) var ended: UInt64 = 0
    @exclusivity(unchecked) var steps: [CallStep] = []
    /// The nodes on which turns had their effects, since somebody looked.
    @exclusivity(unchecked) var executedOn: [Int] = []

    init(_ plan: Plan) {
        self.plan = plan
        chance = Chance.callers.stream(of: plan.seed)
        residents = Array(repeating: nil, count: plan.seats)
    }

    static func name(_ child: Int) -> ChildID { ChildID("child-\(child)") }
    static func child(_ name: ChildID) -> Int? { Int(name.rawValue.dropFirst(6)) }

    func resident(of node: SimulatedNode) -> any Resident {
        let resident = CallResident(
            seat: node.seat, name: node.name, incarnation: node.incarnation, world: self,
            callers: node.seat < plan.nodes ? plan.climate.callers : 0, seed: chance.next())
        residents[node.seat] = resident
        return resident
    }

    /// The process of a seat ended, and with it the callers and children there.
    func died(_ seat: Int) {
        residents[seat]?.abandon()
        residents[seat] = nil
    }

    func note(_ number: Int, _ end: CallHistory.End) {
        ended += 1
        history.end(number, end)
    }

    /// The turn of a call had its effect on a node.
    func execute(_ number: Int, on seat: Int) {
        history.execute(number)
        executedOn.append(seat)
    }

    /// Who is silent for longer may have been stopped.
    var patience: Duration { plan.climate.membership.pauseTime }
    var childCount: Int { children.count }
    func routing(_ child: Int) -> Route { children[child].route }

    /// At the end of everything: whoever still waits waits for ever.
    func finish(at now: Time, judge: Judge) {
        for resident in residents.compactMap({ $0 }) {
            if let late = resident.oldestOverdue { judge.fail(.endless, resident.seat, late, at: now) }
        }
    }
}

// MARK: - The hand that places

extension CallWorld {
    /// Looks after the children, and tells nodes where they are.
    ///
    /// - Returns: the seats that are told something.
    func look(isUp: (Int) -> Bool) -> [Int] {
        if children.isEmpty { return create(isUp) }
        for child in children.indices {
            let seat = children[child].seat
            if residents[seat]?.hosts(child) != true { replace(child, isUp) }
            if let target = children[child].target { move(child, to: target, isUp) }
            if children[child].target == nil, chance.below(40) == 0 {
                children[child].target = chance.index(below: plan.nodes)
            }
        }
        return residents.indices.filter { residents[$0] != nil && chance.below(3) > 0 }
    }

    private func create(_ isUp: (Int) -> Bool) -> [Int] {
        guard (0..<plan.nodes).contains(where: isUp) else { return [] }
        for child in 0..<min(6, plan.nodes + 1) {
            children.append(Child(route: Route(node: "", epoch: .none), seat: child % plan.nodes))
            replace(child, isUp)
        }
        return []
    }

    private func mint() -> Epoch {
        lastEpoch += 1
        return Epoch(Stamp(time: lastEpoch, incarnation: Incarnation(rawValue: 1)))
    }

    /// Its host is gone: the child starts afresh elsewhere, under a new epoch.
    private func replace(_ child: Int, _ isUp: (Int) -> Bool) {
        let candidates = (0..<plan.nodes).filter { residents[$0] != nil && isUp($0) }
        guard !candidates.isEmpty else { return }
        let seat = chance.pick(candidates)
        let epoch = mint()
        residents[seat]?.activate(child, Gate(epoch: epoch))
        children[child].seat = seat
        children[child].target = nil
        children[child].route = Route(node: Seats.name(seat), epoch: epoch)
    }

    /// Seals the child and takes it over once no turn runs; the old host redirects from then on.
    private func move(_ child: Int, to target: Int, _ isUp: (Int) -> Bool) {
        let seat = children[child].seat
        guard target != seat, isUp(target), isUp(seat), let new = residents[target], let old = residents[seat] else {
            children[child].target = nil
            residents[seat]?.reopen(child)
            return
        }
        guard let copy = old.seal(child) else { return }
        let epoch = mint()
        let route = Route(node: Seats.name(target), epoch: epoch)
        new.activate(child, Gate(continuing: copy, under: epoch, as: .unbroken))
        new.reopen(child)
        old.giveAway(child, to: route)
        steps.append(.moved)
        children[child] = Child(route: route, seat: target)
    }
}
