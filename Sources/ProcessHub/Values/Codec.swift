// SPDX-License-Identifier: Apache-2.0

internal import Distributed
internal import HubWire

/// The value codec of one node: CBOR with Foundation's `Data` as a byte string, and distributed actors by reference.
struct Codec: Sendable {
    private let encoder: ValueEncoder
    private let decoder: ValueDecoder

    /// - Parameter actorSystem: the system in which references are resolved; asked only when a value holds one.
    init(actorSystem: @escaping @Sendable () -> (any Sendable)?) {
        encoder = ValueEncoder(leaves: .foundation)
        decoder = ValueDecoder(leaves: .foundation) { actorSystem().map { [.actorSystemKey: $0] } ?? [:] }
    }

    func encode(_ value: some Encodable, into bytes: inout [UInt8]) throws {
        try encoder.encode(value, into: &bytes)
    }

    func encode(_ value: some Encodable) throws -> [UInt8] {
        try encoder.encode(value)
    }

    func decode<T: Decodable>(_ type: T.Type, from bytes: [UInt8]) throws -> T {
        try decoder.decode(type, from: bytes)
    }

    func decode<T: Decodable>(_ type: T.Type, from bytes: UnsafeRawBufferPointer) throws -> T {
        try decoder.decode(type, from: bytes)
    }

    func decodePrefix<T: Decodable>(_ type: T.Type, from bytes: [UInt8], at offset: inout Int) throws -> T {
        try decoder.decodePrefix(type, from: bytes, at: &offset)
    }
}
