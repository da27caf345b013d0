// SPDX-License-Identifier: Apache-2.0

import HubCore
import Testing

@testable import HubWire

/// What holds for every message between the machines of a hub.
@Suite struct HubMessageTests {
    private static let places = Array(HubMessageSamples.all.indices)

    @Test("the committed bytes are what is written and what is read", arguments: places)
    func golden(place: Int) throws {
        let sample = HubMessageSamples.all[place]
        let written = try sample.message.encoded.hex
        #expect(written == HubMessageBytes.all[place], "\(sample.name) is written as \(written)")
        #expect(try HubMessage.decode([UInt8](hex: HubMessageBytes.all[place])) == sample.message, "\(sample.name)")
    }

    @Test(
        "two fields of a newer version are skipped, at the end of the message and of what it holds (S18)",
        arguments: places)
    func extensionFields(place: Int) throws {
        let sample = HubMessageSamples.all[place]
        let outer = try Self.content(sample.message.encoded)
        #expect(try HubMessage.decode(Self.extended(outer)) == sample.message, "\(sample.name)")
        let inner = try Self.content(Array(outer.dropFirst()))
        let longer = Self.prefixed([outer[0]] + Self.extended(inner))
        #expect(try HubMessage.decode(longer) == sample.message, "\(sample.name)")
    }

