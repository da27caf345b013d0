// SPDX-License-Identifier: Apache-2.0

/// Bytes that are mostly few: up to 14 lie in the row itself, so that the arguments of a child cost no allocation.
package enum SmallBytes: Hashable, Sendable {
    case few(UInt64, UInt32, UInt16, UInt8)
    case many([UInt8])

    package static let none = SmallBytes.few(0, 0, 0, 0)

    package init(_ bytes: [UInt8]) {
        guard bytes.count <= 14 else {
            self = .many(bytes)
            return
        }
        var words: (UInt64, UInt32, UInt16) = (0, 0, 0)
        for (place, byte) in bytes.enumerated() {
            switch place {
            case 0..<8: words.0 |= UInt64(byte) << UInt64(place * 8)
            case 8..<12: words.1 |= UInt32(byte) << UInt32((place - 8) * 8)
            default: words.2 |= UInt16(byte) << UInt16((place - 12) * 8)
            }
        }
        self = .few(words.0, words.1, words.2, UInt8(bytes.count))
    }

    package var bytes: [UInt8] {
        switch self {
        case .many(let bytes): return bytes
        case .few(let low, let middle, let high, let count):
            return (0..<Int(count)).map { place in
                switch place {
                case 0..<8: UInt8(truncatingIfNeeded: low >> UInt64(place * 8))
                case 8..<12: UInt8(truncatingIfNeeded: middle >> UInt32((place - 8) * 8))
                default: UInt8(truncatingIfNeeded: high >> UInt16((place - 12) * 8))
                }
            }
        }
    }
}
