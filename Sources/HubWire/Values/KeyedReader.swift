// SPDX-License-Identifier: Apache-2.0

/// A map being decoded. Keys that are asked for in the order of the bytes are found without searching.
struct KeyedReader<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let store: DecodingStore
    let map: Int

    var codingPath: [any CodingKey] { store.path(to: map) }

    var allKeys: [Key] {
        // Enums with payloads ask for the keys of maps that have one; `append` would look up the array's type again.
        if let name = store.onlyName(in: map) {
            guard let key = Key(stringValue: name) else { return [] }
            return [key]
        }
        var keys: [Key] = []
        keys.reserveCapacity(store.elementCount(map))
        store.forEachName(in: map) { name in
            if let key = Key(stringValue: name) { keys.append(key) }
        }
        return keys
    }

    func contains(_ key: Key) -> Bool { store.find(key.stringValue, in: map, consume: false) != nil }

    func decodeNil(forKey key: Key) throws -> Bool {
        guard let index = store.find(key.stringValue, in: map, consume: false) else { throw missing(key) }
        return store.isNull(index)
    }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        try store.readValue(type, at: value(of: key))
    }

    func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
        guard let index = try presentValue(of: key) else { return nil }
        return try store.readValue(type, at: index)
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<NestedKey> {
        let index = try store.container(.map, at: value(of: key))
        return KeyedDecodingContainer(KeyedReader<NestedKey>(store: store, map: index))
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        UnkeyedReader(store: store, array: try store.container(.array, at: value(of: key)))
    }

    func superDecoder() throws -> any Decoder { try superDecoder(under: PathKey.superclass) }

    func superDecoder(forKey key: Key) throws -> any Decoder { try superDecoder(under: key) }

    private func superDecoder(under key: any CodingKey) throws -> any Decoder {
        guard let index = store.find(key.stringValue, in: map, consume: true) else { throw missing(key) }
        return ValueReader(store: store, index: index)
    }

    @inline(__always)
    private func value(of key: Key) throws -> Int {
        guard let index = store.find(key.stringValue, in: map, consume: true) else { throw missing(key) }
        return index
    }

    /// The value of a key that is there and not `null`.
    @inline(__always)
    private func presentValue(of key: Key) throws -> Int? {
        guard let index = store.find(key.stringValue, in: map, consume: true), !store.isNull(index) else { return nil }
        return index
    }

    private func missing(_ key: any CodingKey) -> DecodingError {
        DecodingError.keyNotFound(key, store.context(.missingKey, at: map, key: key))
    }

    func decode(_ type: Int.Type, forKey key: Key) throws -> Int {
        try store.integer(value(of: key))
    }

    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? {
        try presentValue(of: key).map(store.integer)
    }

    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 {
        try store.integer(value(of: key))
    }

    func decodeIfPresent(_ type: Int8.Type, forKey key: Key) throws -> Int8? {
        try presentValue(of: key).map(store.integer)
    }

    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 {
        try store.integer(value(of: key))
    }

    func decodeIfPresent(_ type: Int16.Type, forKey key: Key) throws -> Int16? {
        try presentValue(of: key).map(store.integer)
    }

    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 {
        try store.integer(value(of: key))
    }

    func decodeIfPresent(_ type: Int32.Type, forKey key: Key) throws -> Int32? {
        try presentValue(of: key).map(store.integer)
    }

    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 {
        try store.integer(value(of: key))
    }

    func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? {
        try presentValue(of: key).map(store.integer)
    }

    func decode(_ type: Int128.Type, forKey key: Key) throws -> Int128 {
        try store.integer(value(of: key))
    }

    func decodeIfPresent(_ type: Int128.Type, forKey key: Key) throws -> Int128? {
        try presentValue(of: key).map(store.integer)
    }

    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt {
        try store.integer(value(of: key))
    }

    func decodeIfPresent(_ type: UInt.Type, forKey key: Key) throws -> UInt? {
        try presentValue(of: key).map(store.integer)
    }

    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 {
        try store.integer(value(of: key))
    }

    func decodeIfPresent(_ type: UInt8.Type, forKey key: Key) throws -> UInt8? {
        try presentValue(of: key).map(store.integer)
    }

    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 {
        try store.integer(value(of: key))
    }

    func decodeIfPresent(_ type: UInt16.Type, forKey key: Key) throws -> UInt16? {
        try presentValue(of: key).map(store.integer)
    }

    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 {
        try store.integer(value(of: key))
    }

    func decodeIfPresent(_ type: UInt32.Type, forKey key: Key) throws -> UInt32? {
        try presentValue(of: key).map(store.integer)
    }

    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 {
        try store.integer(value(of: key))
    }

    func decodeIfPresent(_ type: UInt64.Type, forKey key: Key) throws -> UInt64? {
        try presentValue(of: key).map(store.integer)
    }

    func decode(_ type: UInt128.Type, forKey key: Key) throws -> UInt128 {
        try store.integer(value(of: key))
    }

    func decodeIfPresent(_ type: UInt128.Type, forKey key: Key) throws -> UInt128? {
        try presentValue(of: key).map(store.integer)
    }

    func decode(_ type: Float.Type, forKey key: Key) throws -> Float {
        try store.single(value(of: key))
    }

    func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? {
        try presentValue(of: key).map(store.single)
    }

    func decode(_ type: Double.Type, forKey key: Key) throws -> Double {
        try store.double(value(of: key))
    }

    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? {
        try presentValue(of: key).map(store.double)
    }

    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool {
        try store.bool(value(of: key))
    }

    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? {
        try presentValue(of: key).map(store.bool)
    }

    func decode(_ type: String.Type, forKey key: Key) throws -> String {
        try store.text(value(of: key))
    }

    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
        try presentValue(of: key).map(store.text)
    }
}
