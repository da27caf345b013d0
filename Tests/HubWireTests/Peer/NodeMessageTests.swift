// SPDX-License-Identifier: Apache-2.0

import HubCore
import TestSupport
import Testing

@testable import HubWire

/// What holds for every message between node machines.
@Suite(.computing) struct NodeMessageTests {
    @Test("the committed bytes are what is written and what is read", arguments: NodeMessageSample.all)
    func golden(sample: NodeMessageSample) throws {
        let hex = try sample.message.encoded.hex
        #expect(hex == sample.hex)
        #expect(try sample.message.isDecoded(from: sample.bytes))
    }

    @Test(
        "two fields of a newer version are skipped, at the end of the message and of its parts (S18)",
        arguments: NodeMessageSample.all)
    func extensionFields(sample: NodeMessageSample) throws {
        let outer = try Self.content(sample.bytes)
        #expect(try sample.message.isDecoded(from: Self.extended(outer)))
        // Within: a tag, and the fields of the machine's own message.
        let inner = try Self.content(Array(outer.dropFirst()))
        #expect(try sample.message.isDecoded(from: Self.prefixed([outer[0]] + Self.extended(inner))))
    }

    @Test("fields of a newer version in a statement, a rumour and a body are skipped (S18)")
    func innerExtensionFields() throws {
        let greet = NodeMessage.membership(
            MembershipMessage(
                sender: .init(refutation: 0, standing: .serving, digest: 0),
                body: .greet(number: 1, NodeMessageSample.bare), rumours: [.left(NodeMessageSample.life)]))
        let bytes = try Self.content(Self.content(greet.encoded, dropping: 1))
        let body = try Self.content(Array(bytes.dropFirst(10)))
        let statement = try Self.content(Array(body.dropFirst(2)))
        let rumours = Array(bytes.dropFirst(10 + 1 + body.count + 1))
        let rumour = try Self.content(rumours)
        let longer =
            Array(bytes.prefix(10)) + Self.prefixed(Array(body.prefix(2)) + Self.extended(statement) + [1, 1, 0])
            + [1] + Self.extended(rumour)
        #expect(try greet.isDecoded(from: Self.prefixed([0] + Self.prefixed(longer))))
    }

    @Test("flags of a statement that only a newer version knows are skipped (S18)")
    func unknownFlags() throws {
        let statement = NodeMessageSample.bare
        var writer = ByteWriter()
        try writer.statement(statement)
        var bytes = writer.bytes
        let flags = 1 + 1 + statement.life.name.rawValue.utf8.count + 8 + 16
        #expect(bytes[flags] == (statement.isDraining ? 1 : 0))
        bytes[flags] |= 0xFC
        let read = try bytes.withUnsafeBytes { memory in
            var reader = ByteReader(memory)
            return try reader.statement()
        }
        #expect(read == statement)
    }

    @Test("no rumour takes more room than its sender reckons with", arguments: NodeMessageSample.longestRumours)
    func roughBytes(rumour: Rumour) throws {
        var writer = ByteWriter()
        try writer.fields { writer throws(WireFault) in try rumour.encode(into: &writer) }
        #expect(writer.count <= rumour.roughBytes)
    }

    @Test("a message, a body and a rumour that only a newer version knows are skipped (S18)")
    func unknownTags() throws {
        #expect(try NodeMessage.decode([4, 200, 1, 2, 3]) == .unknown(200))
        let fields: [UInt8] = [0, 1] + [UInt8](repeating: 0, count: 8)
        let body: [UInt8] = [3, 99, 7, 7]
        let rumours: [UInt8] = [2, 4, 88, 1, 2, 3] + [11, 5, 1, 0x61, 0, 0, 0, 0, 0, 0, 0, 9]
        let message = try NodeMessage.decode(Self.prefixed([0] + Self.prefixed(fields + body + rumours)))
        let expected = MembershipMessage(
            sender: .init(refutation: 0, standing: .serving, digest: 0), body: .unknown(99),
            rumours: [.left(Life("a", Incarnation(rawValue: 9)))])
        #expect(message == .membership(expected))
    }

    @Test("cut off anywhere, a message is refused", arguments: NodeMessageSample.all)
    func truncated(sample: NodeMessageSample) throws {
        for count in 0..<sample.bytes.count {
            #expect(throws: WireFault.self) { try NodeMessage.decode(Array(sample.bytes[..<count])) }
        }
        let outer = try Self.content(sample.bytes)
        for count in 0..<outer.count {
            #expect(throws: WireFault.self) { try NodeMessage.decode(Self.prefixed(Array(outer[..<count]))) }
        }
    }

    @Test("whatever changes in the bytes, they are refused or mean something (S16)", arguments: NodeMessageSample.all)
    func mutated(sample: NodeMessageSample) throws {
        for seed in UInt64(0)..<500 {
            var generator = SeededGenerator(seed: seed)
            let bytes = sample.bytes.mutated(using: &generator)
            guard let decoded = try? NodeMessage.decode(bytes) else { continue }
            #expect(try NodeMessage.decode(decoded.encoded) == decoded, "\(bytes.hex)")
        }
    }

    @Test("counts that lie about thousands, and too many of anything, cost nothing and are refused (S16)")
    func lyingCounts() {
        var statement = NodeMessageSample.bare
        statement.hubs = (0...Limits.hubsPerNode).map { HubID("h\($0)") }
        #expect(throws: WireFault.self) { try NodeMessageSample("", .greet(number: 1, statement), "").message.encoded }
        statement = NodeMessageSample.bare
        for label in 0...Limits.labelsPerNode { statement.traits.labels["\(label)"] = "" }
        #expect(throws: WireFault.self) { try NodeMessageSample("", .greet(number: 1, statement), "").message.encoded }
        statement.traits = NodeTraits(weight: .nan)
        #expect(throws: WireFault.self) { try NodeMessageSample("", .greet(number: 1, statement), "").message.encoded }
        let start: [UInt8] = [0, 1] + [UInt8](repeating: 0, count: 8)
        let lie: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF, 0x0F]
        let fault = #expect(throws: WireFault.self) {
            try NodeMessage.decode(Self.prefixed([0] + Self.prefixed(start + [1, 0] + lie)))
        }
        #expect(fault?.rule == .overLimit)
    }

    private static func prefixed(_ bytes: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        writer.prefixed(bytes)
        return writer.bytes
    }

    private static func extended(_ bytes: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        writer.raw(bytes)
        writer.extensionField(1, [UInt8](repeating: 0xEE, count: 200))
        writer.extensionField(70_000, [])
        return prefixed(writer.bytes)
    }

    /// What a length at the beginning spans.
    private static func content(_ bytes: [UInt8], dropping count: Int = 0) throws -> [UInt8] {
        Array(try ByteReaderTests.read(bytes) { Array(try $0.prefixed()) }.dropFirst(count))
    }
}

extension NodeMessage {
    fileprivate var encoded: [UInt8] {
        get throws {
            var writer = ByteWriter()
            try encode(into: &writer)
            return writer.bytes
        }
    }

    fileprivate static func decode(_ bytes: [UInt8]) throws -> NodeMessage {
        try ByteReaderTests.read(bytes) { reader in
            let message = try NodeMessage(from: &reader)
            try reader.expectEnd()
            return message
        }
    }

    fileprivate func isDecoded(from bytes: [UInt8]) throws -> Bool { try Self.decode(bytes) == self }
}
