// SPDX-License-Identifier: Apache-2.0

/// How a result of a type known only at run time is kept, encoded and destroyed.
protocol ResultForm: Sendable {
    /// Memory for one value.
    func allocate() -> UnsafeMutableRawPointer
    /// - Throws: ``ResultFault``
    func encode(_ address: UnsafeMutableRawPointer, _ codec: Codec) throws -> [UInt8]
    func destroy(_ address: UnsafeMutableRawPointer)
    /// Initializes one place with a copy of what is in another.
    func copy(_ address: UnsafeMutableRawPointer, to place: UnsafeMutableRawPointer)
}

enum ResultForms {
    /// The form of `Void`, which is sent as null, or of an encodable type; `nil` for any other.
    static func form(of type: any Any.Type) -> (any ResultForm)? {
        if type == Void.self { return NoResult() }
        return (type as? any Encodable.Type).map { opened($0) }
    }

    private static func opened<Value: Encodable>(_ type: Value.Type) -> any ResultForm { TypedResult<Value>() }
}

private struct TypedResult<Value: Encodable>: ResultForm {
    func allocate() -> UnsafeMutableRawPointer {
        UnsafeMutableRawPointer.allocate(
            byteCount: max(MemoryLayout<Value>.size, 1), alignment: MemoryLayout<Value>.alignment)
    }

    func encode(_ address: UnsafeMutableRawPointer, _ codec: Codec) throws -> [UInt8] {
        do {
            return try codec.encode(address.assumingMemoryBound(to: Value.self).pointee)
        } catch {
            throw ResultFault(reason: "\(error)")
        }
    }

    func destroy(_ address: UnsafeMutableRawPointer) {
        address.assumingMemoryBound(to: Value.self).deinitialize(count: 1)
    }

    func copy(_ address: UnsafeMutableRawPointer, to place: UnsafeMutableRawPointer) {
        place.initializeMemory(as: Value.self, from: address.assumingMemoryBound(to: Value.self), count: 1)
    }
}

struct NoResult: ResultForm {
    func allocate() -> UnsafeMutableRawPointer { UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1) }
    func encode(_ address: UnsafeMutableRawPointer, _ codec: Codec) throws -> [UInt8] { try codec.encode(Bool?.none) }
    func destroy(_ address: UnsafeMutableRawPointer) {}
    func copy(_ address: UnsafeMutableRawPointer, to place: UnsafeMutableRawPointer) {}
}
