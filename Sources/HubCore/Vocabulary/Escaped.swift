// SPDX-License-Identifier: Apache-2.0

/// Text from outside as it may be shown in a log or an error: printable ASCII stays, the rest is escaped, and it is cut
/// after ``Limits/shownBytes`` bytes.
package struct Escaped: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ text: some StringProtocol) { self.init(bytes: text.utf8) }

    package init(bytes: some Sequence<UInt8>) {
        var shown = ""
        var left = Limits.shownBytes
        for byte in bytes {
            guard left > 0 else {
                shown += "…"
                break
            }
            left -= 1
            shown += Self.escaped(byte)
        }
        description = shown
    }

    private static func escaped(_ byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "\\"): "\\\\"
        case 0x20...0x7E: String(UnicodeScalar(byte))
        default: "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
    }
}
