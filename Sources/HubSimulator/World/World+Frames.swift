// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubWire

// What a process does about what it finds: the transport's part.

extension World {
    func take(_ input: SimulatedNode.Input, by node: SimulatedNode, at instant: Instant) {
        switch input {
        case .event(let event): node.inbox.append(event)
        case .resident(let event): tell(event, to: node)
        case .dialed(let wire, nil): establish(wire, node)
        case .dialed(let wire, .refused?): close(wire, .noListener)
        case .dialed(let wire, .turnedAway?): close(wire, .refusedByPeer(HandshakeRefusal(.otherCluster)))
        case .dialed(let wire, _?): close(wire, .failed("unreachable"))
        case .accepted(let wire): accepted(wire, node)
        case .arrived(let wire, let item): read(item, wire, node)
        case .message(let wire, let bytes): readMessage(bytes, wire, node)
        case .ended(let wire, let loss): if self[wire] != nil { close(wire, loss) }
        }
    }

    private func establish(_ wire: WireRef, _ node: SimulatedNode) {
        guard let end = self[wire], end.phase == .connecting else { return }
        guard node.links.knows(end.id) else { return close(wire, .shutdown) }
        self[wire]?.phase = .greeting
        _ = self[wire]?.handshake?.established(certificateNames: nil)
        perform(node.links.established(end.id), by: node)
    }

    private func accepted(_ wire: WireRef, _ node: SimulatedNode) {
        guard let end = self[wire], end.phase == .greeting else { return }
        _ = self[wire]?.handshake?.established(certificateNames: nil)
        perform(node.links.accepted(end.id), by: node)
    }

    private func read(_ item: StreamItem, _ wire: WireRef, _ node: SimulatedNode) {
        guard let end = self[wire], end.phase != .ended else { return }
        guard end.isReading, end.held.isEmpty else {
            self[wire]?.held.append(item)
            return
        }
        hand(item, wire, node)
    }

    /// Goes on with what was held back while the links decided.
    private func resume(_ wire: WireRef, _ node: SimulatedNode) {
        while let end = self[wire], end.phase != .ended, end.isReading, let item = end.held.first {
            self[wire]?.held.removeFirst()
            hand(item, wire, node)
        }
    }

    private func hand(_ item: StreamItem, _ wire: WireRef, _ node: SimulatedNode) {
        guard let end = self[wire], case .frame(let bytes) = item else { return close(wire, .closedByPeer) }
        let isAdmitted = end.phase == .up || end.phase == .answered
        let isRead = bytes.withUnsafeBytes { memory -> Bool in
            guard case .frame(let frame, _)? = try? FrameDecoder(admitted: isAdmitted).next(in: memory) else {
                return false
            }
            if end.phase == .up { act(on: frame, bytes, wire, end, node) } else { greet(frame, item, wire, end, node) }
            return true
        }
        if !isRead { close(wire, .garbage("not a frame")) }
    }

    /// A frame before the connection is up.
    private func greet(_ frame: Frame, _ item: StreamItem, _ wire: WireRef, _ end: WireEnd, _ node: SimulatedNode) {
        var reader = frame.reader
        switch (frame.type, end.phase) {
        case (.hello, .greeting):
            guard let hello = try? Hello(from: &reader) else { return close(wire, .garbage("hello")) }
            switch self[wire]?.handshake?.received(hello) {
            case .offer(let greeting)?:
                self[wire]?.phase = .offered
                self[wire]?.peer = greeting.node
                self[wire]?.peerIncarnation = greeting.incarnation
                let host = self[wire.other].map { nodes[$0.seat].address.host }
                perform(node.links.offered(end.id, greeting, from: host, at: node.clock.instant(at: now)), by: node)
            case .refuse(let reason)?: refuse(wire, reason)
            case nil: break
            }
        case (.refusal, _):
            guard let envelope = try? RefusalEnvelope(from: &reader) else { return close(wire, .garbage("refusal")) }
            node.links.refused(end.id, envelope.refusal)
            close(wire, .refusedByPeer(envelope.refusal))
        case (_, .answered):
            self[wire]?.phase = .confirming
            self[wire]?.held.insert(item, at: 0)
            perform(node.links.confirmed(end.id, at: node.clock.instant(at: now)), by: node)
        default: close(wire, .garbage("\(frame.type) before the handshake was finished"))
        }
    }

