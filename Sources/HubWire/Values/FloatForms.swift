// SPDX-License-Identifier: Apache-2.0

/// The three widths of IEEE 754 that CBOR has, as bits, so that the payload of a NaN survives.
enum FloatForms {
    /// The 32-bit float that is exactly this 64-bit one.
    static func single(exactly bits: UInt64) -> UInt32? {
        let sign = UInt32(truncatingIfNeeded: bits >> 32) & 0x8000_0000
        if bits & 0x7FF0_0000_0000_0000 == 0x7FF0_0000_0000_0000 {
            guard bits & 0x1FFF_FFFF == 0 else { return nil }
            return sign | 0x7F80_0000 | UInt32(truncatingIfNeeded: bits >> 29) & 0x007F_FFFF
        }
        let narrow = Float(Double(bitPattern: bits))
        return Double(narrow).bitPattern == bits ? narrow.bitPattern : nil
    }

    /// The 16-bit float that is exactly this 32-bit one.
    static func half(exactly bits: UInt32) -> UInt16? {
        let sign = UInt16(truncatingIfNeeded: bits >> 16) & 0x8000
        let exponent = Int(bits >> 23) & 0xFF
        let fraction = bits & 0x007F_FFFF
        switch exponent {
        case 0:
            return fraction == 0 ? sign : nil
        case 103...112:
            let shift = UInt32(truncatingIfNeeded: 126 &- exponent)
            let whole = fraction | 0x0080_0000
            guard whole & ((1 << shift) &- 1) == 0 else { return nil }
            return sign | UInt16(truncatingIfNeeded: whole >> shift)
        case 113...142, 255:
            guard fraction & 0x1FFF == 0 else { return nil }
            let narrow = exponent == 255 ? 31 : exponent &- 112
            return sign | UInt16(truncatingIfNeeded: narrow << 10) | UInt16(truncatingIfNeeded: fraction >> 13)
        default:
            return nil
        }
    }

    /// The 64-bit float that is this 16-bit one.
    static func widened(half bits: UInt16) -> UInt64 {
        let sign = UInt64(bits & 0x8000) << 48
        let exponent = UInt64(bits >> 10) & 0x1F
        let fraction = UInt64(bits & 0x03FF)
        switch exponent {
        case 0: return sign | (Double(fraction) * 0x1p-24).bitPattern
        case 31: return sign | 0x7FF0_0000_0000_0000 | fraction << 42
        default: return sign | (exponent &+ 1_008) << 52 | fraction << 42
        }
    }

    /// The 64-bit float that is this 32-bit one.
    static func widened(single bits: UInt32) -> UInt64 {
        if bits & 0x7F80_0000 == 0x7F80_0000 {
            return UInt64(bits & 0x8000_0000) << 32 | 0x7FF0_0000_0000_0000 | UInt64(bits & 0x007F_FFFF) << 29
        }
        return Double(Float(bitPattern: bits)).bitPattern
    }
}
