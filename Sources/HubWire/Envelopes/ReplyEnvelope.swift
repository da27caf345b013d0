// SPDX-License-Identifier: Apache-2.0

package import HubCore

/// The call of this stream id was executed. The result follows it.
package struct ReplyEnvelope: Hashable, Sendable {
    /// Of the activation that answered.
    package var epoch: Epoch
    /// No bit has a meaning yet; a receiver ignores those it does not know.
    package var flags: UInt8

    package init(epoch: Epoch, flags: UInt8 = 0) {
        self.epoch = epoch
        self.flags = flags
    }
}

extension ReplyEnvelope: Envelope {
    package func encode(into writer: inout ByteWriter) throws(WireFault) {
        try writer.fields { writer throws(WireFault) in
            writer.epoch(epoch)
            writer.u8(flags)
        }
    }

    package init(from reader: inout ByteReader) throws(WireFault) {
        var fields = try reader.fields()
        epoch = try fields.epoch()
        flags = try fields.u8()
        try fields.skipExtensionFields()
    }
}

/// The caller of this request no longer waits for it.
package struct CancelEnvelope: Hashable, Sendable {
    package var request: RequestID

    package init(_ request: RequestID) { self.request = request }
}

extension CancelEnvelope: Envelope {
    package func encode(into writer: inout ByteWriter) throws(WireFault) {
        try writer.fields { writer throws(WireFault) in
            writer.request(request)
        }
    }

    package init(from reader: inout ByteReader) throws(WireFault) {
        var fields = try reader.fields()
        request = try fields.request()
        try fields.skipExtensionFields()
    }
}
