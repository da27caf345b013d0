// SPDX-License-Identifier: Apache-2.0

internal import HubCore

extension Rumour {
    func encode(into writer: inout ByteWriter) throws(WireFault) {
        switch self {
        case .alive(let statement):
            writer.u8(0)
            try writer.statement(statement)
        case .suspected(let life, let refutation, let by):
            writer.u8(1)
            try writer.life(life)
            writer.varint(refutation)
            try writer.name(by)
        case .ended(let life, let refutation, let by):
            writer.u8(2)
            try writer.life(life)
            writer.varint(refutation)
            try writer.name(by)
        case .dead(let life, let cause):
            writer.u8(3)
            try writer.life(life)
            writer.u8(cause.rawValue)
        case .outranked(let life, let by, let born):
            writer.u8(4)
            try writer.life(life)
            writer.incarnation(by)
            writer.stamp(born)
        case .left(let life):
            writer.u8(5)
            try writer.life(life)
        }
    }

    /// The rumour, or `nil` for one that only a newer version knows.
    static func read(from reader: inout ByteReader) throws(WireFault) -> Rumour? {
        let rumour: Rumour
        switch try reader.u8() {
        case 0: rumour = .alive(try reader.statement())
        case 1: rumour = .suspected(try reader.life(), refutation: try reader.varint(), by: try reader.name())
        case 2: rumour = .ended(try reader.life(), refutation: try reader.varint(), by: try reader.name())
        case 3:
            let life = try reader.life()
            rumour = .dead(life, DeathCause(rawValue: try reader.u8()) ?? .silence)
        case 4: rumour = .outranked(try reader.life(), by: try reader.incarnation(), born: try reader.stamp())
        case 5: rumour = .left(try reader.life())
        default: return nil
        }
        try reader.skipExtensionFields()
        return rumour
    }
}

extension ByteWriter {
    mutating func life(_ life: Life) throws(WireFault) {
        try name(life.name)
        incarnation(life.incarnation)
    }

    mutating func statement(_ statement: Statement) throws(WireFault) {
        try fields { writer throws(WireFault) in
            try writer.life(statement.life)
            writer.stamp(statement.born)
            writer.u8((statement.isDraining ? 1 : 0) | (statement.succeeds == nil ? 0 : 2))
            if let former = statement.succeeds { writer.incarnation(former) }
            writer.varint(statement.refutation)
            writer.varint(statement.version)
            writer.text(statement.address?.host ?? "")
            writer.u16(statement.address?.port ?? 0)
            try writer.traits(statement.traits)
            guard statement.hubs.count <= Limits.hubsPerNode else { throw WireFault(.overLimit, at: writer.count) }
            writer.varint(UInt64(statement.hubs.count))
            for hub in statement.hubs { try writer.name(hub) }
        }
    }

    private mutating func traits(_ traits: NodeTraits) throws(WireFault) {
        guard traits.isAcceptable else { throw WireFault(.overLimit, at: count) }
        u64(traits.weight.bitPattern)
        text(traits.zone ?? "")
        varint(UInt64(traits.labels.count))
        for key in traits.labels.keys.sorted() {
            text(key)
            text(traits.labels[key] ?? "")
        }
    }
}

extension ByteReader {
    mutating func life() throws(WireFault) -> Life { Life(try name(), try incarnation()) }

    mutating func known() throws(WireFault) -> [MembershipMessage.Known] {
        var known: [MembershipMessage.Known] = []
        for _ in 0..<(try count(limit: Limits.peers, bytesEach: 11)) {
            known.append(MembershipMessage.Known(try life(), version: try varint()))
        }
        return known
    }

    mutating func statement() throws(WireFault) -> Statement {
        var fields = try fields()
        var statement = Statement(life: try fields.life(), born: try fields.stamp())
        let flags = try fields.u8()
        // A newer version may set others: what those bring along comes after all that is known here.
        statement.isDraining = flags & 1 != 0
        if flags & 2 != 0 { statement.succeeds = try fields.incarnation() }
        statement.refutation = try fields.varint()
        statement.version = try fields.varint()
        let host = try fields.text(limit: Limits.nameBytes)
        let port = try fields.u16()
        if !host.isEmpty { statement.address = PeerAddress(host: host, port: port) }
        statement.traits = try fields.traits()
        for _ in 0..<(try fields.count(limit: Limits.hubsPerNode, bytesEach: 2)) {
            statement.hubs.append(try fields.name())
        }
        try fields.skipExtensionFields()
        return statement
    }

    private mutating func traits() throws(WireFault) -> NodeTraits {
        var traits = NodeTraits(weight: Double(bitPattern: try u64()))
        let zone = try text(limit: Limits.nameBytes)
        traits.zone = zone.isEmpty ? nil : zone
        for _ in 0..<(try count(limit: Limits.labelsPerNode, bytesEach: 2)) {
            let key = try text(limit: Limits.nameBytes)
            traits.labels[key] = try text(limit: Limits.nameBytes)
        }
        guard traits.isAcceptable else { throw fault(.invalidField) }
        return traits
    }
}
