// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// Cuts frames out of bytes: `u32 length, u8 type, varint stream id, payload`, the length counting what follows it.
///
/// It keeps no bytes. Whoever reads the connection keeps what was not consumed, which a limit bounds: length and type
/// are judged as soon as they are there, before the rest is awaited.
package struct FrameDecoder: Hashable, Sendable {
    /// Whether the peer was admitted. Until then only a `hello` or a `refusal` of 4 KiB is decoded.
    package var admitted: Bool

    package init(admitted: Bool = false) { self.admitted = admitted }

    /// What the beginning of the bytes holds.
    package enum Step {
        /// A frame, and how many bytes it took.
        case frame(Frame, consumed: Int)
        /// A whole frame of a type that is skipped, and how many bytes it took.
        case skipped(type: UInt8, consumed: Int)
        /// Nothing whole: at least so many bytes are missing.
        case needMore(Int)
    }

    /// The most bytes that one frame may count, its length field aside.
    package var limit: Int { admitted ? Limits.frameBytes : Limits.handshakeFrameBytes }

    /// Decodes the first frame of `bytes`.
    ///
    /// - Throws: ``WireFault``; the connection is beyond repair.
    package func next(in bytes: UnsafeRawBufferPointer) throws(WireFault) -> Step {
        guard bytes.count >= Self.lengthBytes else { return .needMore(Self.lengthBytes - bytes.count) }
        var reader = ByteReader(bytes)
        let length = Int(try reader.u32())
        guard length >= Self.shortest else { throw WireFault(.frameTooShort, at: 0) }
        guard length <= limit else { throw WireFault(.frameTooLong, at: 0) }
        let whole = Self.lengthBytes + length
        guard !reader.isAtEnd else { return .needMore(length) }
        let number = try reader.u8()
        let type = try judge(number)
        guard bytes.count >= whole else { return .needMore(whole - bytes.count) }
        guard let type else { return .skipped(type: number, consumed: whole) }
        var body = ByteReader(UnsafeRawBufferPointer(rebasing: bytes[..<whole]), from: reader.offset)
        let stream = try body.varint()
        return .frame(Frame(type: type, stream: stream, payload: body.rest()), consumed: whole)
    }

    /// The type of a number, `nil` for one to be skipped.
    private func judge(_ number: UInt8) throws(WireFault) -> FrameType? {
        if let type = FrameType(rawValue: number) {
            guard admitted || type.precedesAdmission else { throw WireFault(.notAdmitted, at: Self.lengthBytes) }
            return type
        }
        guard FrameType.skippable.contains(number) else { throw WireFault(.unknownFrame, at: Self.lengthBytes) }
        guard admitted else { throw WireFault(.notAdmitted, at: Self.lengthBytes) }
        return nil
    }

    private static let lengthBytes = 4
    /// A type and a stream id of one byte.
    private static let shortest = 2
}
