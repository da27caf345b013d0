// SPDX-License-Identifier: Apache-2.0

internal import NIOCore

/// The bytes that the event loop took and has not handed to the channel: cut into slices between frames, so that a
/// control frame waits for one slice or one frame, never for all calls that are queued.
struct WriteQueue {
    /// Whole frames in one piece of memory, written from the front.
    private struct Frames {
        var bytes: [UInt8] = []
        var offset = 0

        var isEmpty: Bool { offset == bytes.count }
        var count: Int { bytes.count - offset }

        /// The length of the frame at `start`, its length field included.
        func frameLength(at start: Int) -> Int {
            guard bytes.count - start >= 4 else { return bytes.count - start }
            let length = bytes.withUnsafeBytes {
                UInt32(bigEndian: $0.loadUnaligned(fromByteOffset: start, as: UInt32.self))
            }
            return min(4 + Int(length), bytes.count - start)
        }

        /// How many bytes of whole frames fit into `room`.
        func wholeFrames(within room: Int) -> Int {
            if count <= room { return count }
            var end = offset
            while end < bytes.count {
                let length = frameLength(at: end)
                guard end - offset + length <= room else { break }
                end += length
            }
            return end - offset
        }

        mutating func move(_ length: Int, into buffer: inout ByteBuffer) {
            bytes.withUnsafeBytes {
                _ = buffer.writeBytes(UnsafeRawBufferPointer(rebasing: $0[offset..<(offset + length)]))
            }
            offset += length
        }

        /// Takes over what was queued and leaves its own used up memory for the next.
        mutating func refill(from queued: inout [UInt8]) -> Int {
            guard isEmpty, !queued.isEmpty else { return 0 }
            bytes.removeAll(keepingCapacity: bytes.capacity <= Self.keptCapacity)
            offset = 0
            swap(&bytes, &queued)
            return bytes.count
        }

        /// Memory beyond this is given back after a burst.
        private static let keptCapacity = 1 << 20
    }

    /// The rest of a frame that was begun elsewhere.
    private var torn = Frames()
    private var control = Frames()
    private var calls = Frames()
    /// What is left of a frame that was begun: nothing else may come in between.
    private var begun = 0
    private var begunIsControl = false

    var isEmpty: Bool { torn.isEmpty && control.isEmpty && calls.isEmpty }
    var count: Int { torn.count + control.count + calls.count }

    /// Takes over what is queued where its own is used up; returns how many bytes that were.
    mutating func refill(
        torn queuedRest: inout [UInt8], control queuedControl: inout [UInt8], calls queuedCalls: inout [UInt8]
    ) -> Int {
        torn.refill(from: &queuedRest) + control.refill(from: &queuedControl) + calls.refill(from: &queuedCalls)
    }

    /// Moves up to `slice` bytes into `buffer`: the rest of a begun frame, then control frames, then calls.
    mutating func fill(_ buffer: inout ByteBuffer, slice: Int) {
        torn.move(torn.count, into: &buffer)
        while buffer.readableBytes < slice, !isEmpty {
            let room = slice - buffer.readableBytes
            if begun > 0 {
                let length = min(begun, room)
                begun -= length
                move(length, into: &buffer, control: begunIsControl)
                continue
            }
            let isControl = !control.isEmpty
            let whole = (isControl ? control : calls).wholeFrames(within: room)
            if whole > 0 {
                move(whole, into: &buffer, control: isControl)
            } else if buffer.readableBytes == 0 {
                begun = isControl ? control.frameLength(at: control.offset) : calls.frameLength(at: calls.offset)
                begunIsControl = isControl
            } else {
                return
            }
        }
    }

    private mutating func move(_ length: Int, into buffer: inout ByteBuffer, control isControl: Bool) {
        if isControl { control.move(length, into: &buffer) } else { calls.move(length, into: &buffer) }
    }
}
