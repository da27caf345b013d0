// SPDX-License-Identifier: Apache-2.0

@testable import HubCore

/// A few node machines on a network that a test controls: what they do is carried out, and time passes when asked to.
struct Town {
    /// One node: the machine, and what it showed.
    struct House {
        var machine: NodeMachine
        var isUp = true
        /// Nothing is handled until then.
        var stoppedUntil = Instant.zero
        /// Each event is handled this much later.
        var delay: Duration = .zero
        var view: MemberView?
        var views: [MemberView] = []
        var roster: Roster?
        var notes: [(Instant, MembershipNote)] = []
        var hasLeft = false
        var nameTakenBy: Incarnation?
        /// What it dials, in the order asked: whom it expects, and where.
        var dials: [(node: NodeName?, address: PeerAddress)] = []
        var nextDial = Instant.zero
        var sent = 0
        let address: PeerAddress
    }

    struct Letter {
        var due: Instant
        var order: Int
        var to: NodeName
        var event: NodeEvent
    }

    struct Link: Hashable {
        var low: NodeName
        var high: NodeName
        init(_ one: NodeName, _ other: NodeName) {
            low = min(one, other)
            high = max(one, other)
        }
    }

    var now = Instant(nanoseconds: 1_000_000_000_000, wallMilliseconds: 1_700_000_000_000)
    var houses: [NodeName: House] = [:]
    var names: [NodeName] = []
    /// When each has something to do of its own, in the order of `names`.
    var wakes: [Instant] = []
    var letters: [Letter] = []
    var order = 0
    var links: Set<Link> = []
    /// Pairs that cannot reach each other; connections die when `breakLinks` says so.
    var cuts: Set<Link> = []
    /// When connections of cut pairs are found to be dead.
    var silences: [(due: Instant, link: Link)] = []
    /// Messages from the first to the second are lost.
    var oneWay: Set<[NodeName]> = []
    var loss = 0.0
    var generator: SeededGenerator
    var latency: Duration = .milliseconds(1)
    var settings = MembershipSettings()
    /// Under which incarnations the ends of a connection know each other.
    private var lastLife: [Link: [NodeName: Incarnation]] = [:]
    private var lives: UInt64 = 100

    init(seed: UInt64 = 1) { generator = SeededGenerator(seed: seed) }

    static func address(_ name: NodeName) -> PeerAddress { PeerAddress(host: "\(name)", port: 1) }
}

// MARK: - What a test does

extension Town {
    /// Boots a node; a former one of that name is forgotten.
    mutating func boot(_ name: NodeName, seeds: [NodeName] = [], listens: Bool = true) {
        if houses[name] != nil {
            kill(name)
            for peer in peers(of: name) { unlink(name, peer, .closed) }
        }
        lives += 1
        let machine = NodeMachine(
            name: name, incarnation: Incarnation(rawValue: lives), settings: settings, seed: generator.next())
        if !names.contains(name) {
            names.append(name)
            wakes.append(.distantFuture)
        }
        houses[name] = House(machine: machine, address: Self.address(name))
        handle(.started(address: listens ? Self.address(name) : nil, seeds: seeds.map(Self.address)), at: name)
    }

    /// Its process ends: connections close and its address refuses, unless the machine itself went silent.
    mutating func kill(_ name: NodeName, silently: Bool = false) {
        houses[name]?.isUp = false
        plan(name)
        letters.removeAll { $0.to == name }
        guard !silently else { return }
        for other in peers(of: name) { unlink(name, other, .closed) }
    }

    mutating func stop(_ name: NodeName, for duration: Duration) {
        houses[name]?.stoppedUntil = now.advanced(by: duration)
        plan(name)
    }

    mutating func cut(_ one: NodeName, _ other: NodeName, breakLink: LinkEnd? = nil) {
        cuts.insert(Link(one, other))
        if let breakLink {
            unlink(one, other, breakLink)
        } else {
            silences.append((now.advanced(by: .seconds(5)), Link(one, other)))
        }
    }

    mutating func heal() {
        cuts = []
        oneWay = []
        loss = 0
        silences = []
        for name in names { houses[name]?.delay = .zero }
    }

    mutating func split(_ some: [NodeName], breakLinks: LinkEnd? = nil) {
        for one in some { for other in names where !some.contains(other) { cut(one, other, breakLink: breakLinks) } }
    }

