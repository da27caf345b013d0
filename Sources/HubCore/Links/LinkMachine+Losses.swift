// SPDX-License-Identifier: Apache-2.0

// How connections end.

extension LinkMachine {
    /// The peer refused the connection in words; ``closed(_:at:)`` follows.
    package mutating func refused(_ id: LinkID, _ refusal: HandshakeRefusal) {
        links[id]?.wasRefused = true
        guard let index = targets.firstIndex(where: { $0.state == .dialing(id) }), targets[index].isSeed else { return }
        targets[index].node = refusal.node == node ? nil : refusal.node
        targets[index].isOwn = refusal.reason == .ownAddress && refusal.node == node
    }

    /// The connection is no more, whoever ended it; nothing of it is handed on any more.
    package mutating func closed(_ id: LinkID, at now: Instant) -> [LinkAction] {
        guard let link = links.removeValue(forKey: id) else { return [] }
        unfinished.removeAll { $0 == id }
        challenges.removeAll { $0.link == id }
        release(link, at: now)
        guard let peer = link.node else { return [] }
        peers[peer]?.links.removeAll { $0 == id }
        if link.lane == .main {
            learn(fromLossOf: link, peer)
            wakeTargets(of: peer, after: link, at: now)
        }
        return consequences(of: link, peer, at: now)
    }

    /// The target that dialed it tries again, or rests.
    private mutating func release(_ link: LinkRecord, at now: Instant) {
        guard let index = targets.firstIndex(where: { $0.state == .dialing(link.id) }) else {
            if link.lane == .bulk, link.id.isDialed { targets.removeAll { $0.lane == .bulk && $0.node == link.node } }
            return
        }
        if targets[index].isOwn {
            targets[index].state = .resting
            return
        }
        // The address may lead to another node by now, unless that one just said who it is: then the next dial is meant
        // for it, and claims the generation without which it would be taken for a duplicate.
        if targets[index].isSeed, !link.wasRefused, link.incarnation == nil { targets[index].node = nil }
        postpone(index, from: now)
    }

    /// What this end knows to be dead raises the generation of the next dial.
    private mutating func learn(fromLossOf link: LinkRecord, _ peer: NodeName) {
        let isAlone = mainLinks(of: peer).isEmpty
        switch link.state {
        case .admitted: peers[peer]?.raiseFloor(above: link.generation)
        case .closing where link.admittedAt != nil: peers[peer]?.raiseFloor(above: link.generation)
        case .answered where isAlone && !link.wasRefused: peers[peer]?.raiseFloor(above: link.generation)
        case .greeted where isAlone && !link.wasRefused: peers[peer]?.raiseFloor(above: link.claimed)
        default: break
        }
    }

    /// Without any connection to the peer, whoever knows its address dials again: at once if the connection was a steady
    /// one, so that a process that ended is soon known to have ended; else after a while, so that two nodes which cannot
    /// agree do not do so in haste.
    private mutating func wakeTargets(of peer: NodeName, after link: LinkRecord, at now: Instant) {
        guard mainLinks(of: peer).isEmpty else { return }
        let wasSteady = link.admittedAt.map { $0.duration(to: now) >= limits.steadyLink } ?? false
        for index in targets.indices
        where targets[index].node == peer && targets[index].lane == .main && targets[index].state == .resting {
            if wasSteady {
                targets[index].backoff.reset()
                targets[index].state = .waiting(until: now)
            } else {
                postpone(index, from: now)
            }
        }
    }

    private mutating func consequences(of link: LinkRecord, _ peer: NodeName, at now: Instant) -> [LinkAction] {
        guard link.lane == .main else { return [] }
        var actions: [LinkAction] = []
        if !mainLinks(of: peer).contains(where: \.isUp) {
            targets.removeAll { $0.lane == .bulk && $0.node == peer }
            for bulk in links(of: peer, .bulk) where bulk.state != .closing {
                actions.append(close(bulk.id, .closedByPeer))
            }
        }
        for waiting in mainLinks(of: peer) where waiting.state == .waiting { actions += decide(waiting.id, at: now) }
        return actions
    }
}
