// SPDX-License-Identifier: Apache-2.0

/// A map being encoded: one pair for each call, in the order of the calls.
struct KeyedWriter<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let store: EncodingStore
    let handle: EncodingStore.Handle

    var codingPath: [any CodingKey] { store.path(of: handle) }

    mutating func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        try store.putPair(handle, key.stringValue) { try store.writeValue(value, in: $0, place: $1) }
    }

    mutating func encodeNil(forKey key: Key) throws {
        try store.putPair(handle, key.stringValue) { _, _ in try store.writeNull() }
    }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy keyType: NestedKey.Type, forKey key: Key
    ) -> KeyedEncodingContainer<NestedKey> {
        let nested = store.openNested(handle, key.stringValue, as: .map)
        return KeyedEncodingContainer(KeyedWriter<NestedKey>(store: store, handle: nested))
    }

    mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        UnkeyedWriter(store: store, handle: store.openNested(handle, key.stringValue, as: .array))
    }

    mutating func superEncoder() -> any Encoder {
        ValueWriter(store: store, handle: store.openNested(handle, PathKey.superclass.stringValue, as: .open))
    }

    mutating func superEncoder(forKey key: Key) -> any Encoder {
        ValueWriter(store: store, handle: store.openNested(handle, key.stringValue, as: .open))
    }

    mutating func encode(_ value: Int, forKey key: Key) throws {
        try store.putPair(handle, key.stringValue) { _, _ in try store.writeSigned(Int64(value)) }
    }

    mutating func encode(_ value: Int8, forKey key: Key) throws {
        try store.putPair(handle, key.stringValue) { _, _ in try store.writeSigned(Int64(value)) }
    }

    mutating func encode(_ value: Int16, forKey key: Key) throws {
        try store.putPair(handle, key.stringValue) { _, _ in try store.writeSigned(Int64(value)) }
    }

    mutating func encode(_ value: Int32, forKey key: Key) throws {
        try store.putPair(handle, key.stringValue) { _, _ in try store.writeSigned(Int64(value)) }
    }

    mutating func encode(_ value: Int64, forKey key: Key) throws {
        try store.putPair(handle, key.stringValue) { _, _ in try store.writeSigned(value) }
    }

    mutating func encode(_ value: Int128, forKey key: Key) throws {
        try store.putPair(handle, key.stringValue) { frame, _ in try store.writeWide(value, in: frame) }
    }

    mutating func encode(_ value: UInt, forKey key: Key) throws {
        try store.putPair(handle, key.stringValue) { _, _ in try store.writeUnsigned(UInt64(value)) }
    }

    mutating func encode(_ value: UInt8, forKey key: Key) throws {
        try store.putPair(handle, key.stringValue) { _, _ in try store.writeUnsigned(UInt64(value)) }
    }

    mutating func encode(_ value: UInt16, forKey key: Key) throws {
        try store.putPair(handle, key.stringValue) { _, _ in try store.writeUnsigned(UInt64(value)) }
    }

    mutating func encode(_ value: UInt32, forKey key: Key) throws {
        try store.putPair(handle, key.stringValue) { _, _ in try store.writeUnsigned(UInt64(value)) }
    }

    mutating func encode(_ value: UInt64, forKey key: Key) throws {
        try store.putPair(handle, key.stringValue) { _, _ in try store.writeUnsigned(value) }
    }

    mutating func encode(_ value: UInt128, forKey key: Key) throws {
        try store.putPair(handle, key.stringValue) { frame, _ in try store.writeWide(value, in: frame) }
    }

    mutating func encode(_ value: Float, forKey key: Key) throws {
        try store.putPair(handle, key.stringValue) { _, _ in try store.writeSingle(value) }
    }

    mutating func encode(_ value: Double, forKey key: Key) throws {
        try store.putPair(handle, key.stringValue) { _, _ in try store.writeDouble(value) }
    }

    mutating func encode(_ value: Bool, forKey key: Key) throws {
        try store.putPair(handle, key.stringValue) { _, _ in try store.writeBool(value) }
    }

    mutating func encode(_ value: String, forKey key: Key) throws {
        try store.putPair(handle, key.stringValue) { _, _ in try store.writeText(value) }
    }
}
