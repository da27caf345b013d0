// SPDX-License-Identifier: Apache-2.0

@testable import HubCore

/// A few registries and a network that loses, doubles, delays and reorders what they tell each other.
struct RegistryWorld {
    var nodes: [Registry]
    var now = Instant(nanoseconds: 0, wallMilliseconds: 1_000_000)
    var chance: SeededGenerator
    var faults = Faults()
    /// Pairs that do not hear each other: from, to.
    var cuts: Set<[Int]> = []
    var underway: [Letter] = []
    var notes: [[RegistryAction]]
    var sent: [RegistryMessage] = []
    /// The dearest single call and the dearest batch seen, in the tables' own count.
    var dearest: UInt64 = 0
    private var sequence: UInt64 = 0
    var budget = Limits.batchWork

    struct Faults {
        var loss = 0.0
        var doubling = 0.0
        var delay: ClosedRange<Int64> = 100_000...100_000
        /// How many of all batches nobody waits for.
        var patience = 0.0
    }

    struct Letter {
        var due: Int64
        var order: UInt64
        var from: Int
        var to: Int
        var incarnation: Incarnation
        var message: RegistryMessage
    }

    init(_ count: Int, seed: UInt64 = 1, settings: RegistrySettings = RegistrySettings()) {
        chance = SeededGenerator(seed: seed)
        let start = now
        nodes = (0..<count).map { place in
            Registry(
                node: Self.name(place), incarnation: Incarnation(rawValue: UInt64(place + 1) * 1_000), at: start,
                settings: settings)
        }
        notes = Array(repeating: [], count: count)
    }

    static func name(_ place: Int) -> NodeName { NodeName(rawValue: "n\(place)") }

    func view(_ members: [Int], of node: Int, version: UInt64 = 1) -> MemberView {
        MemberView(
            version: version, node: Self.name(node), standing: .serving,
            members: members.map { Member(name: nodes[$0].node, incarnation: nodes[$0].life.incarnation) })
    }

    /// Everybody sees everybody.
    mutating func meet(_ members: [Int]? = nil, version: UInt64 = 1) {
        let members = members ?? Array(nodes.indices)
        for node in members {
            let view = view(members, of: node, version: version)
            act(node) { $0.viewChanged(view, at: $1, into: &$2) }
        }
    }

    /// Lets a registry do something, send what is new and finish what is left over.
    mutating func act(_ node: Int, _ body: (inout Registry, Instant, inout [RegistryAction]) -> Void) {
        var actions: [RegistryAction] = []
        let before = nodes[node].totalWork
        body(&nodes[node], now, &actions)
        var left = budget
        nodes[node].flush(isAwaited: isAwaited(), at: now, budget: &left, into: &actions)
        dearest = max(dearest, nodes[node].totalWork - before)
        perform(actions, of: node)
    }

    private mutating func isAwaited() -> Bool {
        faults.patience <= 0 || Double.random(in: 0..<1, using: &chance) >= faults.patience
    }

    private mutating func perform(_ actions: [RegistryAction], of node: Int) {
        var isUnfinished = false
        for action in actions {
            switch action {
            case .send(let message, let name): post(message, from: node, to: name)
            case .continueWork: isUnfinished = true
            default: notes[node].append(action)
            }
        }
        while let slot = nodes[node].takeDirty() { nodes[node].free(slot) }
        guard isUnfinished else { return }
        var more: [RegistryAction] = []
        var left = budget
        let before = nodes[node].totalWork
        nodes[node].work(&left, at: now, into: &more)
        nodes[node].flush(isAwaited: isAwaited(), at: now, budget: &left, into: &more)
        dearest = max(dearest, nodes[node].totalWork - before)
        perform(more, of: node)
    }

    private mutating func post(_ message: RegistryMessage, from: Int, to name: NodeName) {
        sent.append(message)
        guard let to = nodes.firstIndex(where: { $0.node == name }) else { return }
        let copies = Double.random(in: 0..<1, using: &chance) < faults.doubling ? 2 : 1
        for _ in 0..<copies where Double.random(in: 0..<1, using: &chance) >= faults.loss {
            sequence += 1
            underway.append(
                Letter(
                    due: now.nanoseconds + Int64.random(in: faults.delay, using: &chance), order: sequence,
                    from: from, to: to, incarnation: nodes[from].life.incarnation, message: message))
        }
    }

