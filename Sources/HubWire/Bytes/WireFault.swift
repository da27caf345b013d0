// SPDX-License-Identifier: Apache-2.0

/// Bytes that break a rule of the wire: which rule, and where.
package struct WireFault: Error, Hashable, Sendable, CustomStringConvertible {
    package var rule: Rule
    /// How many bytes into the frame or buffer the reader was.
    package var offset: Int

    package init(_ rule: Rule, at offset: Int) {
        self.rule = rule
        self.offset = offset
    }

    package var description: String { "\(rule) at byte \(offset)" }
}

extension WireFault {
    /// The rules of frames and envelopes.
    package enum Rule: String, Hashable, Sendable, CaseIterable {
        /// Something was announced that the bytes do not hold.
        case truncated
        /// Bytes follow where nothing may follow.
        case trailingBytes
        /// A varint exceeds 64 bits.
        case varintTooLong
        /// A varint has more bytes than its value needs.
        case varintNotShortest
        /// A text is not UTF-8.
        case invalidText
        /// A length or a count is above its limit.
        case overLimit
        /// A name is empty, too long or holds a control character.
        case invalidName
        /// A field has a value that no version gives it.
        case invalidField
        /// A frame is shorter than its own type and stream id.
        case frameTooShort
        /// A frame is longer than its connection may carry.
        case frameTooLong
        /// A frame has a type that may not be skipped and is not known.
        case unknownFrame
        /// A frame came that only an admitted peer may send.
        case notAdmitted
        /// A `Hello` does not begin with the magic bytes.
        case wrongMagic
    }
}
