// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// One hub of a cluster in which all has been well for a while: who runs what, and what everybody knows of it.
struct HubInspection {
    private let id: HubID
    private let world: World
    private let bounds: Bounds
    private let hubs: HubWorld
    /// Every life of it.
    private let all: [HostedHub]
    /// Those that serve, in the order of their seats.
    private let serving: [HostedHub]
    /// Those that take children.
    private let takers: [HostedHub]

    init(_ id: HubID, _ world: World, _ bounds: Bounds) {
        self.id = id
        self.world = world
        self.bounds = bounds
        hubs = world.hubs ?? HubWorld(world.plan, meddler: nil)
        all = hubs.hubs(of: id)
        let living = all.filter { !world.nodes[$0.seat].isPaused(at: world.now) }
        serving = living.filter { $0.view?.standing == .serving }
        takers = serving.filter { hub in
            living.allSatisfy { $0.view?[hub.name]?.service == .inService }
        }
    }

    /// Children of which nothing was asked for so long that nothing of it goes on.
    private func isQuiet(_ child: ChildID) -> Bool {
        guard let record = hubs.wishes[HubChild(hub: id, child: child)] else { return true }
        return record.pending == 0 && record.touched <= world.now - bounds.hubs
    }

    func check() {
        for hub in serving { hub.hooks.check(hub) }
        for child in children() where isQuiet(child) {
            guard let wish = checkWish(child) else { return }
            if !hubs.isMoving(child, of: id) { checkRunning(child, wish) }
        }
    }

    /// All that anybody knows or runs, in a fixed order.
    private func children() -> [ChildID] {
        var known: Set<ChildID> = []
        for hub in serving {
            for child in hub.open.keys { known.insert(child) }
            // A walk counts as work, which is none of the machine's.
            var registry = hub.machine.registry
            var (index, steps) = (UInt32(0), Int.max)
            while let slot = registry.nextSlot(from: &index, steps: &steps) { known.insert(registry.id(of: slot)) }
        }
        return known.sorted()
    }

    struct Known: Hashable {
        var desired: Desired
        var stamp: Stamp
        var restart: RestartPolicy
        var behaviour: Behaviour
    }

    /// What is wished, if everybody says the same.
    private func checkWish(_ child: ChildID) -> Known?? {
        var first: (hub: HostedHub, known: Known?)?
        for hub in serving {
            let known = hub.look { Self.known(child, $0.registry) }
            checkPromises(child, known, hub)
            guard let other = first else {
                first = (hub, known)
                continue
            }
            // A tombstone that somebody has collected and another one not yet are one thing.
            if other.known == known || (other.known?.desired != .running && known?.desired != .running) { continue }
            hub.complain(
                .placement,
                "\(child) is \(Self.words(known)) here and \(Self.words(other.known)) on \(other.hub.name) (L1)")
            return nil
        }
        return .some(first?.known ?? nil)
    }

    private static func words(_ known: Known?) -> String { known.map { "\($0.desired) at \($0.stamp)" } ?? "unknown" }

    private static func known(_ child: ChildID, _ registry: borrowing Registry) -> Known? {
        guard let slot = registry.peek(child), let desired = registry.desired(of: slot) else { return nil }
        let kind = registry.kind(of: slot) ?? Behaviour.ok.kind
        return Known(
            desired: desired, stamp: registry.stamp(of: slot), restart: registry.restart(of: slot),
            behaviour: Behaviour(kind))
    }

    /// S8 and S9: what callers were told.
    private func checkPromises(_ child: ChildID, _ known: Known?, _ hub: HostedHub) {
        guard let record = hubs.wishes[HubChild(hub: id, child: child)] else { return }
        if let running = record.running, survives(running), known?.desired != .running {
            hub.complain(.wishes, "\(child) was started, and is \(Self.words(known)) (S8)")
        }
        if let stopped = record.stopped, survives(stopped), known?.desired == .running {
            hub.complain(.resurrection, "\(child) was stopped, and is \(Self.words(known)) (S9)")
        }
    }

    private func survives(_ certain: WishBook.Certain) -> Bool {
        all.contains { certain.lives.contains($0.life) }
    }

    // MARK: - What runs

    private func checkRunning(_ child: ChildID, _ wish: Known?) {
        var hosts: [(hub: HostedHub, epoch: Epoch)] = []
        for hub in all {
            guard let number = hub.open[child], let instance = hub.instances[number] else { continue }
            hosts.append((hub, instance.id.epoch))
        }
        if let wish, wish.desired == .running { return checkWished(child, wish, hosts) }
        guard let host = hosts.first else { return checkRows(child, []) }
        host.hub.complain(.orphan, "\(child) runs and is not wished for (S11)")
    }

    private func checkWished(_ child: ChildID, _ wish: Known, _ hosts: [(hub: HostedHub, epoch: Epoch)]) {
        if hosts.count > 1 {
            let names = hosts.map { "\($0.hub.name)@\($0.epoch)" }.joined(separator: " ")
            return hosts[0].hub.complain(.placement, "\(child) runs \(hosts.count) times: \(names) (L1)")
        }
        guard wish.behaviour.isSteady, !all.contains(where: \.isAuthorityLost) else { return }
        let canRun = takers.contains { wish.behaviour.canRun(on: $0.seat) }
        guard let host = hosts.first else {
            if canRun { takers[0].complain(.placement, "\(child) is wished for and runs nowhere (L1)") }
            return
        }
        checkPlace(child, host.hub)
        // What a damped node hosts stays.
        if canRun, host.hub.view?[host.hub.name]?.service == .draining {
            host.hub.complain(.orphan, "\(child) runs on a node that drains (S11)")
        }
        checkRows(child, [Route(node: host.hub.name, epoch: host.epoch)])
    }

    /// S11: it runs where its host itself thinks that it belongs. What a damped node owns once it is damped no more begins
    /// to move then, long after the last trouble.
    private func checkPlace(_ child: ChildID, _ host: HostedHub) {
        guard host.settings.parallelMoves >= 64,
            host.viewChangedAt <= world.now - (bounds.hubs - bounds.agreement)
        else { return }
        guard let owner = host.machine.home(of: child), owner != host.name else { return }
        host.complain(.orphan, "\(child) runs here and belongs to \(owner) (S11)")
    }

    /// S12: what readers find.
    private func checkRows(_ child: ChildID, _ hosts: [Route]) {
        for hub in serving {
            switch hub.rows[child] {
            case .wished(_, _, _, let seen) where seen != hosts:
                let words = seen.map { "\($0.node)@\($0.epoch)" }.joined(separator: " ")
                hub.complain(
                    .lookup, "readers find \(child) on \(words), and it runs on \(hosts.first?.node ?? "none") (S12)")
            case nil where !hosts.isEmpty: hub.complain(.lookup, "readers do not know \(child), which runs (S12)")
            default: break
            }
        }
    }
}
