// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// The packed part at the beginning of a frame's payload; what follows it in the frame is a value and is left alone.
///
/// Known fields in a fixed order after a byte length, then fields of newer versions, which are skipped.
package protocol Envelope: Hashable, Sendable {
    /// Appends the envelope.
    ///
    /// - Throws: ``WireFault`` if a peer would refuse it (a name or a list is out of bounds); what was appended until
    ///   then may remain, unless a frame is being written, which takes all of itself back.
    func encode(into writer: inout ByteWriter) throws(WireFault)

    /// Reads the envelope and leaves the reader at what follows it.
    ///
    /// - Throws: ``WireFault``; the connection is beyond repair.
    init(from reader: inout ByteReader) throws(WireFault)
}

extension ByteWriter {
    /// Appends a frame of an envelope and the bytes that follow it.
    ///
    /// - Throws: ``WireFault`` if the frame is longer than `limit` or a peer would refuse the envelope; the writer is
    ///   then as it was.
    package mutating func frame(
        _ type: FrameType, stream: UInt64 = 0, limit: Int = Limits.frameBytes, _ envelope: some Envelope,
        payload: [UInt8] = []
    ) throws(WireFault) {
        let mark = beginFrame(type, stream: stream)
        do throws(WireFault) {
            try envelope.encode(into: &self)
        } catch {
            truncate(to: mark)
            throw error
        }
        if !payload.isEmpty { raw(payload) }
        try endFrame(from: mark, limit: limit)
    }
}
