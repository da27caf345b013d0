// SPDX-License-Identifier: Apache-2.0

/// The place of one value: the encoder that a type's `encode(to:)` is given, and its single-value container.
struct ValueWriter: Encoder, SingleValueEncodingContainer {
    let store: EncodingStore
    let handle: EncodingStore.Handle

    var codingPath: [any CodingKey] { store.path(of: handle) }
    var userInfo: [CodingUserInfoKey: Any] { store.userInfo }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(KeyedWriter<Key>(store: store, handle: store.openPlace(handle, as: .map)))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        UnkeyedWriter(store: store, handle: store.openPlace(handle, as: .array))
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }

    mutating func encode<T: Encodable>(_ value: T) throws {
        try store.putSingle(handle) { try store.writeValue(value, in: $0, place: $1) }
    }

    mutating func encodeNil() throws {
        try store.putSingle(handle) { _, _ in try store.writeNull() }
    }

    mutating func encode(_ value: Int) throws {
        try store.putSingle(handle) { _, _ in try store.writeSigned(Int64(value)) }
    }

    mutating func encode(_ value: Int8) throws {
        try store.putSingle(handle) { _, _ in try store.writeSigned(Int64(value)) }
    }

    mutating func encode(_ value: Int16) throws {
        try store.putSingle(handle) { _, _ in try store.writeSigned(Int64(value)) }
    }

    mutating func encode(_ value: Int32) throws {
        try store.putSingle(handle) { _, _ in try store.writeSigned(Int64(value)) }
    }

    mutating func encode(_ value: Int64) throws {
        try store.putSingle(handle) { _, _ in try store.writeSigned(value) }
    }

    mutating func encode(_ value: Int128) throws {
        try store.putSingle(handle) { frame, _ in try store.writeWide(value, in: frame) }
    }

    mutating func encode(_ value: UInt) throws {
        try store.putSingle(handle) { _, _ in try store.writeUnsigned(UInt64(value)) }
    }

    mutating func encode(_ value: UInt8) throws {
        try store.putSingle(handle) { _, _ in try store.writeUnsigned(UInt64(value)) }
    }

    mutating func encode(_ value: UInt16) throws {
        try store.putSingle(handle) { _, _ in try store.writeUnsigned(UInt64(value)) }
    }

    mutating func encode(_ value: UInt32) throws {
        try store.putSingle(handle) { _, _ in try store.writeUnsigned(UInt64(value)) }
    }

    mutating func encode(_ value: UInt64) throws {
        try store.putSingle(handle) { _, _ in try store.writeUnsigned(value) }
    }

    mutating func encode(_ value: UInt128) throws {
        try store.putSingle(handle) { frame, _ in try store.writeWide(value, in: frame) }
    }

    mutating func encode(_ value: Float) throws {
        try store.putSingle(handle) { _, _ in try store.writeSingle(value) }
    }

    mutating func encode(_ value: Double) throws {
        try store.putSingle(handle) { _, _ in try store.writeDouble(value) }
    }

    mutating func encode(_ value: Bool) throws {
        try store.putSingle(handle) { _, _ in try store.writeBool(value) }
    }

    mutating func encode(_ value: String) throws {
        try store.putSingle(handle) { _, _ in try store.writeText(value) }
    }
}
