// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// What the UTF-8 bytes of a name are, by the rule of ``HubCore/TextName/validate()``: 1 to 255 of them, and no control
/// character.
enum NameBytes {
    /// A valid name that is ASCII, as nearly all are.
    case ascii
    /// A valid name, if it is UTF-8 at all.
    case other
    /// Empty, too long, or with a control character.
    case invalid

    init(_ bytes: UnsafeRawBufferPointer) {
        guard !bytes.isEmpty, bytes.count <= Limits.nameBytes else {
            self = .invalid
            return
        }
        if Self.isPrintableASCII(bytes) {
            self = .ascii
        } else {
            self = Self.holdsControl(bytes) ? .invalid : .other
        }
    }

    /// Eight bytes at a time, the last eight overlapping the ones before: two names are read with every call.
    private static func isPrintableASCII(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count >= 8 else { return bytes.allSatisfy { $0 >= 0x20 && $0 < 0x7F } }
        var offset = 0
        while offset < bytes.count - 8 {
            guard isPrintableASCII(bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) else { return false }
            offset += 8
        }
        return isPrintableASCII(bytes.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt64.self))
    }

    /// Adding 1 carries 7F, and adding 60 carries everything from 20 on, into the high bit of the same byte.
    private static func isPrintableASCII(_ word: UInt64) -> Bool {
        let high: UInt64 = 0x8080_8080_8080_8080
        guard word & high == 0 else { return false }
        return (word &+ 0x0101_0101_0101_0101) & high == 0 && (word &+ 0x6060_6060_6060_6060) & high == high
    }

    /// U+0000 to U+001F and U+007F to U+009F, of which the upper ones are two bytes that begin with C2.
    private static func holdsControl(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var previous: UInt8 = 0
        for byte in bytes {
            if byte < 0x20 || byte == 0x7F || (previous == 0xC2 && byte < 0xA0) { return true }
            previous = byte
        }
        return false
    }
}
