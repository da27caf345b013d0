// SPDX-License-Identifier: Apache-2.0

/// Decides about a node's connections: whom to dial and when, which connection of a pair stays, who may have a name.
///
/// Two nodes that dial each other at once keep one connection, and both keep the same: each connection has a key, its
/// *generation* and then its dialer's name, the smaller name being higher. A generation is a promise: who claims it holds
/// no living connection of a lower one with this peer and will admit none, so the listener may drop what it still holds.
/// A listener's answer is provisional until the dialer's first frame; the dialer, who knows both, decides: this way no
/// call is ever sent on a connection that the other end gives up.
package struct LinkMachine: Hashable, Sendable {
    package let node: NodeName
    package private(set) var incarnation: Incarnation
    let limits: LinkLimits
    var generator: SeededGenerator
    var targets: [DialTarget] = []
    var peers: [NodeName: PeerRecord] = [:]
    var links: [LinkID: LinkRecord] = [:]
    /// Accepted and not admitted, the oldest first.
    var unfinished: [LinkID] = []
    var challenges: [NameChallenge] = []
    private var lastDial: UInt64 = 0
    package private(set) var isLeaving = false

    package init(node: NodeName, incarnation: Incarnation, limits: LinkLimits = LinkLimits(), seed: UInt64) {
        self.node = node
        self.incarnation = incarnation
        self.limits = limits
        generator = SeededGenerator(seed: seed)
    }

    package func knows(_ id: LinkID) -> Bool { links[id] != nil }

    /// When ``tick(at:)`` has something to do next.
    package var nextTick: Instant? { findTick() }

    /// ``nextTick``, for who asks after every event: where the machine lies.
    package mutating func pulse() -> Instant? { findTick() }

    private func findTick() -> Instant? {
        var earliest: Instant?
        for challenge in challenges { Instant.lower(&earliest, to: challenge.ends) }
        for target in targets {
            if case .waiting(let until) = target.state { earliest = min(earliest ?? until, until) }
        }
        return isLeaving ? nil : earliest
    }
}

// MARK: - What the node wants

extension LinkMachine {
    /// Adds an address that may lead to other nodes; it is dialed until it is removed.
    package mutating func add(seed address: PeerAddress, at now: Instant) -> [LinkAction] {
        guard !targets.contains(where: { $0.isSeed && $0.address == address }), hasRoomForTarget else { return [] }
        targets.append(
            DialTarget(address: address, node: nil, isSeed: true, lane: .main, state: .waiting(until: now)))
        return tick(at: now)
    }

    /// Dials the address no more; what is open to whoever is there stays.
    package mutating func remove(seed address: PeerAddress) {
        targets.removeAll { $0.isSeed && $0.address == address }
    }

    /// Dials a node by name, for ever; a new address replaces the old one.
    package mutating func want(_ peer: NodeName, at address: PeerAddress, now: Instant) -> [LinkAction] {
        guard peer != node else { return [] }
        if let index = targets.firstIndex(where: { !$0.isSeed && $0.lane == .main && $0.node == peer }) {
            targets[index].address = address
        } else if hasRoomForTarget {
            targets.append(
                DialTarget(address: address, node: peer, isSeed: false, lane: .main, state: .waiting(until: now)))
        }
        return tick(at: now)
    }

    /// The node is no member any more: it is dialed no longer, and what is open to this life of it is closed. Seeds go on
    /// being dialed, whoever is there, and another life of the node keeps what it has.
    package mutating func forget(_ peer: NodeName, _ incarnation: Incarnation) -> [LinkAction] {
        let hasOtherLife = mainLinks(of: peer).contains { link in
            link.incarnation.map { $0 != incarnation } ?? false
        }
        let ended = links(of: peer).filter { link in
            guard link.state != .closing else { return false }
            return link.incarnation == incarnation || (link.incarnation == nil && !hasOtherLife)
        }
        if !hasOtherLife { targets.removeAll { !$0.isSeed && $0.node == peer } }
        return ended.map { close($0.id, .forgotten) }
    }

