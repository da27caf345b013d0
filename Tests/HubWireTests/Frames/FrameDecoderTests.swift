// SPDX-License-Identifier: Apache-2.0

import HubCore
import Testing

@testable import HubWire

@Suite struct FrameDecoderTests {
    /// What one step of a decoder gave, in values that outlive the bytes.
    enum Outcome: Hashable {
        case frame(FrameType, stream: UInt64, payload: [UInt8], consumed: Int)
        case skipped(UInt8, consumed: Int)
        case needMore(Int)
    }

    private func step(_ bytes: [UInt8], admitted: Bool = true) throws -> Outcome {
        try bytes.withUnsafeBytes { memory in
            switch try FrameDecoder(admitted: admitted).next(in: memory) {
            case .frame(let frame, let consumed):
                .frame(frame.type, stream: frame.stream, payload: Array(frame.payload), consumed: consumed)
            case .skipped(let type, let consumed): .skipped(type, consumed: consumed)
            case .needMore(let count): .needMore(count)
            }
        }
    }

    private func frame(_ type: UInt8, stream: [UInt8] = [0], payload: Int) -> [UInt8] {
        var writer = ByteWriter()
        writer.u32(UInt32(1 + stream.count + payload))
        writer.u8(type)
        writer.raw(stream)
        writer.raw([UInt8](repeating: 0xAB, count: payload))
        return writer.bytes
    }

