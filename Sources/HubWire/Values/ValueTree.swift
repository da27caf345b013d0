// SPDX-License-Identifier: Apache-2.0

/// Any well-formed value, as it stands on the wire: for tests and tools.
///
/// Floats are kept as their bits, so that two trees are equal when and only when they mean the same to the bit.
package enum ValueTree: Hashable, Sendable {
    case unsigned(UInt64)
    /// The number −1 − *n*.
    case negative(UInt64)
    case bytes([UInt8])
    case text(String)
    case array([ValueTree])
    case map([Entry])
    indirect case tagged(UInt64, ValueTree)
    case bool(Bool)
    case null
    case undefined
    /// A simple value without a meaning of its own.
    case simple(UInt8)
    /// The bits of a 16-bit float.
    case half(UInt16)
    /// The bits of a 32-bit float.
    case single(UInt32)
    /// The bits of a 64-bit float.
    case double(UInt64)

    package struct Entry: Hashable, Sendable {
        package var key: ValueTree
        package var value: ValueTree

        package init(_ key: ValueTree, _ value: ValueTree) {
            self.key = key
            self.value = value
        }
    }
}
