// SPDX-License-Identifier: Apache-2.0

internal import HubCore

// Wishes as columns: ids, stamps, origins, and of the running ones kinds, arguments and what few of them have.

extension ByteWriter {
    mutating func wishes(_ wishes: [Wish]) throws(WireFault) {
        try fields { writer throws(WireFault) in
            try writer.rowCount(wishes.count)
            try writer.names(wishes.map(\.id))
            try writer.stamps(wishes.map(\.stamp))
            try writer.stamps(wishes.map { Stamp(time: $0.origin.sequence, incarnation: $0.origin.caller) })
            try writer.column(wishes) { writer, wish in writer.u8(WishTraits(wish).rawValue) }
            let running = wishes.compactMap(\.running)
            try writer.children(running.map(\.child))
            try writer.column(running) { writer, row throws(WireFault) in
                if !row.placedOn.isEmpty { try writer.placement(row.placedOn) }
            }
            try writer.stamps(wishes.filter(\.hasSince).map(\.since))
        }
    }

    /// Kinds once each and then by place, arguments, and for those that have any metadata, tags and a shutdown time.
    mutating func children(_ children: [Child]) throws(WireFault) {
        var kinds: [ProcessKind] = []
        var places: [ProcessKind: Int] = [:]
        for child in children where places[child.kind] == nil {
            places[child.kind] = kinds.count
            kinds.append(child.kind)
        }
        try rowCount(kinds.count)
        try names(kinds)
        try column(children) { writer, child in writer.varint(UInt64(places[child.kind] ?? 0)) }
        try column(children) { writer, child throws(WireFault) in
            guard child.arguments.count <= Limits.childArgumentBytes else {
                throw WireFault(.overLimit, at: writer.count)
            }
            writer.prefixed(child.arguments)
        }
        try column(children) { writer, child throws(WireFault) in
            if !child.metadata.isEmpty { try writer.metadata(child.metadata) }
            if !child.tags.isEmpty { try writer.tags(child.tags) }
            if child.shutdown != Limits.childShutdown {
                writer.varint(UInt64(max(0, child.shutdown.wholeNanoseconds)))
            }
        }
    }

    private mutating func placement(_ nodes: [NodeName]) throws(WireFault) {
        guard nodes.count <= Limits.peers else { throw WireFault(.overLimit, at: count) }
        varint(UInt64(nodes.count))
        for node in nodes { try name(node) }
    }
}

extension ByteReader {
    mutating func wishes() throws(WireFault) -> [Wish] {
        var fields = try fields()
        let count = try fields.rowCount()
        let ids: [ChildID] = try fields.names(count)
        let stamps = try fields.stamps(count)
        let origins = try fields.stamps(count)
        let traits = try fields.column(count) { reader throws(WireFault) in WishTraits(rawValue: try reader.u8()) }
        let places = traits.indices.filter { traits[$0].contains(.isRunning) }
        let children = try fields.children(places.map { (ids[$0], traits[$0]) })
        var row = -1
        let placements = try fields.column(places.count) { reader throws(WireFault) in
            row += 1
            return traits[places[row]].contains(.hasPlacement) ? try reader.placement() : []
        }
        let dated = traits.indices.filter { traits[$0].contains(.hasSince) }
        let starts = try fields.stamps(dated.count)
        try fields.skipExtensionFields()
        var since = stamps
        for (row, place) in dated.enumerated() where starts[row] > .zero {
            since[place] = min(starts[row], stamps[place])
        }
        var wishes = ids.indices.map { place in
            Wish(
                id: ids[place], stamp: stamps[place], since: since[place],
                origin: RequestID(caller: origins[place].incarnation, sequence: origins[place].time),
                content: .stopped)
        }
        for (row, place) in places.enumerated() {
            wishes[place].content = .running(children[row], placedOn: placements[row])
        }
        return wishes
    }

    /// The children of these ids, in their order.
    mutating func children(_ rows: [(id: ChildID, traits: WishTraits)]) throws(WireFault) -> [Child] {
        let kinds: [ProcessKind] = try names(try rowCount())
        let chosen = try column(rows.count) { reader throws(WireFault) in
            let start = reader.offset
            let place = try reader.varint()
            guard place < UInt64(kinds.count) else { throw WireFault(.invalidField, at: start) }
            return kinds[Int(place)]
        }
        let arguments = try column(rows.count) { reader throws(WireFault) in
            Array(try reader.prefixed(limit: Limits.childArgumentBytes))
        }
        var row = -1
        return try column(rows.count) { reader throws(WireFault) in
            row += 1
            let traits = rows[row].traits
            var child = Child(id: rows[row].id, kind: chosen[row], arguments: arguments[row], restart: traits.restart)
            if traits.contains(.hasMetadata) { child.metadata = try reader.metadata() }
            if traits.contains(.hasTags) { child.tags = try reader.tags() }
            if traits.contains(.hasShutdown) { child.shutdown = .nanoseconds(Int64(clamping: try reader.varint())) }
            return child
        }
    }

    private mutating func placement() throws(WireFault) -> [NodeName] {
        var nodes: [NodeName] = []
        for _ in 0..<(try count(limit: Limits.peers, bytesEach: 2)) { nodes.append(try name()) }
        return nodes
    }
}

/// What a wish is and has, in a byte.
struct WishTraits: OptionSet {
    let rawValue: UInt8

    static let isRunning = WishTraits(rawValue: 1)
    static let hasMetadata = WishTraits(rawValue: 8)
    static let hasTags = WishTraits(rawValue: 16)
    static let hasShutdown = WishTraits(rawValue: 32)
    static let hasPlacement = WishTraits(rawValue: 64)
    static let hasSince = WishTraits(rawValue: 128)

    init(rawValue: UInt8) { self.rawValue = rawValue }

    init(_ child: Child) {
        // The second and third bit are the restart policy.
        var traits = WishTraits(rawValue: 1 | child.restart.rawValue << 1)
        if !child.metadata.isEmpty { traits.insert(.hasMetadata) }
        if !child.tags.isEmpty { traits.insert(.hasTags) }
        if child.shutdown != Limits.childShutdown { traits.insert(.hasShutdown) }
        self = traits
    }

    init(_ wish: Wish) {
        if let running = wish.running {
            self.init(running.child)
            if !running.placedOn.isEmpty { insert(.hasPlacement) }
        } else {
            self.init(rawValue: 0)
        }
        if wish.hasSince { insert(.hasSince) }
    }

    /// A policy that only a newer version knows restarts always, as the default does.
    var restart: RestartPolicy { RestartPolicy(rawValue: rawValue >> 1 & 3) ?? .permanent }
}

extension Wish {
    fileprivate var hasSince: Bool { since != stamp }

    fileprivate var running: (child: Child, placedOn: [NodeName])? {
        guard case .running(let child, let placedOn) = content else { return nil }
        return (child, placedOn)
    }
}
