// SPDX-License-Identifier: Apache-2.0

package import HubCore

extension RegistryMessage {
    package func encode(into writer: inout ByteWriter) throws(WireFault) {
        try writer.fields { writer throws(WireFault) in
            writer.stamp(birth)
            writer.u8(body.tag)
            try writer.fields { writer throws(WireFault) in try body.encode(into: &writer) }
        }
    }

    package init(from reader: inout ByteReader) throws(WireFault) {
        var fields = try reader.fields()
        let birth = try fields.stamp()
        let tag = try fields.u8()
        var inner = try fields.fields()
        let body = try Body(tag, from: &inner)
        try fields.skipExtensionFields()
        self.init(birth: birth, body: body)
    }
}

extension RegistryMessage.Body {
    /// The numbers never change.
    fileprivate var tag: UInt8 {
        switch self {
        case .delta: 0
        case .received: 1
        case .compare: 2
        case .compared: 3
        case .keys: 4
        case .differences: 5
        case .wishes: 6
        case .completed: 7
        case .sliceWanted: 8
        case .relayAsked: 9
        case .unknown(let tag): tag
        }
    }

    fileprivate func encode(into writer: inout ByteWriter) throws(WireFault) {
        switch self {
        case .delta(let delta): try delta.encode(into: &writer)
        case .received(let receipt): try receipt.encode(into: &writer)
        case .compare(let summary): try summary.encode(into: &writer)
        case .compared(let summary, let buckets):
            try summary.encode(into: &writer)
            try writer.rowCount(buckets.count)
            try writer.digests(buckets)
        case .keys(let keys): try keys.encode(into: &writer)
        case .differences(let differences): try differences.encode(into: &writer)
        case .wishes(let wishes): try writer.wishes(wishes)
        case .completed(let round, let horizon):
            writer.varint(round)
            writer.stamp(horizon)
        case .sliceWanted(let life, let from):
            try writer.hubLife(life)
            writer.varint(from)
        case .relayAsked(let node): try writer.name(node)
        case .unknown: break
        }
    }

    fileprivate init(_ tag: UInt8, from reader: inout ByteReader) throws(WireFault) {
        switch tag {
        case 0: self = .delta(try Delta(from: &reader))
        case 1: self = .received(try Receipt(from: &reader))
        case 2: self = .compare(try Summary(from: &reader))
        case 3:
            let summary = try Summary(from: &reader)
            let buckets = try reader.column(try reader.rowCount()) { reader throws(WireFault) in
                BucketDigest(digest: try reader.u64(), count: UInt32(clamping: try reader.varint()))
            }
            self = .compared(summary, buckets: buckets)
        case 4: self = .keys(try BucketKeys(from: &reader))
        case 5: self = .differences(try BucketDifferences(from: &reader))
        case 6: self = .wishes(try reader.wishes())
        case 7: self = .completed(round: try reader.varint(), horizon: try reader.stamp())
        case 8: self = .sliceWanted(try reader.hubLife(), from: try reader.varint())
        case 9: self = .relayAsked(try reader.name())
        default:
            self = .unknown(tag)
            return  // How its fields go on is not known, only where they end.
        }
        try reader.skipExtensionFields()
    }
}

// MARK: - Deltas

extension Delta {
    fileprivate func encode(into writer: inout ByteWriter) throws(WireFault) {
        writer.varint(number)
        try writer.wishes(wishes)
        writer.u8((slice == nil ? 0 : 1) | (isPatient ? 2 : 0))
        if let slice { try writer.range(slice) }
        try writer.rows(loose)
    }

    fileprivate init(from reader: inout ByteReader) throws(WireFault) {
        let number = try reader.varint()
        let wishes = try reader.wishes()
        let flags = try reader.flags(atMost: 3)
        let slice = flags & 1 != 0 ? try reader.range() : nil
        self.init(
            number: number, wishes: wishes, slice: slice, loose: try reader.rows(), isPatient: flags & 2 != 0)
    }
}

extension Receipt {
    fileprivate func encode(into writer: inout ByteWriter) throws(WireFault) {
        writer.stamp(to)
        writer.varint(number)
        writer.u8(slice == nil ? 0 : 1)
        if let slice {
            try writer.hubLife(slice.life)
            writer.varint(slice.number)
            writer.u8((slice.isGap ? 1 : 0) | (slice.isWhole ? 2 : 0))
        }
        try writer.keys(covered)
    }