    /// Whom a connection in the making was dialed for, and where; `nil` for a bulk connection and one that is admitted.
    package func dialed(_ id: LinkID) -> (address: PeerAddress, node: NodeName?)? {
        guard let target = targets.first(where: { $0.state == .dialing(id) && $0.lane == .main }) else { return nil }
        return (target.address, target.isSeed ? nil : target.node)
    }

    /// Opens the bulk connection beside the main one. Does nothing unless there is a main connection and an address.
    package mutating func openBulk(to peer: NodeName, at now: Instant) -> [LinkAction] {
        guard let address = peers[peer]?.address, mainLink(of: peer, where: { $0 == .admitted }) != nil,
            !targets.contains(where: { $0.lane == .bulk && $0.node == peer }), hasRoomForTarget
        else { return [] }
        targets.append(
            DialTarget(address: address, node: peer, isSeed: false, lane: .bulk, state: .waiting(until: now)))
        return tick(at: now)
    }

    /// The living node goes on under a new incarnation.
    package mutating func become(_ incarnation: Incarnation) { self.incarnation = incarnation }

    /// Ends every connection and dials no more.
    package mutating func leave() -> [LinkAction] {
        isLeaving = true
        let open = links.keys.sorted().filter { links[$0]?.state != .closing }
        return open.map { close($0, .shutdown) }
    }

    private var hasRoomForTarget: Bool { targets.count < 3 * limits.peers }
}

// MARK: - Time

extension LinkMachine {
    /// Dials what is due and ends what did not answer in time.
    package mutating func tick(at now: Instant) -> [LinkAction] {
        guard !isLeaving else { return [] }
        var actions: [LinkAction] = []
        for challenge in challenges where challenge.ends <= now {
            actions.append(close(challenge.link, .nameClash))
        }
        for index in targets.indices {
            if case .waiting(let until) = targets[index].state, until <= now { dial(index, &actions) }
        }
        return actions
    }

    private mutating func dial(_ index: Int, _ actions: inout [LinkAction]) {
        let target = targets[index]
        if target.lane == .main, let peer = target.node, !mainLinks(of: peer).isEmpty {
            targets[index].state = .resting
            return
        }
        lastDial += 1
        let id = LinkID(isDialed: true, number: lastDial)
        links[id] = LinkRecord(id: id, lane: target.lane, node: target.node)
        if let peer = target.node { peers[peer, default: PeerRecord()].links.append(id) }
        targets[index].state = .dialing(id)
        actions.append(.dial(id, target.address, expecting: target.node, target.lane))
    }

    /// The target goes on waiting, for a while that grows.
    mutating func postpone(_ index: Int, from now: Instant) {
        let pause = targets[index].backoff.next(
            using: &generator, minimum: limits.dialBackoffMinimum, maximum: limits.dialBackoffMaximum)
        targets[index].state = .waiting(until: now.advanced(by: pause))
    }
}

// MARK: - What links it has

extension LinkMachine {
    func mainLinks(of peer: NodeName) -> [LinkRecord] { links(of: peer, .main) }

    func links(of peer: NodeName, _ lane: LinkLane) -> [LinkRecord] { links(of: peer).filter { $0.lane == lane } }

    func links(of peer: NodeName) -> [LinkRecord] { peers[peer]?.links.compactMap { links[$0] } ?? [] }

    func mainLink(of peer: NodeName, where matches: (LinkRecord.State) -> Bool) -> LinkRecord? {
        mainLinks(of: peer).first { matches($0.state) }
    }

    mutating func close(_ id: LinkID, _ loss: LinkLoss) -> LinkAction {
        end(id)
        return .close(id, loss)
    }

    mutating func refuse(_ id: LinkID, _ reason: HandshakeRefusal.Reason) -> LinkAction {
        end(id)
        return .refuse(id, reason)
    }

    private mutating func end(_ id: LinkID) {
        links[id]?.state = .closing
        unfinished.removeAll { $0 == id }
        challenges.removeAll { $0.link == id }
    }
}
