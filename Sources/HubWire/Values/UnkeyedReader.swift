// SPDX-License-Identifier: Apache-2.0

/// An array being decoded. An element that cannot be decoded is not passed over: it can be asked for as another type.
struct UnkeyedReader: UnkeyedDecodingContainer {
    private let store: DecodingStore
    // 32 bits each, so that the container fits into an existential without a box.
    private let array: UInt32
    private var next: UInt32
    private var position: UInt32 = 0

    init(store: DecodingStore, array: Int) {
        self.store = store
        self.array = UInt32(truncatingIfNeeded: array)
        self.next = self.array &+ 1
    }

    var codingPath: [any CodingKey] { store.path(to: Int(array)) }
    var count: Int? { store.elementCount(Int(array)) }
    var currentIndex: Int { Int(position) }
    var isAtEnd: Bool { Int(position) >= store.elementCount(Int(array)) }

    mutating func decodeNil() throws -> Bool {
        guard store.isNull(try element()) else { return false }
        pass()
        return true
    }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        let value = try store.readValue(type, at: element())
        pass()
        return value
    }

    mutating func decodeIfPresent<T: Decodable>(_ type: T.Type) throws -> T? {
        try takePresent { try $0.readValue(type, at: $1) }
    }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type
    ) throws -> KeyedDecodingContainer<NestedKey> {
        let map = try take { try $0.container(.map, at: $1) }
        return KeyedDecodingContainer(KeyedReader<NestedKey>(store: store, map: map))
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        UnkeyedReader(store: store, array: try take { try $0.container(.array, at: $1) })
    }

    mutating func superDecoder() throws -> any Decoder {
        ValueReader(store: store, index: try take { $1 })
    }

    /// The next element's place.
    @inline(__always)
    private func element() throws -> Int {
        guard !isAtEnd else { throw store.noMoreElements(Int(array), position: Int(position)) }
        return Int(next)
    }

    @inline(__always)
    private mutating func pass() {
        next = store.after(Int(next))
        position &+= 1
    }

    @inline(__always)
    private mutating func take<T>(_ read: (DecodingStore, Int) throws -> T) throws -> T {
        let value = try read(store, element())
        pass()
        return value
    }

    /// `nil` for `null` and, as the protocol says, at the end.
    @inline(__always)
    private mutating func takePresent<T>(_ read: (DecodingStore, Int) throws -> T) throws -> T? {
        if isAtEnd { return nil }
        if store.isNull(Int(next)) {
            pass()
            return nil
        }
        return try take(read)
    }

    mutating func decode(_ type: Int.Type) throws -> Int { try take { try $0.integer($1) } }

    mutating func decodeIfPresent(_ type: Int.Type) throws -> Int? { try takePresent { try $0.integer($1) } }

    mutating func decode(_ type: Int8.Type) throws -> Int8 { try take { try $0.integer($1) } }

    mutating func decodeIfPresent(_ type: Int8.Type) throws -> Int8? { try takePresent { try $0.integer($1) } }

    mutating func decode(_ type: Int16.Type) throws -> Int16 { try take { try $0.integer($1) } }

    mutating func decodeIfPresent(_ type: Int16.Type) throws -> Int16? { try takePresent { try $0.integer($1) } }

    mutating func decode(_ type: Int32.Type) throws -> Int32 { try take { try $0.integer($1) } }

    mutating func decodeIfPresent(_ type: Int32.Type) throws -> Int32? { try takePresent { try $0.integer($1) } }

    mutating func decode(_ type: Int64.Type) throws -> Int64 { try take { try $0.integer($1) } }

    mutating func decodeIfPresent(_ type: Int64.Type) throws -> Int64? { try takePresent { try $0.integer($1) } }

    mutating func decode(_ type: Int128.Type) throws -> Int128 { try take { try $0.integer($1) } }

    mutating func decodeIfPresent(_ type: Int128.Type) throws -> Int128? { try takePresent { try $0.integer($1) } }

    mutating func decode(_ type: UInt.Type) throws -> UInt { try take { try $0.integer($1) } }

    mutating func decodeIfPresent(_ type: UInt.Type) throws -> UInt? { try takePresent { try $0.integer($1) } }

    mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try take { try $0.integer($1) } }

    mutating func decodeIfPresent(_ type: UInt8.Type) throws -> UInt8? { try takePresent { try $0.integer($1) } }

    mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try take { try $0.integer($1) } }

    mutating func decodeIfPresent(_ type: UInt16.Type) throws -> UInt16? { try takePresent { try $0.integer($1) } }

    mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try take { try $0.integer($1) } }

    mutating func decodeIfPresent(_ type: UInt32.Type) throws -> UInt32? { try takePresent { try $0.integer($1) } }

    mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try take { try $0.integer($1) } }

    mutating func decodeIfPresent(_ type: UInt64.Type) throws -> UInt64? { try takePresent { try $0.integer($1) } }

    mutating func decode(_ type: UInt128.Type) throws -> UInt128 { try take { try $0.integer($1) } }

    mutating func decodeIfPresent(_ type: UInt128.Type) throws -> UInt128? { try takePresent { try $0.integer($1) } }

    mutating func decode(_ type: Float.Type) throws -> Float { try take { try $0.single($1) } }

    mutating func decodeIfPresent(_ type: Float.Type) throws -> Float? { try takePresent { try $0.single($1) } }

    mutating func decode(_ type: Double.Type) throws -> Double { try take { try $0.double($1) } }

    mutating func decodeIfPresent(_ type: Double.Type) throws -> Double? { try takePresent { try $0.double($1) } }

    mutating func decode(_ type: Bool.Type) throws -> Bool { try take { try $0.bool($1) } }

    mutating func decodeIfPresent(_ type: Bool.Type) throws -> Bool? { try takePresent { try $0.bool($1) } }

    mutating func decode(_ type: String.Type) throws -> String { try take { try $0.text($1) } }

    mutating func decodeIfPresent(_ type: String.Type) throws -> String? { try takePresent { try $0.text($1) } }
}
