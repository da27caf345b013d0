// SPDX-License-Identifier: Apache-2.0

// From a new connection to its admission.

extension LinkMachine {
    /// A connection was accepted. The oldest unfinished one makes room for it, so that a flood never shuts peers out.
    package mutating func accepted(_ id: LinkID) -> [LinkAction] {
        links[id] = LinkRecord(id: id, lane: .main)
        guard !isLeaving else { return [refuse(id, .leaving)] }
        unfinished.append(id)
        guard unfinished.count > limits.pendingHandshakes else { return [] }
        return [close(unfinished[0], .evicted)]
    }

    /// A dialed connection stands, with TLS where there is TLS.
    package mutating func established(_ id: LinkID) -> [LinkAction] {
        guard let link = links[id], id.isDialed, link.state == .opening else { return [] }
        let others = link.node.map(mainLinks(of:)) ?? []
        if link.lane == .main, others.contains(where: { $0.id != id && ($0.isUp || $0.state == .waiting) }) {
            return [close(id, .duplicate)]
        }
        let claimed = link.lane == .main ? link.node.flatMap { peers[$0]?.floor } ?? 0 : 0
        links[id]?.state = .greeted
        links[id]?.claimed = claimed
        return [.greet(id, generation: claimed)]
    }

    /// The peer's hello came and is valid. `host` is where an accepted connection comes from.
    package mutating func offered(
        _ id: LinkID, _ greeting: Greeting, from host: String?, at now: Instant
    ) -> [LinkAction] {
        guard let link = links[id], link.state == (id.isDialed ? .greeted : .opening) else { return [] }
        if greeting.node == node {
            return meetOwnName(id, greeting)
        }
        guard hasRoom(for: greeting.node) else { return [refuse(id, .busy)] }
        var told = LinkRecord(id: id, lane: greeting.lane, state: .waiting, node: greeting.node)
        told.incarnation = greeting.incarnation
        told.claimed = id.isDialed ? link.claimed : greeting.generation
        told.generation = max(link.claimed, greeting.generation)
        links[id] = told
        note(told, greeting, from: host)
        return decide(id, at: now)
    }

    /// The dialer of an answered connection sent its first frame.
    package mutating func confirmed(_ id: LinkID, at now: Instant) -> [LinkAction] {
        guard links[id]?.state == .answered else { return [] }
        return [admit(id, at: now)] + answered(id, at: now)
    }

    /// A challenged connection answered: it keeps its name.
    package mutating func answered(_ id: LinkID, at now: Instant) -> [LinkAction] {
        guard let link = links[id], link.isUp, let peer = link.node,
            challenges.contains(where: { $0.link == id })
        else { return [] }
        challenges.removeAll { $0.link == id }
        var actions: [LinkAction] = []
        for other in mainLinks(of: peer) where other.state == .waiting {
            actions +=
                other.incarnation == link.incarnation ? decide(other.id, at: now) : [refuse(other.id, .nameTaken)]
        }
        return actions
    }

    /// The living peer goes on under a new incarnation.
    package mutating func announced(_ id: LinkID, _ incarnation: Incarnation) {
        guard let link = links[id], link.isUp, let peer = link.node else { return }
        for other in peers[peer]?.links ?? [] where links[other]?.incarnation == link.incarnation {
            links[other]?.incarnation = incarnation
        }
    }
}

extension LinkMachine {
    private mutating func meetOwnName(_ id: LinkID, _ greeting: Greeting) -> [LinkAction] {
        let isSelf = greeting.incarnation == incarnation
        if isSelf, let index = targets.firstIndex(where: { $0.state == .dialing(id) }) { targets[index].isOwn = true }
        return [refuse(id, isSelf ? .ownAddress : .ownName)]
    }

    private mutating func hasRoom(for peer: NodeName) -> Bool {
        if peers[peer] != nil { return true }
        if peers.count >= limits.peers {
            let wanted = Set(targets.compactMap(\.node))
            peers = peers.filter { !$0.value.links.isEmpty || wanted.contains($0.key) }
        }
        return peers.count < limits.peers
    }

