// SPDX-License-Identifier: Apache-2.0

/// One value being decoded: the decoder that a type's `init(from:)` is given, and its single-value container.
struct ValueReader: Decoder, SingleValueDecodingContainer {
    let store: DecodingStore
    let index: Int

    var codingPath: [any CodingKey] { store.path(to: index) }
    var userInfo: [CodingUserInfoKey: Any] { store.userInfo }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(KeyedReader<Key>(store: store, map: try store.container(.map, at: store.checked(index))))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        UnkeyedReader(store: store, array: try store.container(.array, at: store.checked(index)))
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

    func decodeNil() -> Bool { store.isNull(index) }

    func decode<T: Decodable>(_ type: T.Type) throws -> T { try store.readValue(type, at: store.checked(index)) }

    func decode(_ type: Int.Type) throws -> Int { try store.integer(store.checked(index)) }
    func decode(_ type: Int8.Type) throws -> Int8 { try store.integer(store.checked(index)) }
    func decode(_ type: Int16.Type) throws -> Int16 { try store.integer(store.checked(index)) }
    func decode(_ type: Int32.Type) throws -> Int32 { try store.integer(store.checked(index)) }
    func decode(_ type: Int64.Type) throws -> Int64 { try store.integer(store.checked(index)) }
    func decode(_ type: Int128.Type) throws -> Int128 { try store.integer(store.checked(index)) }
    func decode(_ type: UInt.Type) throws -> UInt { try store.integer(store.checked(index)) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try store.integer(store.checked(index)) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try store.integer(store.checked(index)) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try store.integer(store.checked(index)) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try store.integer(store.checked(index)) }
    func decode(_ type: UInt128.Type) throws -> UInt128 { try store.integer(store.checked(index)) }
    func decode(_ type: Float.Type) throws -> Float { try store.single(store.checked(index)) }
    func decode(_ type: Double.Type) throws -> Double { try store.double(store.checked(index)) }
    func decode(_ type: Bool.Type) throws -> Bool { try store.bool(store.checked(index)) }
    func decode(_ type: String.Type) throws -> String { try store.text(store.checked(index)) }
}
