// SPDX-License-Identifier: Apache-2.0

/// One piece of a bulk transfer; its bytes follow it.
package struct BulkChunk: Hashable, Sendable {
    package var transfer: UInt64
    /// Counts the chunks of a transfer from 0, without a gap.
    package var index: UInt64
    /// The size of the whole transfer, in each chunk the same.
    package var totalBytes: UInt64
    package var isLast: Bool

    package init(transfer: UInt64, index: UInt64, totalBytes: UInt64, isLast: Bool) {
        self.transfer = transfer
        self.index = index
        self.totalBytes = totalBytes
        self.isLast = isLast
    }
}

extension BulkChunk: Envelope {
    package func encode(into writer: inout ByteWriter) throws(WireFault) {
        try writer.fields { writer throws(WireFault) in
            writer.u64(transfer)
            writer.varint(index)
            writer.varint(totalBytes)
            writer.u8(isLast ? Self.lastBit : 0)
        }
    }

    package init(from reader: inout ByteReader) throws(WireFault) {
        var fields = try reader.fields()
        transfer = try fields.u64()
        index = try fields.varint()
        totalBytes = try fields.varint()
        isLast = try fields.u8() & Self.lastBit != 0
        try fields.skipExtensionFields()
    }

    private static let lastBit: UInt8 = 1
}

/// How far the receiver of a bulk transfer is.
package struct BulkAcknowledgement: Hashable, Sendable {
    package var transfer: UInt64
    /// The number of chunks received without a gap.
    package var chunks: UInt64
    package var verdict: Verdict

    package init(transfer: UInt64, chunks: UInt64, verdict: Verdict = .goOn) {
        self.transfer = transfer
        self.chunks = chunks
        self.verdict = verdict
    }

    package enum Verdict: UInt8, Hashable, Sendable, CaseIterable {
        /// More may come.
        case goOn = 0
        /// Everything arrived.
        case complete = 1
        /// The receiver does not want it; also what a verdict of a newer version is read as.
        case refused = 2
    }
}

extension BulkAcknowledgement: Envelope {
    package func encode(into writer: inout ByteWriter) throws(WireFault) {
        try writer.fields { writer throws(WireFault) in
            writer.u64(transfer)
            writer.varint(chunks)
            writer.u8(verdict.rawValue)
        }
    }

    package init(from reader: inout ByteReader) throws(WireFault) {
        var fields = try reader.fields()
        transfer = try fields.u64()
        chunks = try fields.varint()
        verdict = Verdict(rawValue: try fields.u8()) ?? .refused
        try fields.skipExtensionFields()
    }
}