    /// Lets time pass, delivering what is due and waking who wants to be.
    mutating func run(for duration: Duration) {
        let end = now.advanced(by: duration)
        while let next = nextInstant(), next <= end.nanoseconds {
            advance(to: max(next, now.nanoseconds))
            step()
        }
        advance(to: end.nanoseconds)
    }

    private mutating func advance(to nanoseconds: Int64) {
        now.wallMilliseconds += UInt64((nanoseconds - now.nanoseconds) / 1_000_000)
        now.nanoseconds = nanoseconds
    }

    private func nextInstant() -> Int64? {
        let letters = underway.map(\.due).min()
        let ticks = nodes.compactMap { $0.nextTick?.nanoseconds }.min()
        return [letters, ticks].compactMap { $0 }.min()
    }

    private mutating func step() {
        let due = underway.filter { $0.due <= now.nanoseconds }.sorted { ($0.due, $0.order) < ($1.due, $1.order) }
        underway.removeAll { $0.due <= now.nanoseconds }
        for letter in due where !cuts.contains([letter.from, letter.to]) {
            act(letter.to) {
                $0.receive(
                    letter.message, from: Self.name(letter.from), letter.incarnation, at: $1, into: &$2)
            }
        }
        for node in nodes.indices {
            guard let tick = nodes[node].nextTick, tick.nanoseconds <= now.nanoseconds else { continue }
            act(node) { $0.timePassed(at: $1, into: &$2) }
        }
    }
}

// MARK: - What users and instances do

extension RegistryWorld {
    static let origin = RequestID(caller: Incarnation(rawValue: 9), sequence: 9)

    @discardableResult
    mutating func start(_ id: ChildID, on node: Int, isStarting: Bool = true, child: Child? = nil) -> Wished {
        var wished: Wished?
        act(node) { registry, now, actions in
            let child = child ?? Child(id: id, kind: "k", arguments: [1, 2, 3])
            wished = registry.wish(
                .running(child, placedOn: []), for: id, origin: Self.origin, at: now, into: &actions)
            if isStarting, let slot = wished?.slot {
                registry.set(HubCore.Copy(epoch: registry.mintEpoch(at: now), status: .starting), of: slot)
            }
        }
        return wished!
    }

    @discardableResult
    mutating func stop(_ id: ChildID, on node: Int) -> Wished {
        var wished: Wished?
        act(node) { registry, now, actions in
            wished = registry.wish(.stopped, for: id, origin: Self.origin, at: now, into: &actions)
            if let slot = wished?.slot { registry.removeCopy(of: slot) }
        }
        return wished!
    }

    func slot(_ id: ChildID, on node: Int) -> Slot? {
        var registry = nodes[node]
        return registry.slot(of: id)
    }

    func holds(_ id: ChildID, at stamp: Stamp, on node: Int) -> Bool {
        var registry = nodes[node]
        return registry.holds(id, at: stamp)
    }

    func tagged(_ tag: String, on node: Int) -> [ChildID] {
        var registry = nodes[node]
        return registry.children(tagged: tag).map { registry.id(of: $0) }
    }

    /// What a node knows, in a form in which two can be compared.
    func knowledge(of node: Int, tombstones: Bool = true) -> [ChildID: [String]] {
        var registry = nodes[node]
        var known: [ChildID: [String]] = [:]
        var index: UInt32 = 0
        var steps = Int.max
        while let slot = registry.nextSlot(from: &index, steps: &steps) {
            var facts: [String] = []
            if let wish = registry.wish(of: slot), tombstones || wish.isRunning { facts.append("\(wish)") }
            for copy in registry.copies(of: slot) { facts.append("\(copy.node) \(copy.copy)") }
            if !facts.isEmpty { known[registry.id(of: slot)] = facts }
        }
        return known
    }

    func firstDifference(tombstones: Bool = true) -> String? {
        let first = knowledge(of: 0, tombstones: tombstones)
        for node in nodes.indices.dropFirst() {
            let other = knowledge(of: node, tombstones: tombstones)
            for id in Set(first.keys).union(other.keys).sorted() where first[id] != other[id] {
                return "\(id): n0 \(first[id] ?? []) n\(node) \(other[id] ?? [])"
            }
        }
        return nil
    }
}
