// SPDX-License-Identifier: Apache-2.0

extension EncodingStore {
    /// Writes the value if it is of a type that is one item, and says whether it was.
    ///
    /// Types are told apart by their metatypes: a cast through `Any` would cost more than the writing. `unsafeBitCast`
    /// is safe where the two types have just been found to be the same.
    @inline(__always)
    func writeLeaf<T>(_ value: T) throws -> Bool {
        // No type below is larger: most structs are through after one comparison.
        if MemoryLayout<T>.size <= 16 {
            if T.self == Int.self {
                try writeSigned(Int64(unsafeBitCast(value, to: Int.self)))
                return true
            }
            if T.self == String.self {
                try writeText(unsafeBitCast(value, to: String.self))
                return true
            }
            if T.self == [UInt8].self {
                try unsafeBitCast(value, to: [UInt8].self).withUnsafeBytes(writeBytes)
                return true
            }
            if try writeNumber(value) { return true }
        }
        return leaves.isEmpty ? false : try writeListedLeaf(value)
    }

    private func writeNumber<T>(_ value: T) throws -> Bool {
        if T.self == Double.self {
            try writeDouble(unsafeBitCast(value, to: Double.self))
        } else if T.self == Bool.self {
            try writeBool(unsafeBitCast(value, to: Bool.self))
        } else if T.self == UInt64.self {
            try writeUnsigned(unsafeBitCast(value, to: UInt64.self))
        } else if T.self == Int64.self {
            try writeSigned(unsafeBitCast(value, to: Int64.self))
        } else if T.self == UInt32.self {
            try writeUnsigned(UInt64(unsafeBitCast(value, to: UInt32.self)))
        } else if T.self == Int32.self {
            try writeSigned(Int64(unsafeBitCast(value, to: Int32.self)))
        } else if T.self == UInt8.self {
            try writeUnsigned(UInt64(unsafeBitCast(value, to: UInt8.self)))
        } else if T.self == UInt.self {
            try writeUnsigned(UInt64(unsafeBitCast(value, to: UInt.self)))
        } else if T.self == Float.self {
            try writeSingle(unsafeBitCast(value, to: Float.self))
        } else {
            return false
        }
        return true
    }

    private func writeListedLeaf<T>(_ value: T) throws -> Bool {
        let type = ObjectIdentifier(T.self)
        for leaf in leaves where leaf.type == type {
            try withUnsafePointer(to: value) { try leaf.write($0, writeBytes) }
            return true
        }
        return false
    }
}
