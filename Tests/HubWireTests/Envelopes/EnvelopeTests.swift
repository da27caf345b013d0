// SPDX-License-Identifier: Apache-2.0

import HubCore
import TestSupport
import Testing

@testable import HubWire

/// What holds for every envelope alike.
@Suite(.computing) struct EnvelopeTests {
    @Test("the committed bytes are what is written and what is read", arguments: EnvelopeSample.all)
    func golden(sample: EnvelopeSample) throws {
        let hex = try sample.envelope.encoded.hex
        #expect(hex == sample.hex)
        #expect(try sample.envelope.isDecoded(from: sample.bytes))
    }

    @Test("what follows the envelope is left for the value", arguments: EnvelopeSample.all)
    func payload(sample: EnvelopeSample) throws {
        #expect(try sample.envelope.isDecoded(from: sample.bytes + [0xFF, 0, 0xFF], rest: 3))
    }

    @Test("two fields of a newer version are skipped", arguments: EnvelopeSample.all)
    func extensionFields(sample: EnvelopeSample) throws {
        var writer = ByteWriter()
        let known = try ByteReaderTests.read(sample.bytes) { Array(try $0.prefixed()) }
        try writer.fields { writer throws(WireFault) in
            writer.raw(known)
            writer.extensionField(1, [UInt8](repeating: 0xEE, count: 200))
            writer.extensionField(70_000, [])
        }
        writer.raw([1, 2])
        #expect(try sample.envelope.isDecoded(from: writer.bytes, rest: 2))
    }

    @Test("fields of a newer version that are cut off are refused", arguments: EnvelopeSample.all)
    func truncatedExtensionField(sample: EnvelopeSample) throws {
        var writer = ByteWriter()
        let known = try ByteReaderTests.read(sample.bytes) { Array(try $0.prefixed()) }
        writer.prefixed(known + [1, 5, 0])
        #expect(throws: WireFault.self) { try sample.envelope.isDecoded(from: writer.bytes) }
    }

    @Test("cut off anywhere, an envelope is refused", arguments: EnvelopeSample.all)
    func truncated(sample: EnvelopeSample) {
        for count in 0..<sample.bytes.count {
            #expect(throws: WireFault.self) { try sample.envelope.isDecoded(from: Array(sample.bytes[..<count])) }
        }
    }

    @Test("cut off within its own length, an envelope is refused", arguments: EnvelopeSample.all)
    func truncatedInside(sample: EnvelopeSample) throws {
        let known = try ByteReaderTests.read(sample.bytes) { Array(try $0.prefixed()) }
        for count in 0..<known.count {
            var writer = ByteWriter()
            writer.prefixed(Array(known[..<count]))
            #expect(throws: WireFault.self) { try sample.envelope.isDecoded(from: writer.bytes) }
        }
    }

    @Test("whatever changes in the bytes, they are refused or mean something", arguments: EnvelopeSample.all)
    func mutated(sample: EnvelopeSample) throws {
        for seed in UInt64(0)..<500 {
            var generator = SeededGenerator(seed: seed)
            let bytes = sample.bytes.mutated(using: &generator)
            try expectSense(sample.envelope, bytes)
        }
    }

    /// What decodes can be written again and then decodes to the same.
    private func expectSense<E: Envelope>(_ like: E, _ bytes: [UInt8]) throws {
        guard let decoded = try? E.decode(bytes).envelope else { return }
        let again = try E.decode(try decoded.encoded).envelope
        guard again != decoded else { return }
        Issue.record("\(bytes.hex) gave \(decoded), and that gave \(again)")
    }

    @Test("random envelopes come back", arguments: 0..<300 as Range<UInt64>)
    func random(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for envelope in generator.envelopes() {
            #expect(try envelope.isDecoded(from: try envelope.encoded + [9], rest: 1))
        }
    }

    @Test("an envelope goes into a frame together with its payload")
    func framed() throws {
        var writer = ByteWriter()
        try writer.frame(.reply, stream: 5, ReplyEnvelope(epoch: .none), payload: [7, 8])
        #expect(writer.bytes == [0, 0, 0, 7, 5, 5, 2, 0, 0, 7, 8])
        #expect(throws: WireFault(.frameTooLong, at: 6)) {
            try writer.frame(.reply, stream: 5, limit: 6, ReplyEnvelope(epoch: .none), payload: [7, 8])
        }
        #expect(throws: WireFault.self) {
            try writer.frame(.machine, MachineEnvelope(.hub("")))
        }
        #expect(writer.count == 11)
    }
}

extension [UInt8] {
    /// A few bytes changed, put in, taken out, or the end cut off.
    func mutated(using generator: inout SeededGenerator) -> [UInt8] {
        var bytes = self
        for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            let byte = UInt8.random(in: 0...255, using: &generator)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: bytes.insert(byte, at: place)
            case 1: bytes.remove(at: place)
            case 2: bytes.removeLast(bytes.count - place)
            case 3: bytes[place] ^= 1 << (byte & 7)
            case 4: bytes[place] = 0xFF
            default: bytes[place] = byte
            }
        }
        return bytes
    }
}