    mutating func ask(_ event: NodeEvent, of name: NodeName) { handle(event, at: name) }

    func peers(of name: NodeName) -> [NodeName] { names.filter { links.contains(Link(name, $0)) } }

    /// The names in a node's view.
    func seen(by name: NodeName) -> [NodeName] { houses[name]?.view?.members.map(\.name) ?? [] }

    func incarnation(_ name: NodeName) -> Incarnation { houses[name]!.machine.incarnation }

    /// Whether all who are up serve, and have the same members under the same incarnations: each other.
    var agrees: Bool {
        let up = names.filter { houses[$0]?.isUp == true && houses[$0]?.hasLeft == false }
        let lives = up.sorted().map { Life($0, incarnation($0)) }
        return up.allSatisfy { name in
            guard let view = houses[name]?.view, view.standing == .serving else { return false }
            return view.members.map { Life($0.name, $0.incarnation) } == lives
        }
    }

    mutating func run(_ duration: Duration) {
        let end = now.advanced(by: duration)
        while step(until: end) {}
        now = end
    }

    /// - Returns: how long it took until `condition` held, `nil` if it did not within `limit`.
    mutating func run(atMost limit: Duration, until condition: (Town) -> Bool) -> Duration? {
        let begin = now
        let end = now.advanced(by: limit)
        while !condition(self) {
            guard step(until: end) else { return nil }
        }
        return begin.duration(to: now)
    }

    func has(_ name: NodeName, noted matches: (MembershipNote) -> Bool) -> Bool {
        houses[name]?.notes.contains { matches($0.1) } ?? false
    }
}

// MARK: - How it goes on

extension Town {
    private mutating func step(until end: Instant) -> Bool {
        var next = letters.last?.due ?? .distantFuture
        var who: Int?
        for index in wakes.indices where wakes[index] < next { (next, who) = (wakes[index], index) }
        if let silence = silences.first, silence.due <= next, silence.due <= end {
            silences.removeFirst()
            if cuts.contains(silence.link) { unlink(silence.link.low, silence.link.high, .silent) }
            return true
        }
        guard next <= end else { return false }
        now = Instant(
            nanoseconds: max(now.nanoseconds, next.nanoseconds),
            wallMilliseconds: 1_700_000_000_000 + UInt64(max(0, next.nanoseconds - 1_000_000_000_000) / 1_000_000))
        guard let who else {
            deliver(letters.removeLast())
            return true
        }
        wake(names[who])
        return true
    }

    private mutating func wake(_ name: NodeName) {
        let mayDial = houses[name]!.dials.isEmpty == false && houses[name]!.nextDial <= now
        if mayDial { dialAll(name) } else { handle(.timePassed, at: name) }
        plan(name)
    }

    /// Notes when the node has something to do of its own.
    mutating func plan(_ name: NodeName) {
        guard let index = names.firstIndex(of: name) else { return }
        guard houses[name]!.isUp, !houses[name]!.hasLeft else { return wakes[index] = .distantFuture }
        var next = houses[name]!.machine.nextTick.map { $0.advanced(by: houses[name]!.delay) } ?? .distantFuture
        if !houses[name]!.dials.isEmpty { next = min(next, houses[name]!.nextDial) }
        wakes[index] = max(next, houses[name]!.stoppedUntil)
    }

    private mutating func deliver(_ letter: Letter) {
        let to = letter.to
        guard houses[to]?.isUp == true, !houses[to]!.hasLeft else { return }
        if houses[to]!.stoppedUntil > now { return post(letter.event, to: to, at: houses[to]!.stoppedUntil) }
        if case .received(_, let from, _) = letter.event, !links.contains(Link(from, letter.to)) { return }
        handle(letter.event, at: letter.to)
    }

    private mutating func post(_ event: NodeEvent, to name: NodeName, at due: Instant) {
        order += 1
        let letter = Letter(due: due, order: order, to: name, event: event)
        // The last is the next.
        var low = 0
        var high = letters.count
        while low < high {
            let middle = (low + high) / 2
            if letters[middle].due > due { low = middle + 1 } else { high = middle }
        }
        letters.insert(letter, at: low)
    }

    private mutating func handle(_ event: NodeEvent, at name: NodeName) {
        var effects: [NodeEffect] = []
        houses[name]?.machine.handle(event, at: now, into: &effects)
        for effect in effects { perform(effect, of: name) }
        plan(name)
    }

