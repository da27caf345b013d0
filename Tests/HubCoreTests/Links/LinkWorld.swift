// SPDX-License-Identifier: Apache-2.0

@testable internal import HubCore

/// Two machines and the network between them: connections with delay, breaks that each end notices in its own time,
/// and a transport that does what it is told.
struct LinkWorld: Hashable {
    enum Message: Hashable {
        case hello(Greeting)
        case refusal(HandshakeRefusal)
        case frame(Int)
    }

    enum Phase: Hashable { case opening, greeted, offered, answered, confirming, up, ended }

    /// One end of a connection.
    struct End: Hashable {
        var id: LinkID
        var phase = Phase.opening
        var inbox: [Message] = []
        var greeting: Greeting?
        var toldMachine = false
        /// What the machine ordered and the transport has not done yet.
        var order: Order?
    }

    enum Order: Hashable { case close, refuse(HandshakeRefusal.Reason) }

    struct Wire: Hashable {
        /// The node that dialed.
        let dialer: Int
        var ends: [End]
        let expected: NodeName?
        var isAccepted = false
        var isBroken = false
    }

    /// What may happen next.
    enum Step: Hashable {
        case accept(wire: Int)
        case failToConnect(wire: Int)
        case deliver(wire: Int, end: Int)
        case notice(wire: Int, end: Int)
        case call(wire: Int, end: Int)
        case obey(wire: Int, end: Int)
        case tick(Int)
        case breakWire(Int)
        case restart(Int)
    }

    static let names: [NodeName] = ["a", "b"]
    let addresses = [PeerAddress(host: "10.0.0.1", port: 1), PeerAddress(host: "10.0.0.2", port: 1)]
    var machines: [LinkMachine]
    var incarnations: [UInt64] = [1, 2]
    var wires: [Wire] = []
    var now = Instant.zero
    var callsLeft: Int
    var breaksLeft: Int
    var restartsLeft: Int
    var sent: [Int] = []
    var delivered: [Int] = []
    /// Faults of the machines that the world noticed.
    var complaints: [String] = []

    init(named: [Bool], calls: Int = 4, breaks: Int = 0, restarts: Int = 0, seed: UInt64 = 1) {
        machines = (0...1).map { index in
            LinkMachine(node: Self.names[index], incarnation: Incarnation(rawValue: UInt64(index) + 1), seed: seed)
        }
        callsLeft = calls
        breaksLeft = breaks
        restartsLeft = restarts
        for (index, isNamed) in named.enumerated() { wish(of: index, isNamed: isNamed) }
    }

    /// The node wants the other: by name, or through a seed.
    mutating func wish(of node: Int, isNamed: Bool) {
        let other = 1 - node
        perform(
            isNamed
                ? machines[node].want(Self.names[other], at: addresses[other], now: now)
                : machines[node].add(seed: addresses[other], at: now), by: node)
    }

    /// The node of an end: end 0 is the dialer's.
    func node(_ wire: Int, _ end: Int) -> Int { end == 0 ? wires[wire].dialer : 1 - wires[wire].dialer }

    var steps: [Step] {
        var steps: [Step] = []
        for (index, wire) in wires.enumerated() {
            steps += stepsOf(wire, index)
            if wire.isAccepted, breaksLeft > 0, !wire.isBroken, wire.ends.contains(where: { $0.phase != .ended }) {
                steps.append(.breakWire(index))
            }
        }
        for node in 0...1 where machines[node].nextTick != nil { steps.append(.tick(node)) }
        if restartsLeft > 0 { steps += [.restart(0), .restart(1)] }
        return steps
    }

    private func stepsOf(_ wire: Wire, _ index: Int) -> [Step] {
        if let end = wire.ends.indices.first(where: { wire.ends[$0].order != nil && wire.ends[$0].phase != .ended }) {
            return [.obey(wire: index, end: end)] + (wire.isAccepted ? arrivals(wire, index) : [])
        }
        if !wire.isAccepted {
            return wire.ends[0].phase == .ended
                ? [] : wire.isBroken ? [.failToConnect(wire: index)] : [.accept(wire: index)]
        }
        return arrivals(wire, index)
    }