    /// A frame on an open connection.
    private func act(on frame: Frame, _ bytes: [UInt8], _ wire: WireRef, _ end: WireEnd, _ node: SimulatedNode) {
        guard let peer = end.peer else { return }
        var reader = frame.reader
        switch frame.type {
        case .ping: send(.pong, wire) { (writer) throws(WireFault) in writer.raw([]) }
        case .pong:
            guard end.isChallenged else { return }
            self[wire]?.isChallenged = false
            perform(node.links.answered(end.id, at: node.clock.instant(at: now)), by: node)
        case .incarnation:
            guard let notice = try? IncarnationNotice(from: &reader), notice.new != end.peerIncarnation else { return }
            self[wire]?.peerIncarnation = notice.new
            node.links.announced(end.id, notice.new)
            node.inbox.append(.peerRenewed(peer, from: end.peerIncarnation, to: notice.new))
        case .goodbye: close(wire, .goodbye)
        case .hello, .refusal: close(wire, .garbage("a handshake on an open connection"))
        case .machine: readMachine(frame, bytes, peer, end.peerIncarnation, node)
        default: tell(.frame(bytes, from: peer, end.peerIncarnation), to: node)
        }
    }

    private func readMessage(_ bytes: [UInt8], _ wire: WireRef, _ node: SimulatedNode) {
        guard let end = look(at: wire, { (phase: $0.phase, peer: $0.peer, life: $0.peerIncarnation) }),
            end.phase == .up, let peer = end.peer
        else { return marks.reach(.travel(.connectionGone)) }
        marks.reach(.travel(.arrived))
        if let known = read[bytes] {
            node.hubs?[known.hub]?.post(.received(known.message, from: peer, end.life))
            return
        }
        bytes.withUnsafeBytes { memory in
            guard case .frame(let frame, _)? = try? FrameDecoder(admitted: true).next(in: memory) else { return }
            readMachine(frame, bytes, peer, end.life, node)
        }
    }

    private func readMachine(
        _ frame: Frame, _ bytes: [UInt8], _ peer: NodeName, _ life: Incarnation, _ node: SimulatedNode
    ) {
        var reader = frame.reader
        do {
            switch try MachineEnvelope(from: &reader).machine {
            case .node:
                let message = try NodeMessage(from: &reader)
                markContents(of: message)
                node.inbox.append(.received(message, from: peer, life))
            case .hub(let hub):
                let message = try HubMessage(from: &reader)
                guard reader.isAtEnd else { throw reader.fault(.invalidField) }
                read.note(message, of: hub, in: bytes)
                node.hubs?[hub]?.post(.received(message, from: peer, life))
            case .other: break
            }
        } catch {
            judge.fail(.wire, node.seat, "a message that its sender encoded does not decode: \(error)", at: now)
        }
    }

    private func markContents(of message: NodeMessage) {
        guard let kind = message.kind, case .membership(let membership) = message else { return }
        marks.reach(.message(kind))
        for rumour in membership.rumours { marks.reach(.rumour(rumour.kind)) }
        if case .verdict(_, let verdict) = membership.body { marks.reach(.verdict(verdict)) }
    }

    // MARK: - What the links order

    func perform(_ actions: [LinkAction], by node: SimulatedNode) {
        for action in actions where node.isRunning { perform(action, by: node) }
    }