    fileprivate init(from reader: inout ByteReader) throws(WireFault) {
        let to = try reader.stamp()
        let number = try reader.varint()
        var slice: SlicePosition?
        if try reader.flag() {
            let life = try reader.hubLife()
            let position = try reader.varint()
            let flags = try reader.u8()
            slice = SlicePosition(life: life, number: position, isGap: flags & 1 != 0, isWhole: flags & 2 != 0)
        }
        self.init(to: to, number: number, slice: slice, covered: try reader.keys())
    }
}

extension ByteWriter {
    /// Of these there are thousands: some are packed at a time.
    fileprivate mutating func digests(_ buckets: [BucketDigest]) throws(WireFault) {
        let most = PackedBytes.capacity / 13
        try fields { writer in
            for start in stride(from: 0, to: buckets.count, by: most) {
                writer.packed { words in
                    for place in start..<min(start + most, buckets.count) {
                        words.u64(buckets[place].digest)
                        words.varint(UInt64(buckets[place].count))
                    }
                }
            }
        }
    }
}

extension ByteReader {
    /// A byte that says whether something follows.
    fileprivate mutating func flag() throws(WireFault) -> Bool { try flags(atMost: 1) == 1 }

    fileprivate mutating func flags(atMost most: UInt8) throws(WireFault) -> UInt8 {
        let start = offset
        let flags = try u8()
        guard flags <= most else { throw WireFault(.invalidField, at: start) }
        return flags
    }
}

// MARK: - Exchanges

extension Summary {
    fileprivate func encode(into writer: inout ByteWriter) throws(WireFault) {
        try writer.fields { writer throws(WireFault) in
            writer.varint(round)
            writer.stamp(horizon)
            writer.u8(isReady ? 1 : 0)
            writer.u64(digest)
            try writer.rowCount(slices.count)
            try writer.column(slices) { writer, slice throws(WireFault) in
                try writer.hubLife(slice.life)
                writer.varint(slice.number)
                writer.u64(slice.hash)
            }
        }
    }

    fileprivate init(from reader: inout ByteReader) throws(WireFault) {
        var fields = try reader.fields()
        let round = try fields.varint()
        let horizon = try fields.stamp()
        let isReady = try fields.u8() & 1 != 0
        let digest = try fields.u64()
        let slices = try fields.column(try fields.rowCount()) { reader throws(WireFault) in
            SliceSummary(life: try reader.hubLife(), number: try reader.varint(), hash: try reader.u64())
        }
        try fields.skipExtensionFields()
        self.init(round: round, horizon: horizon, isReady: isReady, digest: digest, slices: slices)
    }
}

extension BucketKeys {
    fileprivate func encode(into writer: inout ByteWriter) throws(WireFault) {
        writer.varint(round)
        writer.stamp(horizon)
        try writer.rowCount(buckets.count)
        try writer.column(buckets) { writer, bucket throws(WireFault) in
            writer.u16(bucket.index)
            try writer.keys(bucket.keys)
        }
    }

    fileprivate init(from reader: inout ByteReader) throws(WireFault) {
        let round = try reader.varint()
        let horizon = try reader.stamp()
        let buckets = try reader.column(try reader.rowCount()) { reader throws(WireFault) in
            Bucket(index: try reader.u16(), keys: try reader.keys())
        }
        self.init(round: round, horizon: horizon, buckets: buckets)
    }
}

extension BucketDifferences {
    fileprivate func encode(into writer: inout ByteWriter) throws(WireFault) {
        writer.varint(round)
        for indices in [equal, unequal] {
            try writer.rowCount(indices.count)
            try writer.column(indices) { writer, index in writer.u16(index) }
        }
        try writer.wishes(wishes)
        try writer.rowCount(wanted.count)
        try writer.names(wanted)
        try writer.keys(covered)
    }

    fileprivate init(from reader: inout ByteReader) throws(WireFault) {
        self.init(round: try reader.varint())
        equal = try reader.column(try reader.rowCount()) { reader throws(WireFault) in try reader.u16() }
        unequal = try reader.column(try reader.rowCount()) { reader throws(WireFault) in try reader.u16() }
        wishes = try reader.wishes()
        wanted = try reader.names(try reader.rowCount())
        covered = try reader.keys()
    }
}