    private func arrivals(_ wire: Wire, _ index: Int) -> [Step] {
        var steps: [Step] = []
        for (number, end) in wire.ends.enumerated() {
            if end.phase == .ended {
                if !end.toldMachine { steps.append(.notice(wire: index, end: number)) }
                continue
            }
            let isPaused = end.phase == .offered || end.phase == .confirming
            if !end.inbox.isEmpty, !isPaused { steps.append(.deliver(wire: index, end: number)) }
            // An end notices the loss only once everything that arrived was read.
            let isLost = wire.isBroken || wire.ends[1 - number].phase == .ended
            if isLost, end.inbox.isEmpty || wire.isBroken { steps.append(.notice(wire: index, end: number)) }
            if end.phase == .up, callsLeft > 0 { steps.append(.call(wire: index, end: number)) }
        }
        return steps
    }
}

// MARK: - What happens

extension LinkWorld {
    mutating func take(_ step: Step) {
        switch step {
        case .accept(let wire): accept(wire)
        case .failToConnect(let wire), .notice(let wire, 0): lose(wire, 0)
        case .notice(let wire, let end): lose(wire, end)
        case .deliver(let wire, let end): deliver(wire, end)
        case .call(let wire, let end): call(wire, end)
        case .obey(let wire, let end): obey(wire, end)
        case .tick(let node):
            if let next = machines[node].nextTick { now = max(now, next) }
            perform(machines[node].tick(at: now), by: node)
        case .breakWire(let wire):
            breaksLeft -= 1
            wires[wire].isBroken = true
        case .restart(let node): restart(node)
        }
    }

    private mutating func accept(_ wire: Int) {
        wires[wire].isAccepted = true
        let dialer = wires[wire].dialer
        perform(machines[1 - dialer].accepted(wires[wire].ends[1].id), by: 1 - dialer)
        perform(machines[dialer].established(wires[wire].ends[0].id), by: dialer)
    }

    /// An end is over: the machine hears of it, once.
    private mutating func lose(_ wire: Int, _ end: Int) {
        wires[wire].ends[end].phase = .ended
        wires[wire].ends[end].toldMachine = true
        wires[wire].ends[end].inbox = []
        let node = node(wire, end)
        perform(machines[node].closed(wires[wire].ends[end].id, at: now), by: node)
    }

    private mutating func obey(_ wire: Int, _ end: Int) {
        if case .refuse(let reason) = wires[wire].ends[end].order {
            post(.refusal(HandshakeRefusal(reason, by: Self.names[node(wire, end)])), from: wire, end)
        }
        wires[wire].ends[end].phase = .ended
    }

    private mutating func call(_ wire: Int, _ end: Int) {
        callsLeft -= 1
        sent.append(callsLeft)
        post(.frame(callsLeft), from: wire, end)
    }

    private mutating func restart(_ node: Int) {
        restartsLeft -= 1
        incarnations[node] += 10
        machines[node] = LinkMachine(
            node: Self.names[node], incarnation: Incarnation(rawValue: incarnations[node]), seed: incarnations[node])
        for wire in wires.indices {
            let end = wires[wire].dialer == node ? 0 : 1
            wires[wire].ends[end].phase = .ended
            wires[wire].ends[end].toldMachine = true
        }
        wish(of: node, isNamed: false)
    }

    private mutating func deliver(_ wire: Int, _ end: Int) {
        let message = wires[wire].ends[end].inbox.removeFirst()
        let node = node(wire, end)
        let id = wires[wire].ends[end].id
        switch (message, wires[wire].ends[end].phase) {
        case (.refusal(let refusal), _):
            machines[node].refused(id, refusal)
            lose(wire, end)
        case (.hello(let greeting), .opening), (.hello(let greeting), .greeted):
            wires[wire].ends[end].phase = .offered
            wires[wire].ends[end].greeting = greeting
            perform(machines[node].offered(id, greeting, from: nil, at: now), by: node)
        case (.frame(let number), .answered):
            wires[wire].ends[end].phase = .confirming
            wires[wire].ends[end].inbox.insert(.frame(number), at: 0)
            perform(machines[node].confirmed(id, at: now), by: node)
        case (.frame(let number), .up):
            hand(number, to: node, wire, end)
        default:
            complaints.append("\(message) in \(wires[wire].ends[end].phase)")
        }
    }

