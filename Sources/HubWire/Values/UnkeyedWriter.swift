// SPDX-License-Identifier: Apache-2.0

/// An array being encoded: one element for each call.
struct UnkeyedWriter: UnkeyedEncodingContainer {
    let store: EncodingStore
    let handle: EncodingStore.Handle

    var codingPath: [any CodingKey] { store.path(of: handle) }
    var count: Int { store.entryCount(handle) }

    mutating func encode<T: Encodable>(_ value: T) throws {
        try store.putElement(handle) { try store.writeValue(value, in: $0, place: $1) }
    }

    mutating func encodeNil() throws {
        try store.putElement(handle) { _, _ in try store.writeNull() }
    }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy keyType: NestedKey.Type
    ) -> KeyedEncodingContainer<NestedKey> {
        let nested = store.openNested(handle, nil, as: .map)
        return KeyedEncodingContainer(KeyedWriter<NestedKey>(store: store, handle: nested))
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        UnkeyedWriter(store: store, handle: store.openNested(handle, nil, as: .array))
    }

    mutating func superEncoder() -> any Encoder {
        ValueWriter(store: store, handle: store.openNested(handle, nil, as: .open))
    }

    mutating func encode(_ value: Int) throws {
        try store.putElement(handle) { _, _ in try store.writeSigned(Int64(value)) }
    }

    mutating func encode(_ value: Int8) throws {
        try store.putElement(handle) { _, _ in try store.writeSigned(Int64(value)) }
    }

    mutating func encode(_ value: Int16) throws {
        try store.putElement(handle) { _, _ in try store.writeSigned(Int64(value)) }
    }

    mutating func encode(_ value: Int32) throws {
        try store.putElement(handle) { _, _ in try store.writeSigned(Int64(value)) }
    }

    mutating func encode(_ value: Int64) throws {
        try store.putElement(handle) { _, _ in try store.writeSigned(value) }
    }

    mutating func encode(_ value: Int128) throws {
        try store.putElement(handle) { frame, _ in try store.writeWide(value, in: frame) }
    }

    mutating func encode(_ value: UInt) throws {
        try store.putElement(handle) { _, _ in try store.writeUnsigned(UInt64(value)) }
    }

    mutating func encode(_ value: UInt8) throws {
        try store.putElement(handle) { _, _ in try store.writeUnsigned(UInt64(value)) }
    }

    mutating func encode(_ value: UInt16) throws {
        try store.putElement(handle) { _, _ in try store.writeUnsigned(UInt64(value)) }
    }

    mutating func encode(_ value: UInt32) throws {
        try store.putElement(handle) { _, _ in try store.writeUnsigned(UInt64(value)) }
    }

    mutating func encode(_ value: UInt64) throws {
        try store.putElement(handle) { _, _ in try store.writeUnsigned(value) }
    }

    mutating func encode(_ value: UInt128) throws {
        try store.putElement(handle) { frame, _ in try store.writeWide(value, in: frame) }
    }

    mutating func encode(_ value: Float) throws {
        try store.putElement(handle) { _, _ in try store.writeSingle(value) }
    }

    mutating func encode(_ value: Double) throws {
        try store.putElement(handle) { _, _ in try store.writeDouble(value) }
    }

    mutating func encode(_ value: Bool) throws {
        try store.putElement(handle) { _, _ in try store.writeBool(value) }
    }

    mutating func encode(_ value: String) throws {
        try store.putElement(handle) { _, _ in try store.writeText(value) }
    }
}
