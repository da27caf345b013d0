// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// One shard of the read table: rows in columns, found through an open-addressed index, and its tags.
///
/// A dictionary of such rows would hold two to three times the memory and copy all of it when it grows.
struct ReadRows {
    private struct Row {
        var route: Route?
        var instance: Instance?
        var hash: UInt32
        var kind: UInt16
        var hub: UInt16
        /// The hub's machine published it; otherwise only an instance stands here.
        var isWished: Bool
        var hasMore: Bool
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

    /// Slot + 1 of a row, 0 where there is none; linear probing; a power of two long.
    private var index: [UInt32] = []
    private var children: [ChildID] = []
    private var rows: [Row] = []
    private var free: [UInt32] = []
    private var more: [UInt32: More] = [:]
    private var tagged: [TagKey: Set<UInt32>] = [:]
    private var kinds = NameNumbers<ProcessKind>()
    private var hubs = NameNumbers<HubID>()

    var count: Int { rows.count - free.count }
}

// MARK: - Reading

extension ReadRows {
    func slot(of id: ProcessID, hash: UInt32) -> UInt32? {
        guard !index.isEmpty else { return nil }
        let mask = UInt32(index.count - 1)
        var place = hash & mask
        while case let found = index[Int(place)], found != 0 {
            let slot = found - 1
            if rows[Int(slot)].hash == hash, children[Int(slot)] == id.child,
                hubs[rows[Int(slot)].hub] == id.hub
            {
                return slot
            }
            place = (place + 1) & mask
        }
        return nil
    }

    func entry(_ slot: UInt32) -> ReadEntry {
        let row = rows[Int(slot)]
        return ReadEntry(kind: kinds[row.kind], route: row.route, instance: row.instance)
    }

    func instance(_ slot: UInt32) -> Instance? { rows[Int(slot)].instance }

    var instances: [Instance] { rows.compactMap(\.instance) }

    func listing(_ slot: UInt32) -> RegistryEntry? {
        let row = rows[Int(slot)]
        guard row.isWished else { return nil }
        var entry = RegistryEntry(id: children[Int(slot)], kind: kinds[row.kind], host: row.route.map(Host.init))
        if row.hasMore, let more = more[slot] {
            entry.metadata = more.about.metadata
            entry.tags = more.about.tags
            entry.others = more.others.map(Host.init)
        }
        return entry
    }

    func list(_ hub: HubID, on node: NodeName?, into entries: inout [RegistryEntry]) {
        guard let hub = hubs.number(of: hub) else { return }
        for (slot, row) in rows.enumerated() where row.isWished && row.hub == hub {
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
        rows[Int(slot)].route = best(of: hosts, beside: rows[Int(slot)])
        keep(about, others: Array(hosts.dropFirst()), of: slot)
    }

    /// Where calls go: where the hub says, unless this node knows of a newer activation; an instance of this node is here
    /// whatever the hub has heard yet.
    private func best(of hosts: [Route], beside row: Row) -> Route? {
        guard let known = row.route else { return hosts.first }
        guard let told = hosts.first else { return row.instance == nil ? nil : known }
        return told.epoch < known.epoch ? known : told
    }

    mutating func forget(_ id: ProcessID, _ hash: UInt32) {
        guard let slot = slot(of: id, hash: hash) else { return }
        rows[Int(slot)].isWished = false
        keep(.nothing, others: [], of: slot)
        if rows[Int(slot)].instance == nil { remove(slot) }
    }

    mutating func raise(_ id: ProcessID, _ hash: UInt32, to route: Route) -> Bool {
        guard let slot = slot(of: id, hash: hash), let known = rows[Int(slot)].route, known.epoch < route.epoch
        else { return false }
        rows[Int(slot)].route = route
        return true
    }

    mutating func open(_ instance: Instance, at route: Route, _ hash: UInt32) -> Instance? {
        guard let slot = slot(of: instance.id, hash: hash) ?? insert(instance.id, hash, instance.kind.kind)
        else { return instance }
        let before = rows[Int(slot)].instance
        if let before, before.epoch > route.epoch { return instance }
        rows[Int(slot)].instance = instance
        if rows[Int(slot)].route.map({ $0.epoch < route.epoch }) ?? true { rows[Int(slot)].route = route }
        return before
    }

    mutating func close(_ instance: Instance, _ hash: UInt32, successor: Route?) {
        guard let slot = slot(of: instance.id, hash: hash), rows[Int(slot)].instance === instance else { return }
        rows[Int(slot)].instance = nil
        if rows[Int(slot)].route?.epoch == instance.epoch { rows[Int(slot)].route = successor }
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
    /// - Returns: `nil` if the shard has met more kinds or hubs than it can number.
    private mutating func insert(_ id: ProcessID, _ hash: UInt32, _ kind: ProcessKind) -> UInt32? {
        guard let kind = kinds.number(of: kind) ?? kinds.add(kind),
            let hub = hubs.number(of: id.hub) ?? hubs.add(id.hub)
        else { return nil }
        let row = Row(hash: hash, kind: kind, hub: hub, isWished: false, hasMore: false)
        let slot: UInt32
        if let reused = free.popLast() {
            slot = reused
            children[Int(slot)] = id.child
            rows[Int(slot)] = row
        } else {
            slot = UInt32(rows.count)
            children.append(id.child)
            rows.append(row)
        }
        if count * 4 > index.count * 3 { grow() } else { place(slot) }
        return slot
    }

    private mutating func place(_ slot: UInt32) {
        let mask = UInt32(index.count - 1)
        var place = rows[Int(slot)].hash & mask
        while index[Int(place)] != 0 { place = (place + 1) & mask }
        index[Int(place)] = slot + 1
    }

    private mutating func grow() {
        index = Array(repeating: 0, count: max(8, index.count * 2))
        let unused = Set(free)
        for slot in rows.indices where unused.isEmpty || !unused.contains(UInt32(slot)) { place(UInt32(slot)) }
    }

    private mutating func remove(_ slot: UInt32) {
        let mask = UInt32(index.count - 1)
        var hole = rows[Int(slot)].hash & mask
        while index[Int(hole)] != slot + 1 { hole = (hole + 1) & mask }
        // Those behind the hole move up as far as their hashes let them, so that none is hidden by an empty place.
        var next = (hole + 1) & mask
        while case let found = index[Int(next)], found != 0 {
            let home = rows[Int(found - 1)].hash & mask
            if (next &- home) & mask >= (next &- hole) & mask {
                index[Int(hole)] = found
                hole = next
            }
            next = (next + 1) & mask
        }
        index[Int(hole)] = 0
        children[Int(slot)] = ""
        rows[Int(slot)].route = nil
        free.append(slot)
    }
}

/// Numbers for names that many rows share.
private struct NameNumbers<Text: TextName> {
    private var names: [Text] = []
    private var numbers: [Text: UInt16] = [:]

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