    private mutating func hand(_ number: Int, to node: Int, _ wire: Int, _ end: Int) {
        // -1 confirms, -2 challenges, -3 answers that.
        switch number {
        case -2: post(.frame(-3), from: wire, end)
        case -3: perform(machines[node].answered(wires[wire].ends[end].id, at: now), by: node)
        case -1: break
        default: delivered.append(number)
        }
    }

    private mutating func post(_ message: Message, from wire: Int, _ end: Int) {
        guard !wires[wire].isBroken, wires[wire].ends[1 - end].phase != .ended else { return }
        wires[wire].ends[1 - end].inbox.append(message)
    }
}

// MARK: - What the machines order

extension LinkWorld {
    private mutating func perform(_ actions: [LinkAction], by node: Int) {
        for action in actions { perform(action, by: node) }
    }

    private mutating func perform(_ action: LinkAction, by node: Int) {
        if case .dial(let id, _, let expected, _) = action {
            let listener = LinkID(isDialed: false, number: UInt64(wires.count))
            wires.append(Wire(dialer: node, ends: [End(id: id), End(id: listener)], expected: expected))
            return
        }
        guard let (wire, end) = find(action.link, of: node), wires[wire].ends[end].phase != .ended else { return }
        switch action {
        case .dial: break
        case .greet(_, let generation):
            wires[wire].ends[end].phase = .greeted
            let claimed = wires[wire].expected == nil ? 0 : generation
            post(.hello(greeting(of: node, claimed)), from: wire, end)
        case .answer(_, let generation):
            wires[wire].ends[end].phase = .answered
            noteSecond(wire, end, node)
            post(.hello(greeting(of: node, generation)), from: wire, end)
        case .admit:
            if end == 0 { post(.frame(-1), from: wire, end) }
            noteSecond(wire, end, node)
            wires[wire].ends[end].phase = .up
        case .refuse(_, let reason):
            wires[wire].ends[end].order = .refuse(reason)
        case .close: wires[wire].ends[end].order = .close
        case .challenge: post(.frame(-2), from: wire, end)
        }
    }

    private mutating func noteSecond(_ wire: Int, _ end: Int, _ node: Int) {
        for (index, other) in wires.enumerated() where index != wire {
            let otherEnd = other.dialer == node ? 0 : 1
            if other.ends[otherEnd].phase == .up { complaints.append("\(node) holds two connections at once") }
        }
    }

    private func greeting(of node: Int, _ generation: UInt64) -> Greeting {
        Greeting(
            node: Self.names[node], incarnation: machines[node].incarnation, lane: .main, features: [],
            protocolVersion: 1, generation: generation, port: 1)
    }

    private func find(_ id: LinkID, of node: Int) -> (Int, Int)? {
        for (index, wire) in wires.enumerated() {
            let end = wire.dialer == node ? 0 : 1
            // A restarted machine uses the numbers of the one before; the newest is meant.
            if wire.ends[end].id == id, wire.ends[end].phase != .ended { return (index, end) }
        }
        return nil
    }

    /// The wires that both ends hold admitted.
    var shared: [Int] { wires.indices.filter { index in wires[index].ends.allSatisfy { $0.phase == .up } } }
    /// The ends that hold a connection admitted.
    var upEnds: Int { wires.flatMap(\.ends).count { $0.phase == .up } }
}

extension LinkAction {
    var link: LinkID {
        switch self {
        case .dial(let id, _, _, _), .greet(let id, _), .answer(let id, _), .admit(let id), .refuse(let id, _),
            .close(let id, _), .challenge(let id):
            id
        }
    }
}
