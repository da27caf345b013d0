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

extension String {
    /// The text with everything escaped that could move a terminal's cursor, begin a line or turn the reading direction.
    ///
    /// A text that a peer sent may go to a log only like this. Escaping twice changes nothing more.
    package var escaped: String {
        if utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return self }  // as nearly all
        guard unicodeScalars.contains(where: \.isUnprintable) else { return self }
        var result = ""
        for scalar in unicodeScalars {
            if scalar.isUnprintable {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

extension Unicode.Scalar {
    fileprivate var isUnprintable: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: true
        default: false
        }
    }
}