    @Test("two fields of a newer version are skipped at the end of each column (S18)")
    func columns() throws {
        var writer = ByteWriter()
        try writer.names(HubMessageSamples.wishes.map(\.id))
        let names = Self.extended(try Self.content(writer.bytes))
        let ids = try ByteReaderTests.read(names) { try $0.names(HubMessageSamples.wishes.count) as [ChildID] }
        #expect(ids == HubMessageSamples.wishes.map(\.id))
        writer = ByteWriter()
        try writer.stamps(HubMessageSamples.wishes.map(\.stamp))
        let stamps = Self.extended(try Self.content(writer.bytes))
        #expect(
            try ByteReaderTests.read(stamps) { try $0.stamps(HubMessageSamples.wishes.count) }
                == HubMessageSamples.wishes.map(\.stamp))
        for list in [HubMessageSamples.rows, []] {
            writer = ByteWriter()
            try writer.rows(list)
            let rows = Self.extended(try Self.content(writer.bytes))
            #expect(try ByteReaderTests.read(rows) { try $0.rows() } == list)
        }
        writer = ByteWriter()
        try writer.wishes(HubMessageSamples.wishes)
        let wishes = Self.extended(try Self.content(writer.bytes))
        #expect(try ByteReaderTests.read(wishes) { try $0.wishes() } == HubMessageSamples.wishes)
    }

    @Test("a stop that was decided late crosses with the stamp from which it counts, as a wish and as a key")
    func lateStop() throws {
        let samples = HubMessageSamples.wishes
        var stop = samples[0]
        (stop.content, stop.since) = (.stopped, Stamp(time: 1, incarnation: stop.stamp.incarnation))
        for list in [[stop], [stop] + samples, samples + [stop, stop]] {
            var writer = ByteWriter()
            try writer.wishes(list)
            #expect(try ByteReaderTests.read(writer.bytes) { try $0.wishes() } == list)
            let keys = list.map { WishKey(id: $0.id, version: $0.version, desired: $0.isRunning ? .running : .stopped) }
            writer = ByteWriter()
            try writer.keys(keys)
            #expect(try ByteReaderTests.read(writer.bytes) { try $0.keys() } == keys)
        }
    }

    @Test("a message and a body that only a newer version knows are skipped (S18)")
    func unknownTags() throws {
        #expect(try HubMessage.decode([4, 200, 1, 2, 3]) == .unknown(200))
        var writer = ByteWriter()
        writer.stamp(HubMessageSamples.birth)
        writer.raw([99, 3, 7, 7, 7])
        let message = try HubMessage.decode(Self.prefixed([0] + Self.prefixed(writer.bytes)))
        #expect(message == .registry(RegistryMessage(birth: HubMessageSamples.birth, body: .unknown(99))))
    }

    @Test("an operation, a sort of work and a step of a move that only a newer version knows are skipped (S18)")
    func unknownSteps() throws {
        for machine: UInt8 in [1, 2] {
            let message = try HubMessage.decode(Self.prefixed([machine] + Self.prefixed([77, 1, 2, 3])))
            #expect(message == .unknown(.max))
        }
        var writer = ByteWriter()
        writer.u8(1)  // asked
        writer.request(RequestID(caller: Incarnation(rawValue: 7), sequence: 1))
        writer.varint(0)
        try writer.name("n-1" as NodeName)
        writer.u8(0)
        writer.stamp(HubMessageSamples.birth)
        writer.varint(5)
        try writer.rowCount(0)
        try writer.names([] as [NodeName])
        writer.raw([99, 3, 7, 7, 7])
        let message = try HubMessage.decode(Self.prefixed([1] + Self.prefixed(writer.bytes)))
        #expect(message == .unknown(.max))
    }

    @Test("an answer that only a newer version knows is left out, and those beside it are not (S18)")
    func unknownAnswers() throws {
        var writer = ByteWriter()
        writer.stamp(HubMessageSamples.birth)
        let stamp = writer.bytes
        let name: [UInt8] = Self.prefixed(Array("n-1".utf8))
        let rows: [[UInt8]] = [
            [0, 0] + stamp + [0xC8, 1, 1, 7],  // outdated, and a field of a newer version
            [1, 9, 1, 2], [2, 1] + stamp + [9, 1, 2], [3, 1] + stamp + [3, 99], [4, 1] + stamp + [3, 4] + name + [77],
            [5, 1] + stamp + [2, 3],
        ]
        writer = ByteWriter()
        writer.u8(2)  // answered
        let operation = RequestID(caller: Incarnation(rawValue: 7), sequence: 1)
        writer.request(operation)
        writer.varint(4)
        try writer.rowCount(rows.count)
        try writer.fields { writer throws(WireFault) in writer.raw(rows.flatMap(Self.prefixed)) }
        let message = try HubMessage.decode(Self.prefixed([1] + Self.prefixed(writer.bytes)))
        let known = [
            ItemAnswer(place: 0, result: .outdated(HubMessageSamples.birth)),
            ItemAnswer(place: 5, result: .decided(.changed(holders: 3), stamp: HubMessageSamples.birth)),
        ]
        #expect(message == .operation(.answered(operation, chunk: 4, known)))
    }

    @Test("cut off anywhere, a message is refused", arguments: places)
    func truncated(place: Int) throws {
        let bytes = try HubMessageSamples.all[place].message.encoded
        let outer = try Self.content(bytes)
        for count in 0..<bytes.count {
            #expect(throws: WireFault.self) { try HubMessage.decode(Array(bytes[..<count])) }
        }
        for count in 0..<outer.count {
            #expect(throws: WireFault.self) { try HubMessage.decode(Self.prefixed(Array(outer[..<count]))) }
        }
    }

    @Test("whatever changes in the bytes, they are refused or mean something (S16)", arguments: places)
    func mutated(place: Int) throws {
        let bytes = try HubMessageSamples.all[place].message.encoded
        for seed in UInt64(0)..<500 {
            var generator = SeededGenerator(seed: seed)
            let changed = bytes.mutated(using: &generator)
            guard let decoded = try? HubMessage.decode(changed) else { continue }
            // Bytes are compared, for a number that is none equals nothing.
            let written = try decoded.encoded
            #expect(try HubMessage.decode(written).encoded == written, "\(changed.hex)")
        }
    }

    @Test("a count that lies about thousands costs nothing and is refused (S16)")
    func lyingCounts() {
        for lie: [UInt8] in [[0xFF, 0xFF, 0xFF, 0xFF, 0x0F], [0xFF, 0x7F]] {
            let bytes = Self.prefixed(lie + [0, 0, 0])
            #expect(throws: WireFault.self) { try ByteReaderTests.read(bytes) { try $0.wishes() } }
            #expect(throws: WireFault.self) { try ByteReaderTests.read(bytes) { try $0.rows() } }
            #expect(throws: WireFault.self) { try ByteReaderTests.read(bytes) { try $0.keys() } }
        }
    }

    @Test("metadata, tags and arguments beyond what a child may have are neither written nor read (S16)")
    func limits() throws {
        let long = String(repeating: "x", count: Limits.metadataBytes + 1)
        var nested: MetadataValue = 1
        for _ in 0...Limits.metadataDepth + 1 { nested = .list([nested]) }
        for metadata: [String: MetadataValue] in [["a": .string(long)], [long: 1], ["a": nested]] {
            #expect(throws: WireFault.self) {
                var writer = ByteWriter()
                try writer.metadata(metadata)
            }
        }
        let full: [String: MetadataValue] = ["a": .string(String(repeating: "x", count: Limits.metadataBytes - 8))]
        var writer = ByteWriter()
        try writer.metadata(full)
        #expect(try ByteReaderTests.read(writer.bytes) { try $0.metadata() } == full)
        for tags: Set<String> in [Set((0...Limits.tags).map { "t\($0)" }), [String(repeating: "t", count: 65)], [""]] {
            #expect(throws: WireFault.self) {
                var writer = ByteWriter()
                try writer.tags(tags)
            }
        }
        let heavy = Child(id: "a", kind: "k", arguments: [UInt8](repeating: 0, count: Limits.childArgumentBytes + 1))
        #expect(throws: WireFault.self) {
            var writer = ByteWriter()
            try writer.children([heavy])
        }
    }

    @Test("metadata read twice under one key is refused, and depth is bounded while reading too (S16)")
    func hostileMetadata() {
        let twice = Self.prefixed([2, 1, 0x61, 0, 1, 0x61, 0])
        #expect(throws: WireFault.self) { try ByteReaderTests.read(twice) { try $0.metadata() } }
        let deep = Self.prefixed(
            [1, 1, 0x61] + (0..<40).flatMap { _ in [5, 1] } + [0])
        #expect(throws: WireFault.self) { try ByteReaderTests.read(deep) { try $0.metadata() } }
    }

    @Test("a thousand wishes of one kind take few bytes each")
    func compact() throws {
        let wishes = (0..<1_000).map { number in
            Wish(
                id: ChildID(rawValue: "child-\(100_000 + number)"), stamp: HubMessageSamples.stamp(UInt64(number) * 2),
                origin: RequestID(caller: HubMessageSamples.life, sequence: 7),
                content: .running(
                    Child(
                        id: ChildID(rawValue: "child-\(100_000 + number)"), kind: "Counter",
                        arguments: [0, 0, 0, 0, 0, 0, 0, 1]),
                    placedOn: []))
        }
        var writer = ByteWriter()
        try writer.wishes(wishes)
        #expect(writer.count < 20 * 1_000)
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
    private static func content(_ bytes: [UInt8]) throws -> [UInt8] {
        try ByteReaderTests.read(bytes) { Array(try $0.prefixed()) }
    }
}

extension HubMessage {
    fileprivate var encoded: [UInt8] {
        get throws {
            var writer = ByteWriter()
            try encode(into: &writer)
            return writer.bytes
        }
    }

    fileprivate static func decode(_ bytes: [UInt8]) throws -> HubMessage {
        try ByteReaderTests.read(bytes) { reader in
            let message = try HubMessage(from: &reader)
            try reader.expectEnd()
            return message
        }
    }
}