    private mutating func note(_ link: LinkRecord, _ greeting: Greeting, from host: String?) {
        var peer = peers[greeting.node] ?? PeerRecord()
        if !peer.links.contains(link.id) { peer.links.append(link.id) }
        if let index = targets.firstIndex(where: { $0.state == .dialing(link.id) }) {
            targets[index].node = greeting.node
            peer.address = targets[index].address
        } else if let host, greeting.port > 0 {
            peer.address = PeerAddress(host: host, port: greeting.port)
        }
        peers[greeting.node] = peer
    }

    /// What to do with a connection whose hello is valid; asked again when what it waited for has happened.
    mutating func decide(_ id: LinkID, at now: Instant) -> [LinkAction] {
        guard let link = links[id], link.state == .waiting, let peer = link.node else { return [] }
        if link.lane == .bulk { return decideBulk(link, peer, at: now) }
        let others = mainLinks(of: peer).filter { $0.id != id }
        if others.contains(where: { $0.state == .closing && $0.wasUp }) { return [] }
        if let rival = others.first(where: { $0.isUp && $0.incarnation != link.incarnation }) {
            return challenge(rival.id, at: now)
        }
        return id.isDialed ? decideDialed(link, peer, others, at: now) : decideAccepted(link, peer, others)
    }

    private mutating func challenge(_ id: LinkID, at now: Instant) -> [LinkAction] {
        guard !challenges.contains(where: { $0.link == id }) else { return [] }
        challenges.append(NameChallenge(link: id, ends: now.advanced(by: limits.nameClashAnswer)))
        return [.challenge(id)]
    }

    /// The dialer has the last word: whatever it admits, its peer admits.
    private mutating func decideDialed(
        _ link: LinkRecord, _ peer: NodeName, _ others: [LinkRecord], at now: Instant
    ) -> [LinkAction] {
        let isSurplus = others.contains {
            $0.state == .admitted || ($0.state == .answered && isHigher($0, than: link, peer))
        }
        guard !isSurplus, link.generation >= peers[peer]?.floor ?? 0 else { return [refuse(link.id, .duplicate)] }
        let lower = others.filter { $0.state == .answered }.map { refuse($0.id, .duplicate) }
        peers[peer]?.floor = link.generation
        return lower + [admit(link.id, at: now)]
    }

    private mutating func decideAccepted(
        _ link: LinkRecord, _ peer: NodeName, _ others: [LinkRecord]
    ) -> [LinkAction] {
        if let older = others.first(where: \.isUp) {
            let known = older.state == .admitted ? older.generation : older.claimed
            return [link.claimed > known ? close(older.id, .replaced) : refuse(link.id, .duplicate)]
        }
        let generation = max(link.claimed, peers[peer]?.floor ?? 1)
        peers[peer]?.floor = generation
        return [answer(link.id, generation: generation)]
    }

    private mutating func decideBulk(_ link: LinkRecord, _ peer: NodeName, at now: Instant) -> [LinkAction] {
        guard mainLinks(of: peer).contains(where: { $0.isUp && $0.incarnation == link.incarnation }) else {
            return [refuse(link.id, .noMainConnection)]
        }
        if link.id.isDialed { return [admit(link.id, at: now)] }
        let older = links(of: peer, .bulk).filter { !$0.id.isDialed && $0.isUp }
        return older.map { close($0.id, .replaced) } + [answer(link.id, generation: link.claimed)]
    }

    private mutating func answer(_ id: LinkID, generation: UInt64) -> LinkAction {
        links[id]?.state = .answered
        links[id]?.generation = generation
        links[id]?.wasUp = true
        return .answer(id, generation: generation)
    }

    private mutating func admit(_ id: LinkID, at now: Instant) -> LinkAction {
        links[id]?.state = .admitted
        links[id]?.wasUp = true
        links[id]?.admittedAt = now
        unfinished.removeAll { $0 == id }
        if let index = targets.firstIndex(where: { $0.state == .dialing(id) }) { targets[index].state = .resting }
        return .admit(id)
    }

    /// The order of connections of one pair, the same on both ends.
    private func isHigher(_ left: LinkRecord, than right: LinkRecord, _ peer: NodeName) -> Bool {
        guard left.generation == right.generation else { return left.generation > right.generation }
        return (left.id.isDialed ? node : peer) < (right.id.isDialed ? node : peer)
    }
}