    @Test("a frame that was written is read, and what follows it is left")
    func roundTrip() throws {
        var writer = ByteWriter()
        try writer.frame(.call, stream: 300) { $0.raw([1, 2, 3]) }
        #expect(writer.bytes == [0, 0, 0, 6, 3, 0xAC, 0x02, 1, 2, 3])
        #expect(
            try step(writer.bytes + [9, 9]) == .frame(.call, stream: 300, payload: [1, 2, 3], consumed: 10))
    }

    @Test("until a frame is whole, the decoder asks for what is missing, never for more")
    func everyPrefix() throws {
        let whole = frame(FrameType.reply.rawValue, stream: [0x80, 0x01], payload: 40)
        for count in 0..<whole.count {
            guard case .needMore(let missing) = try step(Array(whole[..<count])) else {
                Issue.record("a frame out of \(count) bytes")
                return
            }
            #expect(missing > 0 && missing <= whole.count - count)
        }
        #expect(try step(whole) != .needMore(0))
    }

    @Test("frames cut into random pieces come out as they went in", arguments: 0..<20 as Range<UInt64>)
    func randomSplits(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var writer = ByteWriter()
        var expected: [Outcome] = []
        for _ in 0..<50 {
            let type = FrameType.allCases.randomElement(using: &generator) ?? .call
            let stream = generator.next() >> UInt64.random(in: 0..<64, using: &generator)
            let payload = (0..<Int.random(in: 0..<300, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            let before = writer.count
            try writer.frame(type, stream: stream) { $0.raw(payload) }
            expected.append(.frame(type, stream: stream, payload: payload, consumed: writer.count - before))
        }
        var waiting: [UInt8] = []
        var seen: [Outcome] = []
        var rest = writer.bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(Int.random(in: 1..<400, using: &generator))
            rest = rest.dropFirst(piece.count)
            waiting += piece
            while case .frame(let type, let stream, let payload, let consumed) = try step(waiting) {
                seen.append(.frame(type, stream: stream, payload: payload, consumed: consumed))
                waiting.removeFirst(consumed)
            }
        }
        #expect(seen == expected)
        #expect(waiting.isEmpty)
    }

    @Test("every type number is known, skipped or refused")
    func everyType() throws {
        for number in UInt8.min...UInt8.max {
            let bytes = frame(number, payload: 2)
            if let type = FrameType(rawValue: number) {
                #expect(try step(bytes) == .frame(type, stream: 0, payload: [0xAB, 0xAB], consumed: 8))
            } else if (0xC0...0xFE).contains(number) {
                #expect(try step(bytes) == .skipped(number, consumed: 8))
            } else {
                #expect(throws: WireFault(.unknownFrame, at: 4)) { try step(bytes) }
            }
        }
    }

    @Test("the numbers of the types are those of every version")
    func numbers() {
        #expect(FrameType.allCases.map(\.rawValue) == Array(1...15))
        #expect(FrameType.allCases.filter(\.precedesAdmission) == [.hello, .refusal])
    }

    @Test("before the peer is admitted, nothing but a hello or a refusal is decoded")
    func beforeAdmission() throws {
        for number in UInt8.min...UInt8.max {
            let bytes = frame(number, payload: 2)
            if let type = FrameType(rawValue: number), type == .hello || type == .refusal {
                let expected = Outcome.frame(type, stream: 0, payload: [0xAB, 0xAB], consumed: 8)
                #expect(try step(bytes, admitted: false) == expected)
            } else {
                let known = number <= 15 && number > 0 || (0xC0...0xFE).contains(number)
                let fault = WireFault(known ? .notAdmitted : .unknownFrame, at: 4)
                #expect(throws: fault) { try step(bytes, admitted: false) }
            }
        }
    }

    @Test("a type is judged as soon as it is there, before the rest of the frame is awaited")
    func earlyRefusal() {
        let fault = WireFault(.unknownFrame, at: 4)
        #expect(throws: fault) { try step([0, 0, 1, 0, 0x7F]) }
        #expect(throws: WireFault(.notAdmitted, at: 4)) { try step([0, 0, 1, 0, 3], admitted: false) }
    }

    @Test(
        "a length is judged as soon as it is there",
        arguments: [
            (true, UInt32(Limits.frameBytes), nil), (true, UInt32(Limits.frameBytes) + 1, .frameTooLong),
            (false, UInt32(Limits.handshakeFrameBytes), nil),
            (false, UInt32(Limits.handshakeFrameBytes) + 1, .frameTooLong), (true, .max, .frameTooLong),
            (true, 0, .frameTooShort), (true, 1, .frameTooShort), (true, 2, nil),
        ] as [(Bool, UInt32, WireFault.Rule?)])
    func lengths(admitted: Bool, length: UInt32, rule: WireFault.Rule?) throws {
        var writer = ByteWriter()
        writer.u32(length)
        if let rule {
            #expect(throws: WireFault(rule, at: 0)) { try step(writer.bytes, admitted: admitted) }
        } else {
            #expect(try step(writer.bytes, admitted: admitted) == .needMore(Int(length)))
        }
    }

    @Test("a stream id that is not the shortest, or that its frame cuts off, is refused")
    func badStream() {
        #expect(throws: WireFault(.varintNotShortest, at: 5)) { try step(frame(3, stream: [0x80, 0x00], payload: 1)) }
        #expect(throws: WireFault(.truncated, at: 6)) { try step([0, 0, 0, 2, 3, 0x80, 0x01, 0x01]) }
    }

    @Test("a frame of exactly the limit goes out, one byte more is refused and leaves the writer as it was")
    func writtenLimit() throws {
        var writer = ByteWriter()
        writer.u8(7)
        try writer.frame(.call, stream: 0, limit: 10) { $0.raw([UInt8](repeating: 1, count: 8)) }
        #expect(writer.count == 15)
        #expect(throws: WireFault(.frameTooLong, at: 10)) {
            try writer.frame(.call, stream: 0, limit: 10) { $0.raw([UInt8](repeating: 1, count: 9)) }
        }
        #expect(writer.count == 15)
    }

    @Test("a frame whose body throws leaves the writer as it was")
    func writtenFault() {
        var writer = ByteWriter()
        #expect(throws: WireFault(.invalidName, at: 6)) {
            try writer.frame(.call, stream: 5) { writer throws(WireFault) in try writer.name(HubID("")) }
        }
        #expect(writer.bytes.isEmpty)
    }
}
