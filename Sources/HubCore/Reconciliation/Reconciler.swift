// SPDX-License-Identifier: Apache-2.0

/// Compares what should run with what runs, for one child: level-triggered, so that nothing depends on one message
/// arriving. Every node decides for itself what it does about its own instance.
package enum Reconciler {
    package static func order(for child: ChildFacts) -> ReconcileOrder {
        guard case .running(let policy, let isNew) = child.wish else { return withoutWish(child.own) }
        switch child.own {
        case .nothing: return begin(child, policy, isNew)
        case .idle(let epoch): return idle(child, epoch)
        case .starting(let epoch): return starting(child, epoch)
        case .running(let epoch, let version, let met): return running(child, epoch, version, met)
        case .ending: return .nothing
        case .held: return held(child)
        case .moved(let target, let epoch): return moved(child, to: target, epoch)
        }
    }

    private static func withoutWish(_ own: OwnFact) -> ReconcileOrder {
        switch own {
        case .nothing, .ending: .nothing
        case .idle, .moved: .withdraw
        case .starting, .running, .held: .end(.stopped)
        }
    }

    /// Nothing of it is here: it is started if it was committed to this node, or if nobody has it and this is its owner.
    private static func begin(_ child: ChildFacts, _ policy: RestartPolicy, _ isNew: Bool) -> ReconcileOrder {
        if child.takesIn, let epoch = committed(child) { return .begin(.move, epoch: epoch) }
        guard child.serves, child.mayStart || isNew, child.rivals.isEmpty, child.owner == child.node else {
            return .nothing
        }
        if policy == .temporary, !isNew { return child.isOnStranger ? .nothing : .endWish }  // no way back from that
        return .begin(isNew ? .start : .failover, epoch: nil)
    }

    /// The epoch under which a source gave the child to this node, unless it is elsewhere since.
    private static func committed(_ child: ChildFacts) -> Epoch? {
        var highest: Epoch?
        for rival in child.rivals {
            switch rival.copy.status {
            case .moved(let target, let epoch) where target == child.node: highest = max(highest ?? .none, epoch)
            default: break
            }
        }
        guard let highest else { return nil }
        let isElsewhere = child.rivals.contains { holds($0.copy) && $0.copy.epoch >= highest }
        return isElsewhere ? nil : highest
    }

    /// Whether the copy is one that runs or is about to.
    private static func holds(_ copy: Copy) -> Bool {
        switch copy.status {
        case .active, .moving, .starting, .idle: true
        case .moved, .prepared, .passive: false
        }
    }

    /// It has not begun, or ended and waits: whoever runs it has precedence, then the higher epoch.
    private static func idle(_ child: ChildFacts, _ epoch: Epoch) -> ReconcileOrder {
        let isGiven = committed(child) != nil
        for rival in child.rivals where !isGiven || rival.copy.epoch > epoch {
            switch rival.copy.status {
            case .active, .moving, .starting: return .withdraw
            case .idle where rival.copy.epoch > epoch: return .withdraw
            case .idle, .moved, .prepared, .passive: break
            }
        }
        return leave(child)
    }

    /// Whoever runs it has precedence, unless it was given to this node since: then the two meet once it runs here.
    private static func starting(_ child: ChildFacts, _ epoch: Epoch) -> ReconcileOrder {
        let isGiven = committed(child) != nil
        for rival in child.rivals where !isGiven || rival.copy.epoch > epoch {
            switch rival.copy.status {
            case .active: return .end(.superseded(Route(node: rival.node, epoch: rival.copy.epoch)))
            case .starting where rival.copy.epoch > epoch:
                return .end(.superseded(Route(node: rival.node, epoch: rival.copy.epoch)))
            default: break
            }
        }
        return .nothing
    }

    /// Two that are active meet: the survivor of the copy rule goes on under a new epoch, the other ends at once.
    private static func running(
        _ child: ChildFacts, _ epoch: Epoch, _ version: UInt64, _ met: Epoch
    ) -> ReconcileOrder {
        let own = RankedCopy(node: child.node, epoch: epoch, version: version)
        var highest = met
        for rival in child.rivals where rival.copy.status == .active {
            let other = RankedCopy(node: rival.node, epoch: rival.copy.epoch, version: rival.copy.version)
            guard CopyRule.survivor(of: own, other) == own else {
                return .end(.superseded(Route(node: rival.node, epoch: rival.copy.epoch)))
            }
            highest = max(highest, rival.copy.epoch)
        }
        return highest > met ? .renew(met: highest) : leave(child)
    }

    private static func leave(_ child: ChildFacts) -> ReconcileOrder {
        guard child.movesToOwner, let owner = child.owner, owner != child.node else { return .nothing }
        return .move(to: owner)
    }

    /// A life of this node was declared dead: what nobody else took goes on, also on a node that leaves, which can move it
    /// then.
    private static func held(_ child: ChildFacts) -> ReconcileOrder {
        if let rival = child.rivals.first(where: { holds($0.copy) }) {
            return .end(.superseded(Route(node: rival.node, epoch: rival.copy.epoch)))
        }
        return child.mayGoOn ? .renew(met: nil) : .nothing
    }

    /// It was given to another node: the record stays until it runs there, or somewhere else since.
    private static func moved(_ child: ChildFacts, to target: NodeName, _ epoch: Epoch) -> ReconcileOrder {
        let hasArrived = child.rivals.contains { rival in
            switch rival.copy.status {
            case .active, .moving, .idle: rival.copy.epoch >= epoch
            case .moved(_, let later): later > epoch
            case .starting, .prepared, .passive: false
            }
        }
        return hasArrived ? .arrived : .nothing
    }
}