    private mutating func perform(_ effect: NodeEffect, of name: NodeName) {
        switch effect {
        case .send(let message, let to): send(message, from: name, to: to)
        case .connect(let node, let address): dial(node, address, from: name)
        case .dialSeed(let address): dial(nil, address, from: name)
        case .forgetSeed: break
        case .disconnect(let node, let incarnation):
            houses[name]?.dials.removeAll { $0.node == node }
            if links.contains(Link(name, node)), houses[node]?.machine.incarnation == incarnation {
                unlink(name, node, .closed)
            }
        case .renew(let incarnation):
            for peer in peers(of: name) { renew(name, to: incarnation, at: peer) }
        case .viewChanged(let view):
            houses[name]?.view = view
            houses[name]?.views.append(view)
        case .rosterChanged(let roster): houses[name]?.roster = roster
        case .nameTaken(let by): houses[name]?.nameTakenBy = by
        case .left:
            houses[name]?.hasLeft = true
            for peer in peers(of: name) { unlink(name, peer, .goodbye) }
        case .note(let note): houses[name]?.notes.append((now, note))
        }
    }

    private mutating func renew(_ name: NodeName, to incarnation: Incarnation, at peer: NodeName) {
        let due = now.advanced(by: latency + (houses[peer]?.delay ?? .zero))
        post(
            .peerRenewed(name, from: lastLife[Link(name, peer)]?[name] ?? incarnation, to: incarnation), to: peer,
            at: due)
        lastLife[Link(name, peer)]?[name] = incarnation
    }

    private mutating func send(_ message: NodeMessage, from: NodeName, to: NodeName) {
        houses[from]?.sent += 1
        guard links.contains(Link(from, to)), !cuts.contains(Link(from, to)), !oneWay.contains([from, to]) else {
            return
        }
        guard loss == 0 || Double.random(in: 0..<1, using: &generator) >= loss else { return }
        let life = lastLife[Link(from, to)]?[from] ?? incarnation(from)
        post(
            .received(message, from: from, life), to: to,
            at: now.advanced(by: latency + (houses[to]?.delay ?? .zero)))
    }

    private mutating func dial(_ node: NodeName?, _ address: PeerAddress, from name: NodeName) {
        guard houses[name]?.dials.contains(where: { $0.node == node && $0.address == address }) == false else { return }
        if let node { houses[name]?.dials.removeAll { $0.node == node } }
        houses[name]?.dials.append((node, address))
        houses[name]?.nextDial = now.advanced(by: latency)
        plan(name)
    }

    private mutating func dialAll(_ name: NodeName) {
        houses[name]?.nextDial = now.advanced(by: .milliseconds(300))
        for (node, address) in houses[name]?.dials ?? [] {
            let target = houses[NodeName(address.host)] == nil ? nil : NodeName(address.host)
            if target == name {
                handle(.dialFailed(address, node: node, .ownAddress), at: name)
                continue
            }
            guard let target, houses[target]?.isUp == true, houses[target]?.hasLeft == false else {
                handle(.dialFailed(address, node: node, .refused), at: name)
                continue
            }
            if cuts.contains(Link(name, target)) {
                handle(.dialFailed(address, node: node, .unreachable), at: name)
            } else if !links.contains(Link(name, target)), houses[target]!.stoppedUntil <= now {
                connect(name, target)
            }
        }
    }

    mutating func connect(_ one: NodeName, _ other: NodeName) {
        links.insert(Link(one, other))
        lastLife[Link(one, other)] = [one: incarnation(one), other: incarnation(other)]
        post(.linkUp(other, incarnation(other), Self.address(other)), to: one, at: now.advanced(by: latency))
        post(.linkUp(one, incarnation(one), Self.address(one)), to: other, at: now.advanced(by: latency))
    }

    private mutating func unlink(_ one: NodeName, _ other: NodeName, _ end: LinkEnd) {
        guard links.remove(Link(one, other)) != nil else { return }
        let lives = lastLife[Link(one, other)] ?? [:]
        for (name, peer) in [(one, other), (other, one)] where houses[name]?.isUp == true {
            post(.linkDown(peer, lives[peer] ?? incarnation(peer), end), to: name, at: now.advanced(by: latency))
        }
    }
}
