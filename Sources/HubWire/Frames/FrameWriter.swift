// SPDX-License-Identifier: Apache-2.0

internal import HubCore

extension ByteWriter {
    /// Appends a frame whose payload `body` writes.
    ///
    /// - Throws: ``WireFault`` with ``WireFault/Rule/frameTooLong`` if it exceeds `limit`, or what `body` throws; the
    ///   writer is then as it was.
    package mutating func frame(
        _ type: FrameType, stream: UInt64, limit: Int = Limits.frameBytes,
        body: (inout ByteWriter) throws(WireFault) -> Void
    ) throws(WireFault) {
        let mark = beginFrame(type, stream: stream)
        do throws(WireFault) {
            try body(&self)
        } catch {
            truncate(to: mark)
            throw error
        }
        try endFrame(from: mark, limit: limit)
    }

    /// Writes the head of a frame whose length ``endFrame(from:limit:)`` will know.
    ///
    /// - Returns: Where the frame begins; to be given up, it is ``truncate(to:)``.
    mutating func beginFrame(_ type: FrameType, stream: UInt64) -> Int {
        let mark = count
        packed { head in
            head.u32(0)
            head.u8(type.rawValue)
            head.varint(stream)
        }
        return mark
    }

    /// Fills in the length of a frame, or takes the frame back if that is above `limit`.
    mutating func endFrame(from mark: Int, limit: Int) throws(WireFault) {
        let length = count - mark - 4
        guard length <= limit else {
            truncate(to: mark)
            throw WireFault(.frameTooLong, at: limit)
        }
        patch(UInt32(truncatingIfNeeded: length), at: mark)
    }
}
