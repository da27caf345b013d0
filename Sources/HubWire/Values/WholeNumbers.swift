// SPDX-License-Identifier: Apache-2.0

/// The quick way for a value that is nothing but an `Int`, as many arguments and results are: it needs none of what holds
/// the containers of other values, and a lone call does not wait until a core has fetched all that.
enum WholeNumbers {
    /// Appends the value if it is an `Int`.
    ///
    /// - Returns: whether it was.
    @inline(__always)
    static func append<T>(_ value: T, to bytes: inout [UInt8]) -> Bool {
        guard T.self == Int.self else { return false }
        append(unsafeBitCast(value, to: Int.self), to: &bytes)  // One type, as just compared.
        return true
    }

    private static func append(_ value: Int, to bytes: inout [UInt8]) {
        let isNegative = value < 0
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Head.longest) { head in
            guard let base = head.baseAddress else { return }
            let length = Head.write(
                isNegative ? Head.negative : Head.unsigned, UInt64(bitPattern: Int64(isNegative ? ~value : value)),
                to: base)
            bytes.append(contentsOf: UnsafeBufferPointer(start: base, count: length))
        }
    }

    /// Reads an `Int` that begins at the offset and moves the offset behind it.
    ///
    /// - Returns: `nil`, and nothing is moved, if it is another type or not plainly there: then the long way says why.
    @inline(__always)
    static func read<T>(_ type: T.Type, from bytes: UnsafeRawBufferPointer, at offset: inout Int) -> T? {
        guard T.self == Int.self, let value = read(bytes, at: &offset) else { return nil }
        return unsafeBitCast(value, to: T.self)  // One type, as just compared.
    }

    private static func read(_ bytes: UnsafeRawBufferPointer, at offset: inout Int) -> Int? {
        guard offset >= 0, offset < bytes.count else { return nil }
        let information = bytes[offset] & 0x1F
        let major = bytes[offset] & 0xE0
        guard major == Head.unsigned || major == Head.negative, information < 28 else { return nil }
        var argument = UInt64(information)
        let width = information < 24 ? 0 : 1 << Int(information - 24)
        guard bytes.count - offset > width else { return nil }
        if width > 0 {
            argument = 0
            for place in 1...width { argument = argument << 8 | UInt64(bytes[offset + place]) }
        }
        guard let value = Int(exactly: argument) else { return nil }
        offset += 1 + width
        return major == Head.unsigned ? value : ~value
    }
}
