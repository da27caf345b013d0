// SPDX-License-Identifier: Apache-2.0

internal import HubCore

// Ranges of a slice and keys of wishes as columns.

extension ByteWriter {
    mutating func hubLife(_ life: HubLife) throws(WireFault) {
        try name(life.node)
        stamp(life.birth)
    }

    mutating func range(_ range: SliceRange) throws(WireFault) {
        try fields { writer throws(WireFault) in
            try writer.hubLife(range.life)
            for number in [range.from, range.to, range.top, range.trimmed] { writer.varint(number) }
            try writer.rows(range.rows)
        }
    }

    mutating func rows(_ rows: [SliceRow]) throws(WireFault) {
        if rows.isEmpty { return noRows(columns: 6) }
        try fields { writer throws(WireFault) in
            try writer.rowCount(rows.count)
            try writer.names(of: rows) { $0.child }
            try writer.numbers(of: rows) { $0.number }
            try writer.column(rows) { writer, row in writer.u8(row.copy.map { $0.status.code } ?? SliceRow.gone) }
            try writer.stamps(of: rows) { $0.copy?.epoch.stamp }
            try writer.column(rows) { writer, row in
                if let copy = row.copy { writer.varint(copy.version << 1 | (copy.isComplete ? 1 : 0)) }
            }
            try writer.column(rows) { writer, row throws(WireFault) in
                switch row.copy?.status {
                case .moving(let node, let epoch)?, .moved(let node, let epoch)?:
                    try writer.name(node)
                    writer.epoch(epoch)
                case .prepared(let epoch)?: writer.epoch(epoch)
                case .starting?, .active?, .idle?, .passive?, nil: break
                }
            }
        }
    }

    mutating func keys(_ keys: [WishKey]) throws(WireFault) {
        if keys.isEmpty { return noRows(columns: 4) }
        try fields { writer throws(WireFault) in
            try writer.rowCount(keys.count)
            try writer.names(of: keys) { $0.id }
            try writer.stamps(of: keys) { $0.version.stamp }
            try writer.column(keys) { writer, key in
                writer.u8(key.desired.rawValue | (key.hasSince ? WishKey.sinceBit : 0))
            }
            try writer.stamps(of: keys) { $0.hasSince ? $0.version.since : nil }
        }
    }
}

extension ByteReader {
    mutating func hubLife() throws(WireFault) -> HubLife { HubLife(node: try name(), birth: try stamp()) }

    mutating func range() throws(WireFault) -> SliceRange {
        var fields = try fields()
        let life = try fields.hubLife()
        let (from, to) = (try fields.varint(), try fields.varint())
        let (top, trimmed) = (try fields.varint(), try fields.varint())
        let rows = try fields.rows()
        try fields.skipExtensionFields()
        return SliceRange(life: life, from: from, to: to, top: top, trimmed: trimmed, rows: rows)
    }

    mutating func rows() throws(WireFault) -> [SliceRow] {
        var fields = try fields()
        let count = try fields.rowCount()
        if count == 0, fields.holdsNoRows() { return [] }
        var children = NameColumn(try fields.fields())
        var numbers = NumberColumn(try fields.fields())
        var codes = try fields.fields()
        var epochs = StampColumn(try fields.fields())
        var versions = try fields.fields()
        var targets = try fields.fields()
        try fields.skipExtensionFields()
        var rows: [SliceRow] = []
        rows.reserveCapacity(min(count, codes.remaining))
        for _ in 0..<count {
            var row = SliceRow(child: try children.next(), number: try numbers.next(), copy: nil)
            let code = try codes.u8()
            if code != SliceRow.gone {
                let (epoch, version) = (Epoch(try epochs.next()), try versions.varint())
                row.copy = Copy(
                    epoch: epoch, status: try targets.status(code), version: version >> 1,
                    isComplete: version & 1 == 1)
            }
            rows.append(row)
        }
        try children.reader.skipExtensionFields()
        try numbers.reader.skipExtensionFields()
        try codes.skipExtensionFields()
        try epochs.reader.skipExtensionFields()
        try versions.skipExtensionFields()
        try targets.skipExtensionFields()
        return rows
    }

    private mutating func status(_ code: UInt8) throws(WireFault) -> Copy.Status {
        switch code {
        case 0: .active
        case 1: .moving(to: try name(), try epoch())
        case 2: .moved(to: try name(), try epoch())
        case 3: .prepared(try epoch())
        case 4: .passive
        case 5: .starting
        case 6: .idle
        // What a newer version does with it keeps others from starting it, and sends nobody there. What it has to say of
        // a new status comes in a column of its own, after those that are known.
        default: .idle
        }
    }

    mutating func keys() throws(WireFault) -> [WishKey] {
        var fields = try fields()
        let count = try fields.rowCount()
        if count == 0, fields.holdsNoRows() { return [] }
        var ids = NameColumn(try fields.fields())
        var stamps = StampColumn(try fields.fields())
        var traits = try fields.fields()
        var starts = StampColumn(try fields.fields())
        try fields.skipExtensionFields()
        var keys: [WishKey] = []
        keys.reserveCapacity(min(count, traits.remaining))
        for _ in 0..<count {
            let (id, stamp, trait): (ChildID, Stamp, UInt8) = (try ids.next(), try stamps.next(), try traits.u8())
            let since = trait & WishKey.sinceBit == 0 ? stamp : try starts.nextStart(of: stamp)
            keys.append(
                WishKey(
                    id: id, version: Wish.Version(since: since, stamp: stamp),
                    desired: Desired(rawValue: trait & ~WishKey.sinceBit) ?? .running))
        }
        try ids.reader.skipExtensionFields()
        try stamps.reader.skipExtensionFields()
        try traits.skipExtensionFields()
        try starts.reader.skipExtensionFields()
        return keys
    }
}

extension StampColumn {
    /// From when a wish of this stamp counts: never later than its stamp.
    mutating func nextStart(of stamp: Stamp) throws(WireFault) -> Stamp {
        let start = try next()
        return start > .zero ? min(start, stamp) : stamp
    }
}

extension WishKey {
    /// Beside what is desired: the stamp from which the wish counts is not its own, and among those that follow.
    fileprivate static let sinceBit: UInt8 = 128
    fileprivate var hasSince: Bool { version.since != version.stamp }
}

extension SliceRow {
    /// In the place of a status: there is no copy any more.
    fileprivate static let gone: UInt8 = 255
}

extension Copy.Status {
    /// The numbers never change.
    fileprivate var code: UInt8 {
        switch self {
        case .active: 0
        case .moving: 1
        case .moved: 2
        case .prepared: 3
        case .passive: 4
        case .starting: 5
        case .idle: 6
        }
    }
}
