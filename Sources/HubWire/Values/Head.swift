// SPDX-License-Identifier: Apache-2.0

/// The first bytes of a data item: three bits of major type and an argument (RFC 8949, section 3).
enum Head {
    static let unsigned: UInt8 = 0 << 5
    static let negative: UInt8 = 1 << 5
    static let bytes: UInt8 = 2 << 5
    static let text: UInt8 = 3 << 5
    static let array: UInt8 = 4 << 5
    static let map: UInt8 = 5 << 5
    static let tag: UInt8 = 6 << 5
    static let simple: UInt8 = 7 << 5

    static let `false`: UInt8 = simple | 20
    static let `true`: UInt8 = simple | 21
    static let null: UInt8 = simple | 22
    static let undefined: UInt8 = simple | 23
    static let half: UInt8 = simple | 25
    static let single: UInt8 = simple | 26
    static let double: UInt8 = simple | 27
    /// Ends an item of indefinite length.
    static let stop: UInt8 = simple | 31

    /// The tags of integers beyond 64 bits.
    static let bignum: UInt64 = 2
    static let negativeBignum: UInt64 = 3

    /// The longest head.
    static let longest = 9

    @inline(__always)
    static func length(_ argument: UInt64) -> Int {
        if argument < 24 { return 1 }
        if argument <= 0xFF { return 2 }
        if argument <= 0xFFFF { return 3 }
        return argument <= 0xFFFF_FFFF ? 5 : 9
    }

    /// Writes the shortest form and returns its length; there must be room for the longest.
    @inline(__always)
    @discardableResult
    static func write(_ major: UInt8, _ argument: UInt64, to target: UnsafeMutablePointer<UInt8>) -> Int {
        if argument < 24 {
            target[0] = major | UInt8(truncatingIfNeeded: argument)
            return 1
        }
        if argument <= 0xFF {
            target[0] = major | 24
            target[1] = UInt8(truncatingIfNeeded: argument)
            return 2
        }
        return writeWide(major, argument, to: target)
    }

    private static func writeWide(
        _ major: UInt8, _ argument: UInt64, to target: UnsafeMutablePointer<UInt8>
    ) -> Int {
        let raw = UnsafeMutableRawPointer(target)
        if argument <= 0xFFFF {
            target[0] = major | 25
            raw.storeBytes(of: UInt16(truncatingIfNeeded: argument).bigEndian, toByteOffset: 1, as: UInt16.self)
            return 3
        }
        if argument <= 0xFFFF_FFFF {
            target[0] = major | 26
            raw.storeBytes(of: UInt32(truncatingIfNeeded: argument).bigEndian, toByteOffset: 1, as: UInt32.self)
            return 5
        }
        target[0] = major | 27
        raw.storeBytes(of: argument.bigEndian, toByteOffset: 1, as: UInt64.self)
        return 9
    }
}
