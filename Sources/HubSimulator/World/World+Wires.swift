// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubWire

// Connections: how they come to be, what they carry, how they end.

extension World {
    /// An end of a connection; `nil` once the connection is no more.
    subscript(_ wire: WireRef) -> WireEnd? {
        _read {
            if wires[Int(wire.place)].generation == wire.generation {
                yield wires[Int(wire.place)].ends[Int(wire.end)]
            } else {
                yield nil
            }
        }
        _modify {
            let isThere = wires[Int(wire.place)].generation == wire.generation
            var end: WireEnd? = isThere ? wires[Int(wire.place)].ends[Int(wire.end)] : nil
            defer { if isThere, let end { wires[Int(wire.place)].ends[Int(wire.end)] = end } }
            yield &end
        }
    }

    /// The same for who asks for a little of it: an end is large to be copied.
    func look<Result>(at wire: WireRef, _ body: (borrowing WireEnd) -> Result) -> Result? {
        let place = Int(wire.place)
        guard wires[place].generation == wire.generation else { return nil }
        return body(wires[place].ends[Int(wire.end)])
    }

    /// How long something is under way.
    func travel() -> Time {
        let extra = weather.delayUntil > now ? weather.delay : 0
        return air.delay + extra + (air.jitter > 0 ? delays.within(0...air.jitter) : 0)
    }

    // MARK: - Dialing

    func dial(_ id: LinkID, _ address: PeerAddress, expecting node: NodeName?, from dialer: SimulatedNode) {
        let place: Int32
        let own = WireEnd(seat: dialer.seat, life: dialer.life, id: id)
        let listener = WireEnd(seat: Self.nobody, life: 0, id: LinkID(isDialed: false, number: 0))
        let wire = Wire(generation: 0, ends: [own, listener], target: address, expected: node, dialedAt: now)
        if let old = freeWires.popLast() {
            place = old
            let generation = wires[Int(old)].generation
            wires[Int(old)] = wire
            wires[Int(old)].generation = generation
        } else {
            place = Int32(wires.count)
            wires.append(wire)
        }
        let reference = WireRef(place: place, generation: wires[Int(place)].generation, end: 0)
        wires[Int(place)].ends[0].handshake = Handshake(
            identity: identity(of: dialer), side: .dialer(.main, expecting: node))
        dialer.add(reference, as: id)
        queue.add(.reaches(reference), at: now + travel())
    }

    static let nobody = -1
    /// An address that is no seat's.
    static let stranger = PeerAddress(host: "10.9.9.9", port: 1)

    private func identity(of node: SimulatedNode) -> NodeIdentity {
        var identity = NodeIdentity(cluster: "simulated", node: node.name, incarnation: node.incarnation)
        identity.port = node.address.port
        return identity
    }

    /// A dial gets to the machine of its address, unless something stands in between: then it is tried again, as long
    /// as a dialer waits.
    func reach(_ wire: WireRef) {
        guard let end = self[wire], end.phase == .connecting else { return }
        let address = wires[Int(wire.place)].target
        if address == Self.stranger, plan.seed & 1 == 1 {
            // A node of another cluster lives there.
            return queue.add(.dialed(wire, .turnedAway), at: now + 2 * travel())
        }
        let target = seats(at: address)
        guard let target, nodes[target].state != .gone, target == end.seat || isOpen(end.seat, target) else {
            let isOver = now - wires[Int(wire.place)].dialedAt >= Time(plan.climate.links.handshakeTime)
            if isOver {
                deliver(.dialed(wire, .unreachable), over: wire)
            } else {
                queue.add(.reaches(wire), at: now + .seconds(1))
            }
            return
        }
        let listener = nodes[target]
        let isRejected = barriers.isRejecting(from: end.seat, to: target, at: now)
        guard listener.isRunning, !isRejected else { return queue.add(.dialed(wire, .refused), at: now + travel()) }
        accept(wire, by: listener)
    }

    private func seats(at address: PeerAddress) -> Int? {
        let parts = address.host.split(separator: ".").compactMap { Int($0) }
        guard parts.count == 4 else { return nil }
        let seat = parts[2] * 250 + parts[3] - 1
        return nodes.indices.contains(seat) ? seat : nil
    }

    private func isOpen(_ one: Int, _ other: Int) -> Bool {
        !barriers.isCut(from: one, to: other, at: now) && !barriers.isCut(from: other, to: one, at: now)
    }

    private func accept(_ wire: WireRef, by listener: SimulatedNode) {
        listener.lastAccepted += 1
        let far = wire.other
        let place = Int(wire.place)
        wires[place].isAccepted = true
        wires[place].ends[1] = WireEnd(
            seat: listener.seat, life: listener.life,
            id: LinkID(isDialed: false, number: listener.lastAccepted), phase: .greeting,
            handshake: Handshake(identity: identity(of: listener), side: .listener))
        listener.add(far, as: LinkID(isDialed: false, number: listener.lastAccepted))
        offer(.accepted(far), to: listener)
        queue.add(.dialed(wire, nil), at: now + travel())
        let patience = now + Time(plan.climate.links.handshakeTime)
        queue.add(.late(wire), at: patience)
        queue.add(.late(far), at: patience)
    }

    /// The handshake has had its time.
    func expire(_ wire: WireRef) {
        guard let end = self[wire], end.phase != .up, end.phase != .ended else { return }
        deliver(.ended(wire, .late), over: wire)
    }

    // MARK: - What they carry

