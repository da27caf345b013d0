// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// One shard of the read table: rows in columns, found through an open-addressed index, and its tags.
///
/// A dictionary of such rows would hold two to three times the memory and copy all of it when it grows.
struct ReadRows {
    private struct Row {
        var child: ChildID
        /// Of the activation that calls go to, if there is one.
        var epoch = Epoch.none
        var instance: Instance?
        /// Where it is.
        var node = Row.nowhere
        var kind: UInt16
        var hub: UInt16
        /// The hub's machine published it; otherwise only an instance stands here.
        var isWished: Bool
        var hasMore: Bool

        static let nowhere = UInt16.max
    }

    /// What few children have.
    private struct More {
        var about: About
        /// Hosts after the first.
        var others: [Route]
    }

    struct About: Equatable {
        var metadata: [String: MetadataValue] = [:]
        var tags: Set<String> = []
        static let nothing = About()
    }

    private struct TagKey: Hashable {
        var hub: UInt16
        var tag: String
    }

    /// Slots with eight bits of their hashes, so that a row is seldom looked at in vain; linear probing; a power of two long.
    private var index: [UInt32] = []
    private var rows: [Row] = []
    private var free: [UInt32] = []
    private var more: [UInt32: More] = [:]
    private var tagged: [TagKey: Set<UInt32>] = [:]
    private var kinds = NameNumbers<ProcessKind>()
    private var hubs = NameNumbers<HubID>()
    private var nodes = NameNumbers<NodeName>()

    var count: Int { rows.count - free.count }

    private static var emptyPlace: UInt32 { .max }
    private static var slotMask: UInt32 { 0xFF_FFFF }
    /// Slots have 24 bits, and the last is no slot.
    private static var capacityLimit: Int { Int(slotMask) }

    @inline(__always)
    private static func tag(_ hash: UInt32) -> UInt32 { hash & ~slotMask }
}

// MARK: - Reading

extension ReadRows {
    func slot(of id: ProcessID, hash: UInt32) -> UInt32? {
        guard !index.isEmpty else { return nil }
        let mask = UInt32(index.count - 1)
        var place = hash & mask
        let tag = Self.tag(hash)
        while case let found = index[Int(place)], found != Self.emptyPlace {
            if Self.tag(found) == tag {
                let slot = found & Self.slotMask
                if rows[Int(slot)].child == id.child, hubs[rows[Int(slot)].hub] == id.hub { return slot }
            }
            place = (place + 1) & mask
        }
        return nil
    }

    func entry(_ slot: UInt32) -> ReadEntry {
        ReadEntry(kind: kinds[rows[Int(slot)].kind], route: route(slot), instance: rows[Int(slot)].instance)
    }

    /// Where calls to the child go. Asks for one field at a time: a copy of the row would retain its instance.
    private func route(_ slot: UInt32) -> Route? {
        let node = rows[Int(slot)].node
        return node == Row.nowhere ? nil : Route(node: nodes[node], epoch: rows[Int(slot)].epoch)
    }

    private mutating func setRoute(_ route: Route?, _ slot: UInt32) {
        guard let route, let number = nodes.number(of: route.node) ?? number(route.node) else {
            (rows[Int(slot)].node, rows[Int(slot)].epoch) = (Row.nowhere, .none)
            return
        }
        (rows[Int(slot)].node, rows[Int(slot)].epoch) = (number, route.epoch)
    }

    /// A number for a node that has none. Once so many have come and gone that numbers get scarce, those that no child is
    /// on give theirs back.
    private mutating func number(_ node: NodeName) -> UInt16? {
        if nodes.count >= Int(Row.nowhere) - 1 {
            let old = nodes
            nodes = NameNumbers()
            for slot in rows.indices where rows[slot].node != Row.nowhere {
                let name = old[rows[slot].node]
                rows[slot].node = nodes.number(of: name) ?? nodes.add(name) ?? Row.nowhere
            }
        }
        return nodes.count < Int(Row.nowhere) - 1 ? nodes.add(node) : nil
    }

    func instance(_ slot: UInt32) -> Instance? { rows[Int(slot)].instance }

    var instances: [Instance] { rows.compactMap(\.instance) }

