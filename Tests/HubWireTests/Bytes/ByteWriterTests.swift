// SPDX-License-Identifier: Apache-2.0

import HubCore
import Testing

@testable import HubWire

@Suite struct ByteWriterTests {
    @Test("a length is filled in, however many bytes it takes", arguments: [0, 1, 127, 128, 16_383, 16_384, 70_000])
    func lengthPrefixed(count: Int) throws {
        let content = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        var writer = ByteWriter()
        writer.u8(0xEE)
        try writer.lengthPrefixed { $0.raw(content) }
        writer.u8(0xDD)
        try ByteReaderTests.read(writer.bytes) { reader throws in
            #expect(try reader.u8() == 0xEE)
            #expect(Array(try reader.prefixed()) == content)
            #expect(Array(reader.rest()) == [0xDD])
        }
    }

    @Test("lengths nest")
    func nested() throws {
        var writer = ByteWriter()
        try writer.lengthPrefixed { writer throws(WireFault) in
            try writer.lengthPrefixed { $0.raw([UInt8](repeating: 1, count: 200)) }
            writer.u8(2)
        }
        #expect(writer.bytes == [203, 1, 200, 1] + [UInt8](repeating: 1, count: 200) + [2])
    }

    @Test("a body that throws leaves the writer as it was")
    func restored() {
        var writer = ByteWriter()
        writer.u8(7)
        #expect(throws: WireFault(.overLimit, at: 3)) {
            try writer.lengthPrefixed { writer throws(WireFault) in
                writer.u64(1)
                throw WireFault(.overLimit, at: 3)
            }
        }
        #expect(writer.bytes == [7])
    }

    @Test("a length within the capacity costs no allocation")
    func capacity() throws {
        var writer = ByteWriter(capacity: 1_000)
        let before = writer.bytes.withUnsafeBytes { $0.baseAddress }
        try writer.lengthPrefixed { $0.raw([UInt8](repeating: 1, count: 900)) }
        #expect(writer.bytes.withUnsafeBytes { $0.baseAddress } == before)
    }

    @Test("patching outside what was written changes nothing")
    func patchOutside() {
        var writer = ByteWriter()
        writer.raw([1, 2, 3, 4, 5])
        writer.patch(.max, at: 2)
        writer.patch(.max, at: -1)
        writer.patch(.max, at: .max)
        #expect(writer.bytes == [1, 2, 3, 4, 5])
        writer.patch(0x0A0B_0C0D, at: 1)
        #expect(writer.bytes == [1, 0x0A, 0x0B, 0x0C, 0x0D])
    }

    @Test("truncating keeps the first bytes, and never more than there are", arguments: [(-1, 0), (2, 2), (9, 3)])
    func truncate(to: Int, count: Int) {
        var writer = ByteWriter(appendingTo: [1, 2, 3])
        writer.truncate(to: to)
        #expect(writer.bytes == Array([1, 2, 3].prefix(count)))
    }
}

@Suite struct TextTests {
    @Test(
        "a text is cut between scalars",
        arguments: [
            ("abc", 3, "abc"), ("abc", 2, "ab"), ("aé", 2, "a"), ("é", 1, ""), ("€uro", 4, "€u"), ("🙂🙂", 7, "🙂"),
            ("x", 0, ""), ("x", -1, ""),
        ])
    func cut(text: String, limit: Int, expected: String) {
        #expect(text.cut(toBytes: limit) == expected)
    }

    @Test("what could move a cursor, begin a line or turn the reading direction is escaped")
    func escaped() {
        let table = [
            ("plain, übel, 漢字 🙂", "plain, übel, 漢字 🙂"), ("a\nb", "a\\u{a}b"), ("\u{1B}[31m", "\\u{1b}[31m"),
            ("\r\n", "\\u{d}\\u{a}"), ("\u{202E}x", "\\u{202e}x"), ("\u{2028}", "\\u{2028}"), ("\u{85}", "\\u{85}"),
            ("\u{E000}", "\\u{e000}"),
        ]
        for (text, expected) in table {
            #expect(text.escaped == expected)
            #expect(text.escaped.escaped == expected)
        }
    }
}
