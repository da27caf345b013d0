// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// The hubs of one simulated process, as the shipped shell runs them: each on a machine of its own, fed by the node's.
final class HubResident: Resident {
    /// Unsafe, as those of ``HostedHub`` are: nodes and world outlive what runs in them.
    private unowned(unsafe) let node: SimulatedNode
    /// It keeps its residents, and is not kept by them: else no world would ever be let go.
    private unowned(unsafe) let world: HubWorld
    /// In the order of their ids.
    @exclusivity(unchecked) private(set) var hubs: [HostedHub] = []
    @exclusivity(unchecked) private var view: MemberView?
    @exclusivity(unchecked) private var links: [(peer: NodeName, incarnation: Incarnation)] = []
    @exclusivity(unchecked) private var isLeaving = false
    /// When a drain has had its time; `nil` unless the node is to leave after it.
    @exclusivity(unchecked) private var leavesAt: Instant?
    @exclusivity(unchecked) private var isStopping = false
    /// The highest number of an operation of a hub that was stopped.
    @exclusivity(unchecked) private var lastOperation: UInt64 = 0
    /// Of hubs that were stopped.
    @exclusivity(unchecked) private var clocks: [HubID: StampClock] = [:]

    init(_ node: SimulatedNode, world: HubWorld) {
        self.node = node
        self.world = world
    }

    subscript(id: HubID) -> HostedHub? { hubs.first { $0.id == id } }

    var nextTick: Instant? {
        var next = leavesAt?.nanoseconds ?? .max
        for hub in hubs { next = min(next, hub.nextTick) }
        return next == .max ? nil : Instant(nanoseconds: next)
    }

    func handle(_ event: ResidentEvent, at now: Instant, into orders: inout [ResidentOrder]) {
        switch event {
        case .viewChanged(let view):
            self.view = view
            for hub in hubs { see(view, hub) }
        case .linkUp(let peer, let incarnation):
            links.removeAll { $0.peer == peer }
            links.append((peer, incarnation))
            for hub in hubs { hub.post(.linkUp(peer, incarnation)) }
        case .linkDown(let peer, _): links.removeAll { $0.peer == peer }
        case .hubOrder(let order): obey(order, at: now)
        case .timePassed: drive(at: now, into: &orders)
        case .renewed, .frame, .told: break
        }
    }

    private func drive(at now: Instant, into orders: inout [ResidentOrder]) {
        for hub in hubs {
            guard hub.nextTick <= now.nanoseconds else { continue }
            hub.drive(at: now)
            if hub.orders.isEmpty { continue }
            if orders.isEmpty { swap(&orders, &hub.orders) } else { orders += hub.orders }
            if !hub.orders.isEmpty { hub.orders.removeAll(keepingCapacity: true) }
        }
        leaveIfDrained(at: now, into: &orders)
    }

    /// Members that run the hub, this node among them.
    private func see(_ view: MemberView, _ hub: HostedHub) {
        var own = view
        own.members = view.members.filter { $0.hubs.contains(hub.id) }
        // A hub that was just started is not yet in the node's own statement.
        if view.standing == .serving, own[node.name] == nil { return }
        hub.see(own)
    }

    /// The process ended, and everything with it.
    func abandon() {
        for hub in hubs { world.forget(hub) }
        hubs = []
    }
}

// MARK: - Orders

extension HubResident {
    private func obey(_ order: HubOrder, at now: Instant) {
        switch order {
        case .start(let id): start(id, at: now)
        case .stop(let id):
            guard let place = hubs.firstIndex(where: { $0.id == id }) else { return }
            lastOperation = max(lastOperation, hubs[place].lastOperation)
            clocks[id] = hubs[place].machine.clock
            world.forget(hubs.remove(at: place))
        case .drain: drain(at: now)
        case .leave:
            if isLeaving { return }
            isLeaving = true
            drain(at: now)
            leavesAt = hubs.isEmpty ? now : now.advanced(by: world.plan.climate.hubs.drainDeadline)
        case .request(let number):
            // A hub that had nothing to do for a while has an old notion of the time.
            for hub in hubs { hub.now = max(hub.now, now) }
            world.request(number, of: hubs)
        }
    }

    private func start(_ id: HubID, at now: Instant) {
        guard self[id] == nil, !isLeaving else { return }
        let hub = HostedHub(
            id, node: node, life: world.newLife(), world: world, seed: world.chance.next(), clock: clocks[id])
        hub.now = now
        hub.lastOperation = lastOperation
        hub.beginRequests()
        hubs.append(hub)
        hubs.sort { $0.id < $1.id }
        for (peer, incarnation) in links { hub.post(.linkUp(peer, incarnation)) }
        if let view { see(view, hub) }
    }

    private func drain(at now: Instant) {
        for hub in hubs { hub.askToDrain(at: now) }
    }

    /// First everything moves off, then what is left ends, then the node leaves.
    private func leaveIfDrained(at now: Instant, into orders: inout [ResidentOrder]) {
        guard let due = leavesAt, now >= due || hubs.allSatisfy(\.hasDrained) else { return }
        if !isStopping {
            isStopping = true
            for hub in hubs { hub.stopAll() }
            leavesAt = now.advanced(by: Limits.childShutdown)
        }
        guard now >= leavesAt ?? now || hubs.allSatisfy(\.instances.isEmpty) else { return }
        leavesAt = nil
        for hub in hubs { world.forget(hub) }
        hubs = []
        orders.append(.leave)
    }
}

extension HostedHub {
    /// The shell's patience begins now; on a busy process the machine hears of it a little later, and so is late to stop
    /// what is left.
    func askToDrain(at now: Instant) {
        let delay: Time = chance.below(2) == 0 ? 0 : chance.within(0...(.milliseconds(50)))
        errands.add(.drains, at: now.nanoseconds + delay)
    }

    func see(_ view: MemberView) {
        if let old = self.view, old.members.count < view.members.count {
            smallerView = (
                min(old.members.count, smallerView.until > world.now ? smallerView.count : .max),
                world.now + .seconds(3)
            )
        }
        self.view = view
        viewChangedAt = world.now
        post(.viewChanged(view))
    }
}