    func listing(_ slot: UInt32) -> RegistryEntry? {
        guard rows[Int(slot)].isWished else { return nil }
        var entry = RegistryEntry(
            id: rows[Int(slot)].child, kind: kinds[rows[Int(slot)].kind], host: route(slot).map(Host.init))
        if rows[Int(slot)].hasMore, let more = more[slot] {
            entry.metadata = more.about.metadata
            entry.tags = more.about.tags
            entry.others = more.others.map(Host.init)
        }
        return entry
    }

    /// So many children of a hub there are at least, as far as that is known without counting.
    func least(of hub: HubID) -> Int { hubs.count == 1 && hubs.number(of: hub) != nil ? count : 0 }

    func list(_ hub: HubID, on node: NodeName?, into entries: inout [RegistryEntry]) {
        guard let hub = hubs.number(of: hub) else { return }
        for slot in rows.indices where rows[slot].isWished && rows[slot].hub == hub {
            guard let entry = listing(UInt32(slot)), node.map(entry.runs(on:)) ?? true else { continue }
            entries.append(entry)
        }
    }

    func list(_ hub: HubID, tagged tag: String, into entries: inout [RegistryEntry]) {
        guard !tagged.isEmpty, let hub = hubs.number(of: hub) else { return }
        for slot in tagged[TagKey(hub: hub, tag: tag)] ?? [] {
            if let entry = listing(slot) { entries.append(entry) }
        }
    }
}

// MARK: - Writing

extension ReadRows {
    mutating func wish(_ id: ProcessID, _ hash: UInt32, kind: ProcessKind, hosts: [Route], about: About) {
        guard let slot = slot(of: id, hash: hash) ?? insert(id, hash, kind),
            let number = kinds.number(of: kind) ?? kinds.add(kind)
        else { return }
        rows[Int(slot)].kind = number
        rows[Int(slot)].isWished = true
        setRoute(best(of: hosts, beside: slot), slot)
        keep(about, others: Array(hosts.dropFirst()), of: slot)
    }

    /// Where calls go: where the hub says, unless this node knows of a newer activation; an instance of this node is here
    /// whatever the hub has heard yet.
    private func best(of hosts: [Route], beside slot: UInt32) -> Route? {
        guard let known = route(slot) else { return hosts.first }
        guard let told = hosts.first else { return rows[Int(slot)].instance == nil ? nil : known }
        return told.epoch < known.epoch ? known : told
    }

    mutating func forget(_ id: ProcessID, _ hash: UInt32) {
        guard let slot = slot(of: id, hash: hash) else { return }
        rows[Int(slot)].isWished = false
        keep(.nothing, others: [], of: slot)
        if rows[Int(slot)].instance == nil { remove(slot) }
    }

    mutating func raise(_ id: ProcessID, _ hash: UInt32, to route: Route) -> Bool {
        guard let slot = slot(of: id, hash: hash), let known = self.route(slot), known.epoch < route.epoch
        else { return false }
        setRoute(route, slot)
        return true
    }

    mutating func open(_ instance: Instance, at route: Route, _ hash: UInt32) -> Instance? {
        guard let slot = slot(of: instance.id, hash: hash) ?? insert(instance.id, hash, instance.kind.kind)
        else { return instance }
        let before = rows[Int(slot)].instance
        if let before, before.epoch > route.epoch { return instance }
        rows[Int(slot)].instance = instance
        if self.route(slot).map({ $0.epoch < route.epoch }) ?? true { setRoute(route, slot) }
        return before
    }

    mutating func close(_ instance: Instance, _ hash: UInt32, successor: Route?) {
        guard let slot = slot(of: instance.id, hash: hash), rows[Int(slot)].instance === instance else { return }
        rows[Int(slot)].instance = nil
        if route(slot)?.epoch == instance.epoch { setRoute(successor, slot) }
        if !rows[Int(slot)].isWished { remove(slot) }
    }

