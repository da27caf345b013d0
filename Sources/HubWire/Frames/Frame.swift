// SPDX-License-Identifier: Apache-2.0

/// What a frame carries. The numbers never change.
package enum FrameType: UInt8, Hashable, Sendable, CaseIterable {
    /// Who I am; the first frame of either side.
    case hello = 1
    /// The handshake is refused: code and text.
    case refusal = 2
    /// A call that wants an answer; the stream id is the caller's number for it.
    case call = 3
    /// A call without an answer.
    case cast = 4
    /// The result of the call of this stream id.
    case reply = 5
    /// The failure of the call of this stream id.
    case error = 6
    /// The caller no longer waits for this stream id.
    case cancel = 7
    case ping = 8
    case pong = 9
    /// Gives a kind and a method a number for as long as this connection lives; comes before the number is used.
    case defineMethod = 10
    case bulkChunk = 11
    case bulkAcknowledgement = 12
    /// A message between the machines of two nodes.
    case machine = 13
    /// The living sender took a new incarnation.
    case incarnation = 14
    /// The sender closes in good order, and says why.
    case goodbye = 15

    /// Types that a receiver skips if it does not know them; every other unknown type ends the connection.
    package static let skippable: ClosedRange<UInt8> = 0xC0...0xFE

    /// Whether the frame may come from a peer that was not yet admitted.
    package var precedesAdmission: Bool { self == .hello || self == .refusal }
}

/// One frame in the memory it was read from; it must not outlive that memory.
package struct Frame {
    package var type: FrameType
    package var stream: UInt64
    package var payload: UnsafeRawBufferPointer

    package init(type: FrameType, stream: UInt64, payload: UnsafeRawBufferPointer) {
        self.type = type
        self.stream = stream
        self.payload = payload
    }

    /// A reader of the payload.
    package var reader: ByteReader { ByteReader(payload) }
}
