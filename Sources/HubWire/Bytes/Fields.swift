// SPDX-License-Identifier: Apache-2.0

// What envelopes, messages and columns have in common: a byte length, known fields in a fixed order, and then fields
// of newer versions, each a tag, a length and bytes, that an older node skips.

extension ByteWriter {
    /// The byte length of what `body` writes, then what it writes: known fields in their order.
    @inline(__always)
    package mutating func fields(
        _ body: (inout ByteWriter) throws(WireFault) -> Void
    ) throws(WireFault) {
        try lengthPrefixed(body)
    }

    /// A field that an older node skips; it comes after all known fields.
    package mutating func extensionField(_ tag: UInt64, _ content: [UInt8]) {
        varint(tag)
        prefixed(content)
    }
}

extension ByteReader {
    /// A reader of the fields that follow; this reader moves past them, to the payload.
    package mutating func fields() throws(WireFault) -> ByteReader { try prefixedReader() }

    /// Moves past the fields of newer versions, up to the end.
    package mutating func skipExtensionFields() throws(WireFault) {
        while !isAtEnd {
            _ = try varint()
            _ = try prefixed()
        }
    }
}
