// SPDX-License-Identifier: Apache-2.0

import HubCore
import Testing

@testable import HubWire

@Suite struct ByteReaderTests {
    /// What `body` reads from `bytes`.
    static func read<T>(_ bytes: [UInt8], _ body: (inout ByteReader) throws -> T) throws -> T {
        try bytes.withUnsafeBytes { memory in
            var reader = ByteReader(memory)
            return try body(&reader)
        }
    }

    @Test(
        "a varint comes back from as few bytes as it needs",
        arguments: [
            (0, 1), (1, 1), (127, 1), (128, 2), (16_383, 2), (16_384, 3), (1 << 32, 5), (UInt64(Int64.max), 9),
            (.max, 10),
        ] as [(UInt64, Int)])
    func varints(value: UInt64, length: Int) throws {
        var writer = ByteWriter()
        writer.varint(value)
        #expect(writer.count == length)
        try Self.read(writer.bytes) { reader throws in
            #expect(try reader.varint() == value)
            #expect(reader.isAtEnd)
        }
    }

    @Test(
        "a varint that is cut off, too long or not the shortest is refused",
        arguments: [
            ([], .truncated), ([0x80], .truncated), ([0x80, 0x00], .varintNotShortest),
            ([0xFF, 0x80, 0x00], .varintNotShortest), (Array(repeating: 0xFF, count: 9) + [0x02], .varintTooLong),
            (Array(repeating: 0x80, count: 9) + [0x00], .varintNotShortest),
            (Array(repeating: 0xFF, count: 20), .varintTooLong),
        ] as [([UInt8], WireFault.Rule)])
    func badVarints(bytes: [UInt8], rule: WireFault.Rule) {
        let fault = #expect(throws: WireFault.self) { try Self.read(bytes) { try $0.varint() } }
        #expect(fault?.rule == rule)
    }

    @Test("words of fixed width are big-endian")
    func fixedWidths() throws {
        var writer = ByteWriter()
        writer.u8(1)
        writer.u16(0x0203)
        writer.u32(0x0405_0607)
        writer.u64(0x0809_0A0B_0C0D_0E0F)
        #expect(writer.bytes == Array(1...15))
        try Self.read(writer.bytes) { reader throws in
            #expect(try reader.u8() == 1)
            #expect(try reader.u16() == 0x0203)
            #expect(try reader.u32() == 0x0405_0607)
            #expect(try reader.u64() == 0x0809_0A0B_0C0D_0E0F)
            try reader.expectEnd()
        }
    }

    @Test("a word that is cut off is refused where it begins", arguments: [0, 1, 3, 7])
    func truncatedWord(count: Int) {
        let bytes = [UInt8](repeating: 7, count: count)
        #expect(throws: WireFault(.truncated, at: 0)) { try Self.read(bytes) { try $0.u64() } }
    }

    @Test(
        "a length beyond its limit or beyond the end is refused before anything is read",
        arguments: [
            (5, 4, .overLimit), (4, 4, .truncated), (UInt64(Int.max), .max, .truncated), (.max, .max, .overLimit),
            (1 << 63, .max, .overLimit),
        ] as [(UInt64, Int, WireFault.Rule)])
    func lengths(length: UInt64, limit: Int, rule: WireFault.Rule) {
        var writer = ByteWriter()
        writer.varint(length)
        writer.raw([1, 2, 3])
        #expect(throws: WireFault(rule, at: 0)) { try Self.read(writer.bytes) { _ = try $0.prefixed(limit: limit) } }
    }

    @Test("a count is refused if the rest cannot hold so many elements")
    func counts() throws {
        #expect(try Self.read([2, 0, 0, 0, 0]) { try $0.count(limit: 9, bytesEach: 2) } == 2)
        #expect(throws: WireFault(.truncated, at: 0)) {
            try Self.read([3, 0, 0, 0, 0]) { try $0.count(limit: 9, bytesEach: 2) }
        }
        #expect(throws: WireFault(.overLimit, at: 0)) { try Self.read([9, 0, 0]) { try $0.count(limit: 2) } }
    }

    @Test("a negative count of bytes is refused, not obeyed")
    func negative() {
        #expect(throws: WireFault(.truncated, at: 0)) { try Self.read([1, 2]) { _ = try $0.raw(-1) } }
    }

    @Test(
        "a text that is not UTF-8 is refused",
        arguments: [[0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80]] as [[UInt8]])
    func invalidText(content: [UInt8]) {
        var writer = ByteWriter()
        writer.prefixed(content)
        #expect(throws: WireFault(.invalidText, at: 0)) { try Self.read(writer.bytes) { try $0.text() } }
    }

    @Test("an inner reader ends where its length says, and its faults count from the very beginning")
    func innerReader() throws {
        try Self.read([9, 2, 0xAA, 0xBB, 0xCC]) { reader throws in
            #expect(try reader.u8() == 9)
            var inner = try reader.prefixedReader()
            #expect(inner.remaining == 2)
            #expect(try inner.u16() == 0xAABB)
            #expect(throws: WireFault(.truncated, at: 4)) { try inner.u8() }
            #expect(Array(reader.rest()) == [0xCC])
            #expect(reader.isAtEnd)
        }
    }

    @Test("bytes that follow where nothing may follow are a fault")
    func trailingBytes() {
        #expect(throws: WireFault(.trailingBytes, at: 1)) {
            try Self.read([1, 2]) { reader throws in
                _ = try reader.u8()
                try reader.expectEnd()
            }
        }
    }

    @Test("a reader of no memory is at its end")
    func empty() {
        var reader = ByteReader(UnsafeRawBufferPointer(start: nil, count: 0))
        #expect(reader.isAtEnd)
        #expect(reader.rest().isEmpty)
        #expect(throws: WireFault(.truncated, at: 0)) { try reader.u8() }
    }

    @Test("a fault says rule and place")
    func description() {
        #expect("\(WireFault(.overLimit, at: 17))" == "overLimit at byte 17")
    }
}
