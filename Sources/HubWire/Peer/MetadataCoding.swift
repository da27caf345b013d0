// SPDX-License-Identifier: Apache-2.0

internal import HubCore

// Metadata and tags, as they travel with a wish. Keys are written in their order, so that equal metadata are equal bytes.

extension ByteWriter {
    /// - Throws: ``WireFault`` with ``WireFault/Rule/overLimit`` for more than any child may have.
    mutating func metadata(_ metadata: [String: MetadataValue]) throws(WireFault) {
        let start = count
        try fields { writer throws(WireFault) in try writer.entries(metadata, depth: Limits.metadataDepth) }
        guard count - start <= Limits.metadataBytes + 8 else { throw WireFault(.overLimit, at: start) }
    }

    private mutating func entries(_ entries: [String: MetadataValue], depth: Int) throws(WireFault) {
        varint(UInt64(entries.count))
        for (key, value) in entries.sorted(by: { $0.key < $1.key }) {
            text(key)
            try self.value(value, depth: depth)
        }
    }

    private mutating func value(_ value: MetadataValue, depth: Int) throws(WireFault) {
        guard depth >= 0 else { throw WireFault(.overLimit, at: count) }
        switch value {
        case .bool(let flag): u8(flag ? 1 : 0)
        case .integer(let number):
            u8(2)
            u64(UInt64(bitPattern: number))
        case .double(let number):
            u8(3)
            u64(number.bitPattern)
        case .string(let text):
            u8(4)
            self.text(text)
        case .list(let values):
            u8(5)
            varint(UInt64(values.count))
            for value in values { try self.value(value, depth: depth - 1) }
        case .map(let entries):
            u8(6)
            try self.entries(entries, depth: depth - 1)
        }
    }

    mutating func tags(_ tags: Set<String>) throws(WireFault) {
        guard tags.count <= Limits.tags else { throw WireFault(.overLimit, at: count) }
        varint(UInt64(tags.count))
        for tag in tags.sorted() {
            guard tag.utf8.count <= Limits.tagBytes else { throw WireFault(.overLimit, at: count) }
            try name(ChildID(rawValue: tag))
        }
    }
}

extension ByteReader {
    mutating func metadata() throws(WireFault) -> [String: MetadataValue] {
        var fields = try prefixedReader(limit: Limits.metadataBytes + 4)
        let metadata = try fields.entries(depth: Limits.metadataDepth)
        try fields.skipExtensionFields()
        return metadata
    }

    private mutating func entries(depth: Int) throws(WireFault) -> [String: MetadataValue] {
        var entries: [String: MetadataValue] = [:]
        for _ in 0..<(try count(limit: Limits.metadataBytes, bytesEach: 2)) {
            let start = offset
            let key = try text(limit: Limits.metadataBytes)
            guard entries.updateValue(try value(depth: depth), forKey: key) == nil else {
                throw WireFault(.invalidField, at: start)
            }
        }
        return entries
    }

    private mutating func value(depth: Int) throws(WireFault) -> MetadataValue {
        guard depth >= 0 else { throw fault(.overLimit) }
        let start = offset
        switch try u8() {
        case 0: return .bool(false)
        case 1: return .bool(true)
        case 2: return .integer(Int64(bitPattern: try u64()))
        case 3: return .double(Double(bitPattern: try u64()))
        case 4: return .string(try text(limit: Limits.metadataBytes))
        case 5:
            var values: [MetadataValue] = []
            for _ in 0..<(try count(limit: Limits.metadataBytes)) { values.append(try value(depth: depth - 1)) }
            return .list(values)
        case 6: return .map(try entries(depth: depth - 1))
        default: throw WireFault(.invalidField, at: start)
        }
    }

    mutating func tags() throws(WireFault) -> Set<String> {
        var tags: Set<String> = []
        for _ in 0..<(try count(limit: Limits.tags, bytesEach: 2)) {
            let start = offset
            let tag: ChildID = try name()
            guard tag.rawValue.utf8.count <= Limits.tagBytes else { throw WireFault(.overLimit, at: start) }
            tags.insert(tag.rawValue)
        }
        return tags
    }
}
