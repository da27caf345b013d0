// SPDX-License-Identifier: Apache-2.0

import HubCore
import Testing

@testable import HubWire

@Suite struct WordsTests {
    private func accepts(_ text: String) -> Bool { (try? ChildID(text).validate()) != nil }

    private func written(_ text: String) -> [UInt8]? {
        var writer = ByteWriter()
        return (try? writer.name(ChildID(text))) == nil ? nil : writer.bytes
    }

    private func read(_ text: String) -> ChildID? {
        var writer = ByteWriter()
        writer.text(text)
        return try? ByteReaderTests.read(writer.bytes) { try $0.name() }
    }

    // Loops, not arguments: an argument is printed as it is, and control characters garble the report.

    @Test("a name is written and read exactly if it validates")
    func names() {
        let texts = [
            "", "a", "short", "exactly8", "process-0042", "with space", String(repeating: "x", count: 255),
            String(repeating: "x", count: 256), "tab\there", "0123456\u{1F}", "\u{7F}2345678", "12345678\u{7F}",
            "nbsp\u{A0}", "c1\u{80}", "c1-control-at-the-end\u{9F}", "übergröße", "漢字", "🙂", "~~~~~~~~~", "\u{0}",
            "12345678901234567\n",
        ]
        for text in texts {
            let accepted = accepts(text)
            #expect((written(text) != nil) == accepted, "\(text.escaped)")
            #expect(read(text)?.rawValue == (accepted ? text : nil), "\(text.escaped)")
        }
        #expect(texts.count(where: accepts) == 11)
    }

    @Test("a name of any single scalar is written and read exactly if it validates")
    func everyScalar() {
        for value in UInt32(0)...0x2FFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            for text in [String(scalar), "prefix-" + String(scalar) + "-suffix"] {
                guard (written(text) != nil) == accepts(text),
                    read(text).map(\.rawValue) == (accepts(text) ? text : nil)
                else {
                    Issue.record("U+\(String(value, radix: 16)) in \(text.escaped)")
                    return
                }
            }
        }
    }

    @Test("a name that is not UTF-8 is refused")
    func notUTF8() {
        #expect(throws: WireFault(.invalidText, at: 0)) {
            try ByteReaderTests.read([2, 0xC3, 0x28]) { try $0.name(NodeName.self) }
        }
    }

    @Test("an absent name is one byte, and a present one must validate")
    func optionalNames() throws {
        var writer = ByteWriter()
        try writer.optionalName(NodeName?.none)
        try writer.optionalName(NodeName("n-1"))
        #expect(writer.bytes == [0, 3, 0x6E, 0x2D, 0x31])
        try ByteReaderTests.read(writer.bytes) { reader throws in
            #expect(try reader.optionalName(NodeName.self) == nil)
            #expect(try reader.optionalName(NodeName.self) == "n-1")
        }
        #expect(throws: WireFault(.invalidName, at: 0)) {
            try ByteReaderTests.read([1, 0x0A]) { try $0.optionalName(NodeName.self) }
        }
    }

    @Test("an epoch takes one byte if there is none, and an unknown form is refused")
    func epochs() throws {
        let epoch = Epoch(Stamp(time: 5, incarnation: Incarnation(rawValue: 6)))
        var writer = ByteWriter()
        writer.epoch(.none)
        writer.epoch(epoch)
        #expect(writer.bytes == [0, 1] + epoch.bytes)
        try ByteReaderTests.read(writer.bytes) { reader throws in
            #expect(try reader.epoch() == .none)
            #expect(try reader.epoch() == epoch)
        }
        #expect(throws: WireFault(.invalidField, at: 0)) { try ByteReaderTests.read([2]) { try $0.epoch() } }
    }

    @Test("a request, a turn and a route come back")
    func words() throws {
        let incarnation = Incarnation(rawValue: .max)
        let request = RequestID(caller: incarnation, sequence: 300)
        let turn = TurnID(incarnation: incarnation, sequence: .max)
        let route = Route(node: "n-2", epoch: Epoch(Stamp(time: 1, incarnation: incarnation)))
        var writer = ByteWriter()
        writer.request(request)
        writer.turn(turn)
        try writer.route(route)
        try ByteReaderTests.read(writer.bytes) { reader throws in
            #expect(try reader.request() == request)
            #expect(try reader.turn() == turn)
            #expect(try reader.route() == route)
            try reader.expectEnd()
        }
    }
}
