// SPDX-License-Identifier: Apache-2.0

internal import DequeModule

// Who there is to tell, and who holds what this node wished.

extension Registry {
    /// The settled view changed. Copies held by lives that left it count for nothing from now on.
    package mutating func viewChanged(_ view: MemberView, at now: Instant, into actions: inout [RegistryAction]) {
        for place in peers.indices.reversed() {
            let isMember = view[peers[place].name]?.incarnation == peers[place].incarnation
            if peers[place].isMember && !isMember { lose(place) } else { peers[place].isMember = isMember }
        }
        for member in view.members where member.name != node {
            guard peer(member.incarnation) == nil else { continue }
            gone.removeAll { $0 == member.incarnation }
            guard addPeer(member.name, member.incarnation, at: now) != nil else { continue }
            peers[peers.count - 1].isMember = true
        }
        loseFormerLives(isUnheardLater: true)
        // Whoever left may have told some of its wishes to a few only.
        for place in peers.indices where peers[place].isMember { hurryRound(place, at: now) }
        let isAlone = view.standing == .serving && peers.allSatisfy { !$0.isMember }
        becomeReady(if: isAlone, into: &actions)
        if hasWork { actions.append(.continueWork) }
    }

    /// There is a connection to this life of the node. One that was greeted as a life that is over leads to its next life,
    /// which went on with it.
    package mutating func linked(
        _ name: NodeName, _ greeted: Incarnation, at now: Instant, into actions: inout [RegistryAction]
    ) {
        var incarnation = greeted
        if gone.contains(greeted) {
            guard let member = peers.first(where: { $0.name == name && $0.isMember }) else { return }
            incarnation = member.incarnation
        }
        for place in peers.indices where peers[place].name == name {
            peers[place].isSuperseded = peers[place].incarnation != incarnation
        }
        if let place = peer(incarnation), peers[place].isMember { loseStrangers(named: name) }
        guard let place = peer(incarnation) ?? addPeer(name, incarnation, at: now) else { return }
        peers[place].attempts = 0
        peers[place].round = nil
        hurryRound(place, at: now)
        sendAgain(place)
        timePassed(at: now, into: &actions)
    }

    /// This node goes on under a new incarnation: its slice is another life's from now on, with all copies that are in it.
    package mutating func renew(
        _ incarnation: Incarnation, at now: Instant, into actions: inout [RegistryAction]
    ) {
        clock.become(incarnation)
        life = HubLife(node: node, birth: clock.mint(at: now))
        slices[Int(Slice.own)].life = life
        isCaughtUp = false
        for place in peers.indices { restart(place, at: now) }
    }

    /// Whether the member holds the wish as it was written there, or a later one.
    @inline(__always)
    package func holds(_ name: NodeName, _ mark: WishMark) -> Bool {
        peers.indices.contains { peers[$0].isMember && peers[$0].name == name && peers[$0].holds(mark) }
    }

    /// How many members of the view hold the wish, this node among them.
    @inline(__always)
    package func holders(of mark: WishMark) -> Int {
        peers.indices.reduce(1) { $0 + (peers[$1].isMember && peers[$1].holds(mark) ? 1 : 0) }
    }

    /// Whether an exchange with this member was completed in its present life.
    package func isExchanged(with name: NodeName) -> Bool {
        peers.indices.contains { peers[$0].isMember && peers[$0].name == name && peers[$0].isExchanged }
    }

    /// With how many members of the view an exchange was completed in their present lives.
    @inline(__always)
    package var exchangedMembers: Int {
        peers.indices.reduce(0) { $0 + (peers[$1].isMember && peers[$1].isExchanged ? 1 : 0) }
    }
}

// MARK: - Lives of others

extension Registry {
    @inline(__always)
    func peer(_ incarnation: Incarnation) -> Int? { peers.indices.first { peers[$0].incarnation == incarnation } }

    /// Compares with the peer soon: of a pair, the first by name begins, the other only if it does not.
    mutating func hurryRound(_ place: Int, at now: Instant) {
        let due = node < peers[place].name ? now : now.advanced(by: patience(place))
        peers[place].roundDue = min(peers[place].roundDue, due)
    }

