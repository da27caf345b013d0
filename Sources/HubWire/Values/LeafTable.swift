// SPDX-License-Identifier: Apache-2.0

/// Types that travel as one byte string instead of as their `Codable` conformance says.
///
/// It lets an upper layer add types of libraries that this module does not know. Meant for a handful of types: it is
/// searched from its beginning.
package struct LeafTable: Sendable {
    /// A value's address, then what takes its bytes.
    typealias Write = @Sendable (UnsafeRawPointer, (UnsafeRawBufferPointer) throws -> Void) throws -> Void
    /// The bytes, then uninitialized memory for the value.
    typealias Read = @Sendable (UnsafeRawBufferPointer, UnsafeMutableRawPointer) throws -> Void

    struct Leaf: Sendable {
        let type: ObjectIdentifier
        let write: Write
        let read: Read
    }

    private(set) var leaves: [Leaf] = []

    /// No types but those the codec knows.
    package static let none = LeafTable()

    package init() {}

    /// Adds a type, or replaces how it travels. Each closure sees bytes that are valid only while it runs.
    package mutating func add<T>(
        _ type: T.Type,
        encode: @escaping @Sendable (T, (UnsafeRawBufferPointer) throws -> Void) throws -> Void,
        decode: @escaping @Sendable (UnsafeRawBufferPointer) throws -> T
    ) {
        let leaf = Leaf(
            type: ObjectIdentifier(type),
            write: { value, body in try encode(value.assumingMemoryBound(to: T.self).pointee, body) },
            read: { bytes, value in value.initializeMemory(as: T.self, to: try decode(bytes)) })
        leaves.removeAll { $0.type == leaf.type }
        leaves.append(leaf)
    }
}
