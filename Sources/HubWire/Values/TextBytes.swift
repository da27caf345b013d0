// SPDX-License-Identifier: Apache-2.0

/// Comparing and checking UTF-8 where it lies, without making strings of it.
enum TextBytes {
    typealias Bytes = UnsafePointer<UInt8>

    /// A number that differs for most different texts of one length, and for all of up to eight bytes.
    @inline(__always)
    static func print(_ text: Bytes, _ length: Int) -> UInt64 {
        if length >= 8 { return word(text) ^ (word(text + (length &- 8)) &* 0x9E37_79B9_7F4A_7C15) }
        if length >= 4 { return UInt64(half(text)) | UInt64(half(text + (length &- 4))) << 32 }
        if length == 0 { return 0 }
        return UInt64(text[0]) | UInt64(text[length >> 1]) << 8 | UInt64(text[length &- 1]) << 16
    }

    /// One bit of 64, chosen by a `print`.
    @inline(__always)
    static func box(_ print: UInt64) -> UInt64 { 1 << ((print &* 0x9E37_79B9_7F4A_7C15) >> 58) }

    @inline(__always)
    static func equal(_ left: Bytes, _ right: Bytes, _ length: Int) -> Bool {
        if length >= 8 {
            var at = 0
            while at &+ 8 <= length {
                guard word(left + at) == word(right + at) else { return false }
                at &+= 8
            }
            return word(left + (length &- 8)) == word(right + (length &- 8))
        }
        return print(left, length) == print(right, length)
    }

    /// Whether the bytes are UTF-8 as the Unicode standard has it: no overlong forms, no surrogates, nothing above
    /// U+10FFFF.
    static func isUTF8(_ text: Bytes, _ length: Int) -> Bool {
        var at = 0
        while at < length {
            if at &+ 8 <= length, word(text + at) & 0x8080_8080_8080_8080 == 0 {
                at &+= 8
            } else if text[at] < 0x80 {
                at &+= 1
            } else {
                let step = scalarLength(text + at, length &- at)
                guard step > 0 else { return false }
                at &+= step
            }
        }
        return true
    }

    /// How many bytes the scalar has that begins here with a byte above 0x7F; 0 when there is none.
    private static func scalarLength(_ text: Bytes, _ left: Int) -> Int {
        let first = text[0]
        guard left >= 2 else { return 0 }
        let second = text[1]
        switch first {
        case 0xC2...0xDF: return isTail(second) ? 2 : 0
        case 0xE0...0xEF:
            let low: UInt8 = first == 0xE0 ? 0xA0 : 0x80
            let high: UInt8 = first == 0xED ? 0x9F : 0xBF
            return left >= 3 && second >= low && second <= high && isTail(text[2]) ? 3 : 0
        case 0xF0...0xF4:
            let low: UInt8 = first == 0xF0 ? 0x90 : 0x80
            let high: UInt8 = first == 0xF4 ? 0x8F : 0xBF
            return left >= 4 && second >= low && second <= high && isTail(text[2]) && isTail(text[3]) ? 4 : 0
        default: return 0
        }
    }

    @inline(__always)
    private static func isTail(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }

    @inline(__always)
    private static func word(_ text: Bytes) -> UInt64 { UnsafeRawPointer(text).loadUnaligned(as: UInt64.self) }

    @inline(__always)
    private static func half(_ text: Bytes) -> UInt32 { UnsafeRawPointer(text).loadUnaligned(as: UInt32.self) }
}