    mutating func addPeer(_ name: NodeName, _ incarnation: Incarnation, at now: Instant) -> Int? {
        guard name != node, peers.count < Limits.peers, !gone.contains(incarnation) else { return nil }
        peers.append(RegistryPeer(name, incarnation, base: log.last, at: now))
        peers[peers.count - 1].roundDue = now.advanced(by: settings.antiEntropy)
        hurryRound(peers.count - 1, at: now)
        hasNews = true
        return peers.count - 1
    }

    /// A life of a member that was only ever heard of, and is over: nothing that it held counts any more. Should it be the
    /// later one after all, it comes back with its view.
    ///
    /// - Parameter isUnheardLater: whether a member of which nothing was heard is taken for the later life.
    private mutating func loseFormerLives(isUnheardLater: Bool) {
        for place in peers.indices.reversed() where !peers[place].isMember {
            let (name, birth) = (peers[place].name, peers[place].birth ?? .zero)
            guard let member = peers.first(where: { $0.isMember && $0.name == name }) else { continue }
            if member.birth.map({ birth < $0 }) ?? isUnheardLater { lose(place) }
        }
    }

    /// A member is reached where another process of its name had been: that one is over. Should it be the later life after
    /// all, it comes back with its view.
    private mutating func loseStrangers(named name: NodeName) {
        for place in peers.indices.reversed() where peers[place].name == name && !peers[place].isMember { lose(place) }
    }

    /// Forgets a life that left the view, and all that it held.
    mutating func lose(_ place: Int) {
        let peer = peers.remove(at: place)
        gone.append(peer.incarnation)
        if gone.count > Limits.deadRemembered { gone.removeFirst() }
        loseSlices(of: peer.name) { $0 == peer.incarnation }
        fillVacancies(of: peer.incarnation)
        // It may have been telling them.
        for slice in slices.indices where slices[slice].isDoubtful {
            slices[slice].doubted = Instant(nanoseconds: 0)
        }
    }

    /// The hub on the peer is another life: it holds nothing of what the former did.
    mutating func restart(_ place: Int, at now: Instant) {
        let old = peers[place]
        peers[place] = RegistryPeer(old.name, old.incarnation, base: log.last, at: now)
        peers[place].isMember = old.isMember
        peers[place].isSuperseded = old.isSuperseded
        peers[place].birth = old.birth
        hasNews = true
    }

    mutating func loseSlices(of name: NodeName, where isLost: (Incarnation) -> Bool) {
        for slice in slices.indices.dropFirst()
        where slices[slice].state == .live && slices[slice].life.node == name && isLost(slices[slice].life.incarnation)
        {
            lose(slice: slice)
        }
    }

    /// A hub that was begun again holds nothing of what its earlier lives on the same node did, whoever still tells of it.
    mutating func loseSlices(before life: HubLife) {
        for slice in slices.indices.dropFirst() where slices[slice].state == .live && slices[slice].life.precedes(life)
        {
            lose(slice: slice)
        }
    }

    mutating func lose(slice: Int) {
        slices[slice].state = .lost
        slices[slice].resync = nil
        slices[slice].removals = []
        slices[slice].early = []
        for place in peers.indices { peers[place].relays.removeAll { Int($0.slice) == slice } }
    }

    /// The peer that sent a message, if it is of its present life.
    mutating func sender(
        _ name: NodeName, _ incarnation: Incarnation, birth: Stamp, at now: Instant,
        into actions: inout [RegistryAction]
    ) -> Int? {
        guard birth.incarnation == incarnation, observe(birth, from: name, at: now, into: &actions),
            let place = peer(incarnation) ?? addPeer(name, incarnation, at: now)
        else { return nil }
        guard let known = peers[place].birth else {
            peers[place].birth = birth
            // What lay unread since before the view may be a former life's.
            loseFormerLives(isUnheardLater: false)
            loseSlices(before: HubLife(node: name, birth: birth))
            return peer(incarnation)
        }
        if known == birth { return place }
        guard known < birth else { return nil }
        restart(place, at: now)
        peers[place].birth = birth
        loseSlices(before: HubLife(node: name, birth: birth))
        return place
    }

    mutating func becomeReady(if condition: Bool, into actions: inout [RegistryAction]) {
        guard condition else { return }
        isCaughtUp = true
        if isReady { return }
        isReady = true
        actions.append(.becameReady)
    }

    func message(_ body: RegistryMessage.Body) -> RegistryMessage { RegistryMessage(birth: life.birth, body: body) }

    mutating func nextNumber() -> UInt64 {
        lastNumber += 1
        return lastNumber
    }
}