    /// Something came for the process that holds an end.
    func deliver(_ input: SimulatedNode.Input, over wire: WireRef) {
        guard let end = look(at: wire, { (seat: $0.seat, life: $0.life, phase: $0.phase) }), end.phase != .ended
        else {
            if case .message = input { marks.reach(.travel(.connectionGone)) }
            return
        }
        let node = nodes[end.seat]
        guard node.life == end.life, node.isRunning else { return }
        offer(input, to: node)
    }

    /// Sends in order.
    func stream(_ item: StreamItem, from wire: WireRef) {
        let far = wire.other
        guard let own = look(at: wire, { $0.seat }),
            let end = look(
                at: far,
                { (seat: $0.seat, phase: $0.phase, isStalled: !$0.stalled.isEmpty, lastArrival: $0.lastArrival) }),
            end.phase != .ended, end.seat != Self.nobody, !wires[Int(wire.place)].isBroken
        else { return }
        guard nodes[end.seat].state != .gone else { return }
        if barriers.isCut(from: own, to: end.seat, at: now) || end.isStalled {
            self[far]?.stalled.append(item)
            return
        }
        let arrival = max(end.lastArrival, now + travel())
        self[far]?.lastArrival = arrival
        queue.add(.arrives(far, item), at: arrival)
    }

    /// What was held up on its way to an end goes on.
    func release(_ wire: WireRef) {
        guard let end = self[wire], !end.stalled.isEmpty || !end.stalledMessages.isEmpty else { return }
        self[wire]?.stalled = []
        self[wire]?.stalledMessages = []
        if wires[Int(wire.place)].isBroken { return }
        // What sends again does so in its own time.
        let again = now + delays.within(0...(.milliseconds(400)))
        for bytes in end.stalledMessages { queue.add(.message(wire, bytes), at: again + travel()) }
        for item in end.stalled {
            let arrival = max(self[wire]?.lastArrival ?? 0, again + travel())
            self[wire]?.lastArrival = arrival
            queue.add(.arrives(wire, item), at: arrival)
        }
    }

    /// Sends as machines do: it may be lost, doubled, late and overtaken.
    func message(_ bytes: [UInt8], from wire: WireRef) {
        let far = wire.other
        guard let own = look(at: wire, { $0.seat }), let end = look(at: far, { (seat: $0.seat, phase: $0.phase) }),
            end.phase != .ended, !wires[Int(wire.place)].isBroken, nodes[end.seat].state != .gone
        else { return marks.reach(.travel(.connectionGone)) }
        let loss = air.lossPerMillion + (weather.lossUntil > now ? weather.lossPerMillion : 0)
        if losses.happens(perMillion: loss) { return marks.reach(.travel(.lost)) }
        if barriers.isCut(from: own, to: end.seat, at: now) {
            guard air.cutsHold, look(at: far, { $0.stalledMessages.count }) ?? 0 < 64 else {
                return marks.reach(.travel(.cutOff))
            }
            self[far]?.stalledMessages.append(bytes)
            return marks.reach(.travel(.heldUp))
        }
        var arrival = now + travel()
        if losses.happens(perMillion: air.latePerMillion) {
            arrival += delays.within(0...air.lateness)
            marks.reach(.travel(.late))
        }
        queue.add(.message(far, bytes), at: arrival)
        let double = air.doublePerMillion + (weather.doubleUntil > now ? weather.doublePerMillion : 0)
        guard losses.happens(perMillion: double) else { return }
        marks.reach(.travel(.doubled))
        queue.add(.message(far, bytes), at: now + travel())
    }

    // MARK: - How they end

    /// An end is over. The other one learns it after all that was sent before.
    func close(_ wire: WireRef, _ loss: LinkLoss) {
        guard let end = self[wire], end.phase != .ended else { return }
        let node = nodes[end.seat]
        let isBroken = wires[Int(wire.place)].isBroken
        self[wire]?.phase = .ended
        self[wire]?.handshake = nil
        self[wire]?.held = []
        self[wire]?.stalled = []
        self[wire]?.stalledMessages = []
        node.remove(wire, as: end.id)
        if end.phase == .up { down(end, node, loss, wire) } else { failed(end, node, loss, wire) }
        if !isBroken { stream(.end, from: wire) }
        free(wire)
        if let meeting = NameContest.Meeting(loss, of: end.peerIncarnation, own: node.incarnation),
            node.contest.meets(meeting, at: node.clock.instant(at: now))
        {
            node.gaveWay = true
            return exit(node)
        }
        perform(node.links.closed(end.id, at: node.clock.instant(at: now)), by: node)
    }

    private func down(_ end: WireEnd, _ node: SimulatedNode, _ loss: LinkLoss, _ wire: WireRef) {
        guard let peer = end.peer else { return }
        let ended = LinkEnd(loss)
        marks.reach(.linkEnd(ended))
        if node.connections[peer] == wire { node.connections[peer] = nil }
        node.inbox.append(.linkDown(peer, end.peerIncarnation, ended))
        tell(.linkDown(peer, end.peerIncarnation), to: node)
    }

    /// A dialed connection that never was up says something about the address.
    private func failed(_ end: WireEnd, _ node: SimulatedNode, _ loss: LinkLoss, _ wire: WireRef) {
        guard wire.end == 0, let fault = DialFault(loss), let (address, meant) = node.links.dialed(end.id) else {
            return
        }
        marks.reach(.dialFault(fault.kind))
        node.inbox.append(.dialFailed(address, node: meant, fault))
    }

    /// The connection is forgotten once both ends are over.
    func free(_ wire: WireRef) {
        let place = Int(wire.place)
        let isOver = wires[place].ends.allSatisfy { $0.phase == .ended || $0.seat == Self.nobody }
        guard isOver else { return }
        wires[place].generation &+= 1
        freeWires.append(wire.place)
    }
}