    private func perform(_ action: LinkAction, by node: SimulatedNode) {
        if case .dial(let id, let address, let expected, _) = action {
            return dial(id, address, expecting: expected, from: node)
        }
        guard let id = action.link, let wire = node.wire(of: id), let end = self[wire] else { return }
        switch action {
        case .dial: break
        case .greet(_, let generation):
            guard let hello = self[wire]?.handshake?.greet(generation: generation) else { return }
            send(.hello, wire) { (writer) throws(WireFault) in try hello.encode(into: &writer) }
        case .answer(_, let generation):
            guard let hello = self[wire]?.handshake?.answer(generation: generation) else { return }
            self[wire]?.phase = .answered
            send(.hello, wire) { (writer) throws(WireFault) in try hello.encode(into: &writer) }
            resume(wire, node)
        case .admit: admit(wire, end, node)
        case .refuse(_, let reason): refuse(wire, reason)
        case .close(_, .shutdown): goodbye(wire, end)
        case .close(_, let loss): close(wire, loss)
        case .challenge:
            self[wire]?.isChallenged = true
            send(.ping, wire) { (writer) throws(WireFault) in writer.raw([]) }
        }
    }

    private func admit(_ wire: WireRef, _ end: WireEnd, _ node: SimulatedNode) {
        guard let told = end.handshake?.ownIncarnation, let greeting = self[wire]?.handshake?.admit() else { return }
        self[wire]?.phase = .up
        self[wire]?.handshake = nil
        judge.admitted(greeting, by: node, at: now)
        node.contest.admitted()
        node.connections[greeting.node] = wire
        // The dialer's first frame is how the listener learns of it.
        if wire.end == 0 { send(.ping, wire) { (writer) throws(WireFault) in writer.raw([]) } }
        if told != node.incarnation { announce(from: told, to: node.incarnation, over: wire) }
        node.inbox.append(.linkUp(greeting.node, greeting.incarnation, address(of: wire, greeting)))
        tell(.linkUp(greeting.node, greeting.incarnation), to: node)
        if let far = self[wire.other], isMute(far.seat, to: end.seat) { muteEnd(wire) }
        resume(wire, node)
    }

    private func address(of wire: WireRef, _ greeting: Greeting) -> PeerAddress? {
        if wire.end == 0 { return wires[Int(wire.place)].target }
        guard let far = self[wire.other], greeting.port > 0 else { return nil }
        return PeerAddress(host: nodes[far.seat].address.host, port: greeting.port)
    }

    func announce(from old: Incarnation, to new: Incarnation, over wire: WireRef) {
        let notice = IncarnationNotice(old: old, new: new)
        send(.incarnation, wire) { (writer) throws(WireFault) in try notice.encode(into: &writer) }
    }

    private func refuse(_ wire: WireRef, _ reason: HandshakeRefusal.Reason) {
        guard let end = self[wire] else { return }
        let isKnown = end.peer != nil || reason == .wrongDestination || reason == .ownName || reason == .ownAddress
        let name = nodes[end.seat].name
        let envelope = RefusalEnvelope(HandshakeRefusal(reason, by: isKnown ? name : nil))
        send(.refusal, wire) { (writer) throws(WireFault) in try envelope.encode(into: &writer) }
        close(wire, .refused(reason))
    }

    private func goodbye(_ wire: WireRef, _ end: WireEnd) {
        if end.phase == .up {
            send(.goodbye, wire) { (writer) throws(WireFault) in try Goodbye(.leaving).encode(into: &writer) }
        }
        close(wire, .shutdown)
    }

    private func send(
        _ type: FrameType, _ wire: WireRef, body: (inout ByteWriter) throws(WireFault) -> Void
    ) {
        scratch.removeAll()
        do throws(WireFault) {
            try scratch.frame(type, stream: 0, body: body)
            stream(.frame(scratch.copy), from: wire)
        } catch {
            guard let seat = self[wire]?.seat else { return }
            judge.fail(.wire, seat, "a frame cannot be encoded: \(error)", at: now)
        }
    }
}

extension LinkAction {
    fileprivate var link: LinkID? {
        switch self {
        case .dial: nil
        case .greet(let id, _), .answer(let id, _), .admit(let id), .refuse(let id, _), .close(let id, _),
            .challenge(let id):
            id
        }
    }
}

extension ByteWriter {
    /// What was written, in memory of its own and no more of it than that takes: the writer writes on in its own.
    var copy: [UInt8] { bytes.withUnsafeBufferPointer { Array($0) } }
}
