// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubWire

// What a process does for its node's machine, in the order the machine said it.

extension World {
    func performEffects(of node: SimulatedNode, at instant: Instant) {
        guard !node.effects.isEmpty else { return }
        var effects = node.effects
        node.effects = []
        effects.takeAll { if node.isRunning { perform($0, by: node, at: instant) } }
        if node.isLeaving { exit(node) }
        if node.effects.isEmpty { node.effects = effects }
    }

    private func perform(_ effect: NodeEffect, by node: SimulatedNode, at instant: Instant) {
        marks.reach(.effect(effect.kind))
        trace.begin(.effect, effect.kind.rawValue, at: now, seat: node.seat)
        trace.bytes.traced(effect)
        report(node.seat, "  > \(effect.words)")
        judge.did(effect, node, at: now)
        switch effect {
        case .send(let message, let peer): send(message, to: peer, by: node)
        case .connect(let peer, let address): perform(node.links.want(peer, at: address, now: instant), by: node)
        case .dialSeed(let address): perform(node.links.add(seed: address, at: instant), by: node)
        case .forgetSeed(let address): node.links.remove(seed: address)
        case .disconnect(let peer, let incarnation): perform(node.links.forget(peer, incarnation), by: node)
        case .renew(let incarnation): renew(incarnation, node)
        case .viewChanged(let view): tell(.viewChanged(view), to: node)
        case .rosterChanged: break
        // What else the machine said in the same breath is done first.
        case .nameTaken:
            node.gaveWay = true
            node.isLeaving = true
        case .left: node.isLeaving = true
        case .note(let note): take(note)
        }
    }

    private func take(_ note: MembershipNote) {
        marks.reach(.note(note.kind))
        if case .died(_, _, let cause) = note { marks.reach(.death(cause)) }
    }

    private func send(_ message: NodeMessage, to peer: NodeName, by node: SimulatedNode) {
        scratch.removeAll()
        do throws(WireFault) {
            try scratch.frame(.machine, stream: 0) { (writer) throws(WireFault) in
                try MachineEnvelope(.node).encode(into: &writer)
                try message.encode(into: &writer)
            }
        } catch {
            return judge.fail(.wire, node.seat, "a message cannot be encoded: \(error)", at: now)
        }
        trace.bytes.raw(scratch.bytes)
        judge.sent(message, bytes: scratch.count, by: node, at: now)
        guard let wire = node.connections[peer] else { return marks.reach(.travel(.withoutConnection)) }
        messagesSent += 1
        bytesSent += UInt64(scratch.count)
        self.message(scratch.copy, from: wire)
    }

    /// The living process goes on under a new incarnation.
    private func renew(_ incarnation: Incarnation, _ node: SimulatedNode) {
        if incarnations[incarnation] != nil {
            judge.fail(.identity, node.seat, "the incarnation \(incarnation) is taken twice (S14)", at: now)
        }
        incarnations[incarnation] = node.seat
        let old = node.incarnation
        node.incarnation = incarnation
        node.links.become(incarnation)
        judge.renewed(node, from: old, at: now)
        tell(.renewed(incarnation), to: node)
        for wire in node.wires where self[wire]?.phase == .up { announce(from: old, to: incarnation, over: wire) }
    }

    /// The process says goodbye and ends by itself.
    func exit(_ node: SimulatedNode) {
        report(node.seat, "process: leaves")
        node.isLeaving = false
        node.hasLeft = true
        perform(node.links.leave(), by: node)
        trace.begin(.process, 4, at: now, seat: node.seat)
        node.state = .stopped
        let wires = node.removeWires()
        node.connections = Connections()
        for wire in wires { self[wire]?.phase = .ended; free(wire) }
        node.inputs = []
        node.inbox = []
        dismiss(of: node)
        judge.exited(node, at: now)
        disturb(until: now)
        if node.isAwaited { queue.add(.starts(node.seat), at: now) }
    }
}
