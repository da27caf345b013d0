// SPDX-License-Identifier: Apache-2.0

import HubCore
import Testing

@testable import HubWire

/// What holds for one envelope only: its bounds, and what a newer version may send.
@Suite struct EnvelopeRulesTests {
    private let life = Incarnation(rawValue: 3)

    private func call(method: UInt32 = 0) -> CallEnvelope {
        CallEnvelope(
            to: "child", of: "hub", method: method, request: RequestID(caller: life, sequence: 1),
            mode: .first(hint: .none))
    }

    private func failure(_ kind: UInt8, _ details: [UInt8]) throws -> ErrorEnvelope.Failure {
        var writer = ByteWriter()
        try writer.fields { writer throws(WireFault) in
            writer.epoch(.none)
            writer.u8(kind)
            writer.prefixed(details)
        }
        return try ErrorEnvelope.decode(writer.bytes).envelope.failure
    }

    @Test("a chain above the limit is neither written nor read")
    func chainLimit() throws {
        var call = call()
        call.chain = Array(repeating: TurnID(incarnation: life, sequence: 1), count: Limits.chainTurns)
        #expect(try call.isDecoded(from: try call.encoded))
        call.chain.append(TurnID(incarnation: life, sequence: 2))
        #expect(throws: WireFault.self) { try call.encoded }
        var bytes = try self.call().encoded
        bytes[bytes.count - 2] = UInt8(Limits.chainTurns + 1)
        let fault = #expect(throws: WireFault.self) { try CallEnvelope.decode(bytes) }
        #expect(fault?.rule == .overLimit)
    }

    @Test("a call to a name that no peer accepts is not written")
    func invalidNames() {
        for name in ["", "a\nb", String(repeating: "x", count: 256)] {
            var call = call()
            call.child = ChildID(name)
            let fault = #expect(throws: WireFault.self) { try call.encoded }
            #expect(fault?.rule == .invalidName)
        }
    }

    @Test(
        "the time that remains is never negative and never above a day",
        arguments: [(-1, 0), (.min, 0), (.max, Limits.remainingTimeNanoseconds), (7, 7)] as [(Int64, Int64)])
    func remainingTime(written: Int64, read: Int64) throws {
        var call = call()
        call.remainingNanoseconds = written
        #expect(try CallEnvelope.decode(try call.encoded).envelope.remainingNanoseconds == read)
    }

    @Test("a peer that announces more time than a day is taken to have said a day")
    func remainingTimeOfPeer() throws {
        var writer = ByteWriter()
        try writer.fields { writer throws(WireFault) in
            try writer.name(HubID("h"))
            try writer.name(ChildID("c"))
            writer.varint(0)
            writer.request(RequestID(caller: life, sequence: 1))
            writer.u8(0)
            writer.varint(.max)
            writer.varint(0)
            writer.u8(0)
        }
        let call = try CallEnvelope.decode(writer.bytes).envelope
        #expect(call.remainingNanoseconds == Limits.remainingTimeNanoseconds)
    }

    @Test("a method number above what a connection may define is refused")
    func methodNumber() throws {
        let most = UInt32(Limits.methodsPerConnection - 1)
        #expect(try CallEnvelope.decode(try call(method: most).encoded).envelope.method == most)
        let fault = #expect(throws: WireFault.self) { try CallEnvelope.decode(try call(method: most + 1).encoded) }
        #expect(fault?.rule == .overLimit)
        let definition = MethodDefinition(most + 1, kind: "k", method: "m()")
        #expect(throws: WireFault.self) { try MethodDefinition.decode(try definition.encoded) }
    }

    @Test("a mode that contradicts itself is refused", arguments: [4, 8, 12, 13, 16, 32, 0x81] as [UInt8])
    func badMode(bits: UInt8) throws {
        var bytes = try call().encoded
        let place = try #require(bytes.lastIndex(of: 1)) + 1
        #expect(bytes[place] == 0)
        bytes[place] = bits
        let fault = #expect(throws: WireFault.self) { try CallEnvelope.decode(bytes) }
        #expect(fault?.rule == .invalidField)
    }

    @Test("a stranger that does not begin with the magic bytes is refused")
    func wrongMagic() throws {
        var bytes = try Hello(identity: NodeIdentity(cluster: "c", node: "n", incarnation: life)).encoded
        bytes[1] ^= 1
        #expect(throws: WireFault(.wrongMagic, at: 5)) { try Hello.decode(bytes) }
    }

