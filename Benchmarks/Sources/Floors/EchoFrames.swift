// SPDX-License-Identifier: Apache-2.0

internal import NIOCore

/// The frames of the floor, of the shape and the sizes that calls have: `u32 length, u8 type, varint id, payload`.
enum EchoFrame {
    static let request: UInt8 = 1
    static let reply: UInt8 = 2
    /// A request for an integer argument is about 60 bytes in all, its reply about 30.
    static let requestPayload = 54
    static let replyPayload = 24

    static func write(request payload: [UInt8], id: UInt64, into buffer: inout ByteBuffer) {
        writeHead(type: request, id: id, payloadBytes: payload.count, into: &buffer)
        buffer.writeBytes(payload)
    }

    static func write(reply number: Int64, id: UInt64, into buffer: inout ByteBuffer) {
        writeHead(type: reply, id: id, payloadBytes: replyPayload, into: &buffer)
        buffer.writeInteger(number)
        buffer.writeRepeatingByte(0, count: replyPayload - MemoryLayout<Int64>.size)
    }

    private static func writeHead(type: UInt8, id: UInt64, payloadBytes: Int, into buffer: inout ByteBuffer) {
        buffer.writeMultipleIntegers(UInt32(1 + varintLength(id) + payloadBytes), type)
        writeVarint(id, into: &buffer)
    }

    /// The next whole frame, or `nil` if more bytes must come first.
    static func read(from buffer: inout ByteBuffer) -> (id: UInt64, payload: ByteBuffer)? {
        guard let length = buffer.getInteger(at: buffer.readerIndex, as: UInt32.self),
            buffer.readableBytes >= 4 + Int(length)
        else { return nil }
        buffer.moveReaderIndex(forwardBy: 5)
        let before = buffer.readableBytes
        let id = readVarint(from: &buffer)
        let left = Int(length) - 1 - (before - buffer.readableBytes)
        return buffer.readSlice(length: left).map { (id, $0) }
    }

    private static func varintLength(_ value: UInt64) -> Int {
        max(1, (UInt64.bitWidth - value.leadingZeroBitCount + 6) / 7)
    }

    private static func writeVarint(_ value: UInt64, into buffer: inout ByteBuffer) {
        var value = value
        while value >= 0x80 {
            buffer.writeInteger(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        buffer.writeInteger(UInt8(value))
    }

    private static func readVarint(from buffer: inout ByteBuffer) -> UInt64 {
        var (value, shift) = (UInt64(0), UInt64(0))
        while let byte = buffer.readInteger(as: UInt8.self) {
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { break }
            shift += 7
        }
        return value
    }
}

/// Cuts what arrives into frames.
struct EchoReader {
    private var rest: ByteBuffer?

    mutating func read(_ arrived: ByteBuffer, _ frame: (UInt64, ByteBuffer) -> Void) {
        var buffer = arrived
        if var begun = rest.take() {
            begun.writeBuffer(&buffer)
            buffer = begun
        }
        while let (id, payload) = EchoFrame.read(from: &buffer) { frame(id, payload) }
        rest = buffer.readableBytes > 0 ? buffer : nil
    }
}
