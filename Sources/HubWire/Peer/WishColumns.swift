// SPDX-License-Identifier: Apache-2.0

internal import HubCore

// Wishes as columns: ids, stamps, origins, and of the running ones kinds, arguments and what few of them have.

extension ByteWriter {
    mutating func wishes(_ wishes: [Wish]) throws(WireFault) {
        if wishes.isEmpty { return noRows(columns: 11) }
        try fields { writer throws(WireFault) in
            try writer.rowCount(wishes.count)
            try writer.names(of: wishes) { $0.id }
            try writer.stamps(of: wishes) { $0.stamp }
            try writer.stamps(of: wishes) { Stamp(time: $0.origin.sequence, incarnation: $0.origin.caller) }
            try writer.column(wishes) { writer, wish in writer.u8(WishTraits(wish).rawValue) }
            try writer.children(wishes.compactMap(\.child))
            try writer.column(wishes) { writer, wish throws(WireFault) in
                guard case .running(_, let placedOn) = wish.content, !placedOn.isEmpty else { return }
                try writer.placement(placedOn)
            }
            try writer.stamps(of: wishes) { $0.hasSince ? $0.since : nil }
        }
    }

    /// Kinds once each and then by place, arguments, and for those that have any metadata, tags and a shutdown time.
    mutating func children(_ children: [Child]) throws(WireFault) {
        var kinds = ShortIndex<ProcessKind>()
        for child in children { _ = kinds.place(of: child.kind) }
        try rowCount(kinds.count)
        try names(kinds.keys)
        try column(children) { writer, child in writer.varint(UInt64(kinds.place(of: child.kind).place)) }
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
        if count == 0, fields.holdsNoRows() { return [] }
        var ids = NameColumn(try fields.fields())
        var stamps = StampColumn(try fields.fields())
        var origins = StampColumn(try fields.fields())
        var traits = try fields.fields()
        var children = try ChildColumns(from: &fields)
        var placements = try fields.fields()
        var starts = StampColumn(try fields.fields())
        try fields.skipExtensionFields()
        var wishes: [Wish] = []
        wishes.reserveCapacity(min(count, traits.remaining))
        for _ in 0..<count {
            let (id, stamp, origin): (ChildID, Stamp, Stamp) = (try ids.next(), try stamps.next(), try origins.next())
            let trait = WishTraits(rawValue: try traits.u8())
            var wish = Wish(
                id: id, stamp: stamp, origin: RequestID(caller: origin.incarnation, sequence: origin.time),
                content: .stopped)
            if trait.contains(.isRunning) {
                let child = try children.next(id, trait)
                wish.content = .running(
                    child, placedOn: trait.contains(.hasPlacement) ? try placements.placement() : [])
            }
            if trait.contains(.hasSince) { wish.since = try starts.nextStart(of: stamp) }
            wishes.append(wish)
        }
        try ids.reader.skipExtensionFields()
        try stamps.reader.skipExtensionFields()
        try origins.reader.skipExtensionFields()
        try traits.skipExtensionFields()
        try children.end()
        try placements.skipExtensionFields()
        try starts.reader.skipExtensionFields()
        return wishes
    }

    /// The children of these ids, in their order.
    mutating func children(_ rows: [(id: ChildID, traits: WishTraits)]) throws(WireFault) -> [Child] {
        var columns = try ChildColumns(from: &self)
        var children: [Child] = []
        children.reserveCapacity(rows.count)
        for row in rows { children.append(try columns.next(row.id, row.traits)) }
        try columns.end()
        return children
    }

    private mutating func placement() throws(WireFault) -> [NodeName] {
        var nodes: [NodeName] = []
        for _ in 0..<(try count(limit: Limits.peers, bytesEach: 2)) { nodes.append(try name()) }
        return nodes
    }
}

/// Children as they are read one after the other.
struct ChildColumns {
    private let kinds: [ProcessKind]
    private var chosen: ByteReader
    private var arguments: ByteReader
    private var others: ByteReader

    init(from reader: inout ByteReader) throws(WireFault) {
        kinds = try reader.names(try reader.rowCount())
        chosen = try reader.fields()
        arguments = try reader.fields()
        others = try reader.fields()
    }

    mutating func next(_ id: ChildID, _ traits: WishTraits) throws(WireFault) -> Child {
        let start = chosen.offset
        let kind = try chosen.varint()
        guard kind < UInt64(kinds.count) else { throw WireFault(.invalidField, at: start) }
        var child = Child(
            id: id, kind: kinds[Int(kind)],
            arguments: Array(try arguments.prefixed(limit: Limits.childArgumentBytes)), restart: traits.restart)
        if traits.contains(.hasMetadata) { child.metadata = try others.metadata() }
        if traits.contains(.hasTags) { child.tags = try others.tags() }
        if traits.contains(.hasShutdown) { child.shutdown = .nanoseconds(Int64(clamping: try others.varint())) }
        return child
    }

    mutating func end() throws(WireFault) {
        try chosen.skipExtensionFields()
        try arguments.skipExtensionFields()
        try others.skipExtensionFields()
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
        if case .running(let child, let placedOn) = wish.content {
            self.init(child)
            if !placedOn.isEmpty { insert(.hasPlacement) }
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

    fileprivate var child: Child? { if case .running(let child, _) = content { child } else { nil } }
}