    @Test("a hello fits into the frame of a peer that is not admitted, with the longest names")
    func largestHello() throws {
        let name = String(repeating: "x", count: Limits.nameBytes)
        let identity = NodeIdentity(cluster: ClusterName(name), node: NodeName(name), incarnation: life)
        var writer = ByteWriter()
        try writer.frame(
            .hello, limit: Limits.handshakeFrameBytes, Hello(identity: identity, destination: NodeName(name)))
        try writer.frame(
            .refusal, limit: Limits.handshakeFrameBytes,
            RefusalEnvelope(HandshakeRefusal(.busy, by: NodeName(name)), text: String(repeating: "\u{0}", count: 9_000))
        )
    }

    @Test("what a stranger says is escaped and cut before anyone can log it")
    func refusalText() throws {
        var writer = ByteWriter()
        try writer.fields { writer throws(WireFault) in
            writer.u8(HandshakeRefusal.Reason.busy.rawValue)
            writer.u8(0)
            writer.text("\u{1B}[2J\n" + String(repeating: "\u{0}", count: 1_000))
        }
        let text = try RefusalEnvelope.decode(writer.bytes).envelope.text
        #expect(text.hasPrefix("\\u{1b}[2J\\u{a}"))
        #expect(text.utf8.count <= Limits.refusalTextBytes)
        #expect(text == text.escaped)
    }

    @Test("reasons that only a newer version knows are read as unspecified")
    func unknownReasons() throws {
        #expect(try RefusalEnvelope.decode([3, 200, 0, 0]).envelope.refusal == HandshakeRefusal(.unspecified))
        #expect(try Goodbye.decode([2, 200, 0]).envelope.reason == .unspecified)
    }

    @Test("a verdict that only a newer version knows ends the transfer")
    func unknownVerdict() throws {
        let bytes: [UInt8] = [10, 0, 0, 0, 0, 0, 0, 0, 1, 4, 200]
        #expect(try BulkAcknowledgement.decode(bytes).envelope.verdict == .refused)
    }

    @Test("the message of a machine that only a newer version has is told apart and left whole")
    func unknownMachine() throws {
        let decoded = try MachineEnvelope.decode([4, 9, 0xFF, 0xFF, 0xFF, 1, 2])
        #expect(decoded.envelope.machine == .other(9))
        #expect(decoded.rest == 2)
    }

    @Test("a refusal that only a newer version knows promises nothing")
    func unknownRefusal() throws {
        #expect(try failure(0, [99, 1, 2, 3]) == .refusal(.unknown))
    }

    @Test("a failure of a kind that only a newer version knows says that anything may have happened")
    func unknownFailure() throws {
        guard case .hub(let hub) = try failure(200, [0xFF, 0xFF]) else {
            Issue.record("no error of the library")
            return
        }
        #expect(hub.outcome == .unknown)
        #expect(hub.error.code == .refused)
    }

    @Test("a code or an outcome that only a newer version knows leaves an honest error")
    func unknownCode() throws {
        guard case .hub(let hub) = try failure(1, [250, 7, 2, 0x68, 0x69]) else {
            Issue.record("no error of the library")
            return
        }
        #expect(hub.outcome == .unknown)
        #expect(hub.error.message == "the peer answered with code 250: hi")
        #expect(HubError.Code(number: 250) == nil)
    }

    @Test("what a newer version adds to the details of a failure is skipped")
    func longerDetails() throws {
        #expect(try failure(0, [2, 1, 2, 3]) == .refusal(.notHere))
        #expect(try failure(2, [1, 0x45, 9, 9]) == .thrown(type: "E"))
    }

    @Test("every code of the library crosses the wire as itself", arguments: HubError.Code.all)
    func codes(code: HubError.Code) throws {
        let error = HubError(code, "because", outcome: .executed)
        let envelope = ErrorEnvelope(.hub(HubFailure(error)))
        guard case .hub(let hub) = try ErrorEnvelope.decode(try envelope.encoded).envelope.failure else {
            Issue.record("no error of the library")
            return
        }
        #expect(hub.error.code == code)
        #expect(hub.error.message == "because")
        #expect(hub.error.outcome == .executed)
    }

    @Test("a description that is too long is cut, the type of a registered error never is")
    func longTexts() throws {
        let long = String(repeating: "ä", count: 100_000)
        let described = ErrorEnvelope(.described(type: long, text: long))
        guard case .described(let type, let text) = try ErrorEnvelope.decode(try described.encoded).envelope.failure
        else {
            Issue.record("no described error")
            return
        }
        #expect(type.utf8.count == Limits.errorTypeBytes)
        #expect(text.utf8.count == Limits.errorTextBytes)
        #expect(throws: WireFault.self) { try ErrorEnvelope(.thrown(type: long)).encoded }
    }
}
