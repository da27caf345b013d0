// SPDX-License-Identifier: Apache-2.0

/// Reads any `Decodable` value from CBOR (RFC 8949).
///
/// The bytes are checked whole before a type sees any of them: form, UTF-8, duplicate keys, limits. Indefinite lengths
/// and longer forms than needed are accepted, unknown keys and unknown tags are skipped, `null` and `undefined` are nil.
package struct ValueDecoder: Sendable {
    private let leaves: LeafTable
    private let userInfo: UserInfo
    private let limits: ValueLimits

    package init(
        leaves: LeafTable = .none, userInfo: @escaping UserInfo = { [:] }, limits: ValueLimits = .standard
    ) {
        self.leaves = leaves
        self.userInfo = userInfo
        self.limits = limits
    }

    /// Decodes the value that the bytes are, to the last one. Throws a `ValueError`.
    package func decode<T: Decodable>(_ type: T.Type, from bytes: UnsafeRawBufferPointer) throws -> T {
        guard bytes.count <= limits.bytes else { throw ValueError(.tooLarge, offset: 0) }
        var offset = 0
        if isUnbounded, let value = WholeNumbers.read(type, from: bytes, at: &offset), offset == bytes.count {
            return value
        }
        offset = 0
        let tape = try Scanner.scan(bytes, at: &offset, limits: limits)
        guard offset == bytes.count else { throw ValueError(.trailingBytes, offset: offset) }
        return try read(type, tape)
    }

    /// Decodes the value that the bytes are, to the last one. Throws a `ValueError`.
    package func decode<T: Decodable>(_ type: T.Type, from bytes: [UInt8]) throws -> T {
        try bytes.withUnsafeBytes { try decode(type, from: $0) }
    }

    /// Decodes the value that begins at the offset and moves the offset behind it. Throws a `ValueError` and leaves the
    /// offset where it was.
    package func decodePrefix<T: Decodable>(_ type: T.Type, from bytes: [UInt8], at offset: inout Int) throws -> T {
        try bytes.withUnsafeBytes { bytes in
            if isUnbounded, let value = WholeNumbers.read(type, from: bytes, at: &offset) { return value }
            var end = offset
            let value = try read(type, Scanner.scan(bytes, at: &end, limits: limits))
            offset = end
            return value
        }
    }

    /// Whether no number can be too large.
    private var isUnbounded: Bool { limits.bytes >= Head.longest && limits.elements > 0 }

    private func read<T: Decodable>(_ type: T.Type, _ tape: consuming Tape) throws -> T {
        let start = tape.offset(of: 0)
        let store = DecodingStore(tape, leaves: leaves, userInfo: userInfo, limits: limits)
        defer { store.close() }
        do {
            return try store.readValue(type, at: 0)
        } catch {
            throw ValueError(wrapping: error, offset: start)
        }
    }
}
