// SPDX-License-Identifier: Apache-2.0

internal import Distributed
internal import HubWire

/// The arguments of one call as values: what a local call passes on and a remote one encodes.
@usableFromInline
struct Arguments {
    // Most calls have at most two arguments; these spare them an array.
    @usableFromInline var first: (any Codable)?
    @usableFromInline var second: (any Codable)?
    @usableFromInline var rest: [any Codable] = []
    @usableFromInline var count = 0

    @inlinable
    mutating func append<Value: Codable>(_ value: Value) {
        switch count {
        case 0: first = value
        case 1: second = value
        default: rest.append(value)
        }
        count += 1
    }

    subscript(index: Int) -> (any Codable)? {
        switch index {
        case 0: first
        case 1: second
        default: rest.indices.contains(index - 2) ? rest[index - 2] : nil
        }
    }

    /// The arguments with `transform` applied to each.
    func map(_ transform: (any Codable) throws -> any Codable) rethrows -> Arguments {
        var result = Arguments()
        for index in 0..<count {
            guard let value = self[index] else { continue }
            result.append(try transform(value))
        }
        return result
    }

    /// The arguments as one CBOR array.
    func encoded(with codec: Codec) throws -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        CallArray.appendHeader(count: count, to: &bytes)
        for index in 0..<count {
            guard let value = self[index] else { continue }
            try codec.encode(value, into: &bytes)
        }
        return bytes
    }
}

/// Where the result of a call belongs: memory for one value of a type, initialized once the call has returned and
/// untouched if it throws.
@usableFromInline
struct ResultPlace {
    let address: UnsafeMutableRawPointer
    let type: any Any.Type

    @usableFromInline
    init(_ address: UnsafeMutableRawPointer, _ type: any Any.Type) {
        self.address = address
        self.type = type
    }
}

/// The array around the arguments of a call, so that the bytes on the wire are one CBOR value that any tool can read.
enum CallArray {
    static func appendHeader(count: Int, to bytes: inout [UInt8]) {
        if count < 24 {
            bytes.append(0x80 | UInt8(count))
        } else {
            bytes.append(0x98)
            bytes.append(UInt8(clamping: count))
        }
    }

    /// The number of arguments and where the first begins, or `nil` if the bytes are no such array.
    static func header(of bytes: [UInt8]) -> (count: Int, offset: Int)? {
        guard let first = bytes.first else { return nil }
        if first >= 0x80, first < 0x98 { return (Int(first & 0x1F), 1) }
        guard first == 0x98, bytes.count > 1 else { return nil }
        return (Int(bytes[1]), 2)
    }
}
