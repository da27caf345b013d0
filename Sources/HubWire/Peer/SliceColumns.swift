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
        try fields { writer throws(WireFault) in
            try writer.rowCount(rows.count)
            try writer.names(rows.map(\.child))
            try writer.numbers(rows.map(\.number))
            try writer.column(rows) { writer, row in writer.u8(row.copy.map { $0.status.code } ?? SliceRow.gone) }
            let copies = rows.compactMap(\.copy)
            try writer.stamps(copies.map(\.epoch.stamp))
            try writer.column(copies) { writer, copy in
                writer.varint(copy.version << 1 | (copy.isComplete ? 1 : 0))
            }
            try writer.column(copies) { writer, copy throws(WireFault) in
                switch copy.status {
                case .moving(let node, let epoch), .moved(let node, let epoch):
                    try writer.name(node)
                    writer.epoch(epoch)
                case .prepared(let epoch): writer.epoch(epoch)
                case .starting, .active, .idle, .passive: break
                }
            }
        }
    }

    mutating func keys(_ keys: [WishKey]) throws(WireFault) {
        try fields { writer throws(WireFault) in
            try writer.rowCount(keys.count)
            try writer.names(keys.map(\.id))
            try writer.stamps(keys.map(\.version.stamp))
            try writer.column(keys) { writer, key in
                writer.u8(key.desired.rawValue | (key.hasSince ? WishKey.sinceBit : 0))
            }
            try writer.stamps(keys.filter(\.hasSince).map(\.version.since))
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
        let children: [ChildID] = try fields.names(count)
        let numbers = try fields.numbers(count)
        let codes = try fields.column(count) { reader throws(WireFault) in try reader.u8() }
        let live = codes.indices.filter { codes[$0] != SliceRow.gone }
        let epochs = try fields.stamps(live.count)
        let versions = try fields.column(live.count) { reader throws(WireFault) in try reader.varint() }
        var row = -1
        let copies = try fields.column(live.count) { reader throws(WireFault) in
            row += 1
            let status = try reader.status(codes[live[row]])
            return Copy(
                epoch: Epoch(epochs[row]), status: status, version: versions[row] >> 1,
                isComplete: versions[row] & 1 == 1)
        }
        try fields.skipExtensionFields()
        var rows = children.indices.map { SliceRow(child: children[$0], number: numbers[$0], copy: nil) }
        for (row, place) in live.enumerated() { rows[place].copy = copies[row] }
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
        let ids: [ChildID] = try fields.names(count)
        let stamps = try fields.stamps(count)
        let traits = try fields.column(count) { reader throws(WireFault) in try reader.u8() }
        let dated = traits.indices.filter { traits[$0] & WishKey.sinceBit != 0 }
        let starts = try fields.stamps(dated.count)
        try fields.skipExtensionFields()
        var since = stamps
        for (row, place) in dated.enumerated() where starts[row] > .zero {
            since[place] = min(starts[row], stamps[place])
        }
        return ids.indices.map { place in
            WishKey(
                id: ids[place], version: Wish.Version(since: since[place], stamp: stamps[place]),
                desired: Desired(rawValue: traits[place] & ~WishKey.sinceBit) ?? .running)
        }
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