    private mutating func keep(_ about: About, others: [Route], of slot: UInt32) {
        if !rows[Int(slot)].hasMore, others.isEmpty, about.metadata.isEmpty, about.tags.isEmpty { return }
        let old = rows[Int(slot)].hasMore ? more[slot] : nil
        let hub = rows[Int(slot)].hub
        if let instance = rows[Int(slot)].instance, old?.about ?? .nothing != about {
            instance.residence.update { facts in (facts.metadata, facts.tags) = (about.metadata, about.tags) }
        }
        if old?.about.tags ?? [] != about.tags {
            for tag in old?.about.tags ?? [] { untag(slot, TagKey(hub: hub, tag: tag)) }
            for tag in about.tags { tagged[TagKey(hub: hub, tag: tag), default: []].insert(slot) }
        }
        let isMore = about != .nothing || !others.isEmpty
        rows[Int(slot)].hasMore = isMore
        if isMore { more[slot] = More(about: about, others: others) } else if old != nil { more[slot] = nil }
    }

    private mutating func untag(_ slot: UInt32, _ key: TagKey) {
        tagged[key]?.remove(slot)
        if tagged[key]?.isEmpty == true { tagged[key] = nil }
    }
}

// MARK: - Slots

extension ReadRows {
    /// - Returns: `nil` if the shard has met more kinds or hubs than it can number, or is full.
    private mutating func insert(_ id: ProcessID, _ hash: UInt32, _ kind: ProcessKind) -> UInt32? {
        guard count < Self.capacityLimit, let kind = kinds.number(of: kind) ?? kinds.add(kind),
            let hub = hubs.number(of: id.hub) ?? hubs.add(id.hub)
        else { return nil }
        let row = Row(child: id.child, kind: kind, hub: hub, isWished: false, hasMore: false)
        let slot: UInt32
        if let reused = free.popLast() {
            slot = reused
            rows[Int(slot)] = row
        } else {
            slot = UInt32(rows.count)
            // An eighth more at a time: much of what doubles lies idle.
            if rows.count == rows.capacity { rows.reserveCapacity(rows.count + max(4, rows.count / 8)) }
            rows.append(row)
        }
        if count * 4 > index.count * 3 { grow() } else { place(slot, hash) }
        return slot
    }

    /// Not kept, because it is seldom asked for: when a shard grows, and when a row goes.
    private func hash(_ slot: UInt32) -> UInt32 { ReadTable.placeHash(ReadTable.hash(rows[Int(slot)].child)) }

    private mutating func place(_ slot: UInt32, _ hash: UInt32) {
        let mask = UInt32(index.count - 1)
        var place = hash & mask
        while index[Int(place)] != Self.emptyPlace { place = (place + 1) & mask }
        index[Int(place)] = slot | Self.tag(hash)
    }

    private mutating func grow() {
        index = Array(repeating: Self.emptyPlace, count: max(8, index.count * 2))
        let unused = Set(free)
        for slot in 0..<UInt32(rows.count) where unused.isEmpty || !unused.contains(slot) { place(slot, hash(slot)) }
    }

    private mutating func remove(_ slot: UInt32) {
        let mask = UInt32(index.count - 1)
        var hole = hash(slot) & mask
        while index[Int(hole)] & Self.slotMask != slot { hole = (hole + 1) & mask }
        // Those behind the hole move up as far as their hashes let them, so that none is hidden by an empty place.
        var next = (hole + 1) & mask
        while case let found = index[Int(next)], found != Self.emptyPlace {
            let home = hash(found & Self.slotMask) & mask
            if (next &- home) & mask >= (next &- hole) & mask {
                index[Int(hole)] = found
                hole = next
            }
            next = (next + 1) & mask
        }
        index[Int(hole)] = Self.emptyPlace
        rows[Int(slot)].child = ""
        setRoute(nil, slot)
        free.append(slot)
    }
}

/// Numbers for names that many rows share.
private struct NameNumbers<Text: TextName> {
    private var names: [Text] = []
    private var numbers: [Text: UInt16] = [:]

    var count: Int { names.count }

    subscript(number: UInt16) -> Text { names[Int(number)] }

    func number(of name: Text) -> UInt16? {
        // Nearly always there is one.
        names.first == name ? 0 : numbers[name]
    }

    /// - Returns: the number of a new name; `nil` if there are as many as there are numbers.
    mutating func add(_ name: Text) -> UInt16? {
        guard names.count <= Int(UInt16.max) else { return nil }
        names.append(name)
        numbers[name] = UInt16(names.count - 1)
        return UInt16(names.count - 1)
    }
}
