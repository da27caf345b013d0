// SPDX-License-Identifier: Apache-2.0

import HubCore
import Testing

@testable import HubWire

/// One committed envelope: what it says, and the bytes that say it in every version.
struct EnvelopeSample: Sendable, CustomTestStringConvertible {
    let name: String
    let envelope: any Envelope
    let hex: String

    init(_ name: String, _ envelope: any Envelope, _ hex: String) {
        self.name = name
        self.envelope = envelope
        self.hex = hex
    }

    var testDescription: String { name }
    var bytes: [UInt8] { [UInt8](hex: hex) }
}

extension [UInt8] {
    init(hex: String) {
        let digits = hex.compactMap(\.hexDigitValue)
        self = stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    var hex: String {
        map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}

extension Envelope {
    var encoded: [UInt8] {
        get throws {
            var writer = ByteWriter()
            try encode(into: &writer)
            return writer.bytes
        }
    }

    /// The envelope at the beginning of `bytes`, and how many bytes follow it.
    static func decode(_ bytes: [UInt8]) throws -> (envelope: Self, rest: Int) {
        try ByteReaderTests.read(bytes) { reader in
            let envelope = try Self(from: &reader)
            return (envelope, reader.remaining)
        }
    }

    /// Whether `bytes` decode to this very envelope and `rest` more bytes.
    func isDecoded(from bytes: [UInt8], rest: Int = 0) throws -> Bool {
        let decoded = try Self.decode(bytes)
        return decoded.envelope == self && decoded.rest == rest
    }
}

extension EnvelopeSample {
    private static let life = Incarnation(rawValue: 0x1122_3344_5566_7788)
    private static let epoch = Epoch(Stamp(time: 0x0199_0000_0000_0001, incarnation: Incarnation(rawValue: 0xAABB)))
    private static let later = Epoch(Stamp(time: 0x0199_0000_0000_0002, incarnation: Incarnation(rawValue: 0xCCDD)))
    private static let request = RequestID(caller: life, sequence: 300)

    private static var hello: Hello {
        var identity = NodeIdentity(cluster: "shop", node: "n-1", incarnation: life)
        identity.lowestProtocol = 1
        identity.highestProtocol = 3
        identity.features = Features(rawValue: 5)
        identity.port = 7_400
        return Hello(identity: identity, lane: .bulk, generation: 9, destination: "n-2")
    }

    private static func call(_ mode: CallMode, chain: [TurnID] = [], remaining: Int64 = 5_000_000_000) -> CallEnvelope {
        var call = CallEnvelope(to: "cart-17", of: "carts", method: 200, request: request, mode: mode)
        call.remainingNanoseconds = remaining
        call.chain = chain
        call.flags = 1
        return call
    }

    private static func failure(_ failure: ErrorEnvelope.Failure, _ epoch: Epoch = .none) -> ErrorEnvelope {
        ErrorEnvelope(failure, epoch: epoch)
    }

    static let all: [EnvelopeSample] = handshake + calls + failures + others

    private static let handshake = [
        EnvelopeSample(
            "hello", hello,
            "3050487562000100030473686f70036e2d3111223344556677880000000000000005010000000000000009036e2d321ce8"),
        EnvelopeSample(
            "hello without destination",
            Hello(identity: NodeIdentity(cluster: "c", node: "n", incarnation: Incarnation(rawValue: 1))),
            "2850487562000100010163016e00000000000000010000000000000000000000000000000000000000"),
        EnvelopeSample(
            "refusal", RefusalEnvelope(HandshakeRefusal(.nameTaken, by: "n-2"), text: "taken"),
            "0b08036e2d320574616b656e"),
        EnvelopeSample("goodbye", Goodbye(.leaving, text: "bye"), "050103627965"),
        EnvelopeSample(
            "incarnation", IncarnationNotice(old: life, new: Incarnation(rawValue: .max)),
            "101122334455667788ffffffffffffffff"),
    ]

    private static let calls = [
        EnvelopeSample(
            "first without a hint", call(.first(hint: .none)),
            "2205636172747307636172742d3137c8011122334455667788ac020080e497d0120001"),
        EnvelopeSample(
            "first with a hint", call(.first(hint: epoch)),
            "3205636172747307636172742d3137c8011122334455667788ac02020199000000000001000000000000aabb80e497d0120001"),
        EnvelopeSample(
            "again with the first hint", call(.again(first: epoch, hint: epoch)),
            "3205636172747307636172742d3137c8011122334455667788ac020b0199000000000001000000000000aabb80e497d0120001"),
        EnvelopeSample(
            "again with another hint", call(.again(first: epoch, hint: later)),
            "4205636172747307636172742d3137c8011122334455667788ac02070199000000000002000000000000ccdd0199000000000001000000000000aabb80e497d0120001"
        ),
        EnvelopeSample(
            "again after no hint", call(.again(first: .none, hint: later)),
            "3205636172747307636172742d3137c8011122334455667788ac02030199000000000002000000000000ccdd80e497d0120001"),
        EnvelopeSample(
            "again after no hint, and without one", call(.again(first: .none, hint: .none)),
            "2205636172747307636172742d3137c8011122334455667788ac020980e497d0120001"),
        EnvelopeSample(
            "again, having lost its hint", call(.again(first: epoch, hint: .none)),
            "3205636172747307636172742d3137c8011122334455667788ac02050199000000000001000000000000aabb80e497d0120001"),
        EnvelopeSample(
            "a chain of two",
            call(
                .first(hint: .none),
                chain: [TurnID(incarnation: life, sequence: 1), TurnID(incarnation: life, sequence: 128)]),
            "3505636172747307636172742d3137c8011122334455667788ac020080e497d012021122334455667788011122334455667788800101"
        ),
        EnvelopeSample(
            "no time left", call(.first(hint: .none), remaining: 0),
            "1e05636172747307636172742d3137c8011122334455667788ac0200000001"),
        EnvelopeSample(
            "definition", MethodDefinition(200, kind: "cart", method: "add(_:to:)"),
            "12c80104636172740a616464285f3a746f3a29"),
        EnvelopeSample("reply", ReplyEnvelope(epoch: epoch, flags: 2), "12010199000000000001000000000000aabb02"),
        EnvelopeSample("cancel", CancelEnvelope(request), "0a1122334455667788ac02"),
    ]

    private static let failures = [
        EnvelopeSample(
            "redirect", failure(.refusal(.redirect(Route(node: "n-3", epoch: later))), epoch),
            "29010199000000000001000000000000aabb001601036e2d33010199000000000002000000000000ccdd"),
        EnvelopeSample("not here", failure(.refusal(.notHere)), "0400000102"),
        EnvelopeSample(
            "stale", failure(.refusal(.stale(own: epoch)), epoch),
            "25010199000000000001000000000000aabb001203010199000000000001000000000000aabb"),
        EnvelopeSample("overloaded", failure(.refusal(.overloaded)), "0400000104"),
        EnvelopeSample("stopped", failure(.refusal(.stopped)), "0400000105"),
        EnvelopeSample("deadline passed", failure(.refusal(.deadlinePassed)), "0400000106"),
        EnvelopeSample("cancelled", failure(.refusal(.cancelled)), "0400000107"),
        EnvelopeSample("partitioned", failure(.refusal(.partitioned)), "0400000108"),
        EnvelopeSample("expired", failure(.refusal(.expired)), "0400000109"),
        EnvelopeSample("unknown", failure(.refusal(.unknown)), "0400000100"),
        EnvelopeSample("reply gone", failure(.refusal(.replyGone)), "040000010a"),
        EnvelopeSample(
            "an error of the library",
            failure(.hub(HubFailure(code: 10, outcome: .notExecuted, message: "no method m"))),
            "1100010e0a000b6e6f206d6574686f64206d"),
        EnvelopeSample(
            "a registered error", failure(.thrown(type: "Shop.Empty"), epoch),
            "1e010199000000000001000000000000aabb020b0a53686f702e456d707479"),
        EnvelopeSample(
            "a described error", failure(.described(type: "E", text: "größer\n"), epoch),
            "1f010199000000000001000000000000aabb030c0145096772c3b6c39f65720a"),
    ]

    private static let others = [
        EnvelopeSample("ping", PingEnvelope(7, sentNanoseconds: -2), "0907fffffffffffffffe"),
        EnvelopeSample(
            "chunk", BulkChunk(transfer: 1, index: 2, totalBytes: 1 << 20, isLast: false),
            "0d00000000000000010280804000"),
        EnvelopeSample(
            "last chunk", BulkChunk(transfer: 1, index: 3, totalBytes: 1 << 20, isLast: true),
            "0d00000000000000010380804001"),
        EnvelopeSample(
            "acknowledgement", BulkAcknowledgement(transfer: 1, chunks: 4, verdict: .complete), "0a00000000000000010401"
        ),
        EnvelopeSample("for the node's machine", MachineEnvelope(.node), "0100"),
        EnvelopeSample("for a hub's machine", MachineEnvelope(.hub("carts")), "0701056361727473"),
    ]
}
