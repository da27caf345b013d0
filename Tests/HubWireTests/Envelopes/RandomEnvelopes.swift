// SPDX-License-Identifier: Apache-2.0

import HubCore

@testable import HubWire

extension SeededGenerator {
    /// One envelope of each type.
    mutating func envelopes() -> [any Envelope] {
        [
            hello(),
            RefusalEnvelope(
                HandshakeRefusal(one(of: HandshakeRefusal.Reason.allCases), by: maybe { $0.name() }), text: text()),
            call(), MethodDefinition(UInt32.random(in: 0..<65_536, using: &self), kind: name(), method: name()),
            ReplyEnvelope(epoch: epoch(), flags: UInt8(truncatingIfNeeded: next())),
            ErrorEnvelope(failure(), epoch: epoch()), CancelEnvelope(RequestID(caller: life(), sequence: number())),
            PingEnvelope(number(), sentNanoseconds: Int64(bitPattern: next())),
            BulkChunk(transfer: next(), index: number(), totalBytes: number(), isLast: Bool.random(using: &self)),
            BulkAcknowledgement(
                transfer: next(), chunks: number(), verdict: one(of: BulkAcknowledgement.Verdict.allCases)),
            MachineEnvelope(Bool.random(using: &self) ? .node : .hub(name())),
            IncarnationNotice(old: life(), new: life()), Goodbye(one(of: Goodbye.Reason.allCases), text: text()),
        ]
    }

    private mutating func hello() -> Hello {
        var identity = NodeIdentity(cluster: name(), node: name(), incarnation: life())
        identity.lowestProtocol = UInt16(truncatingIfNeeded: next())
        identity.highestProtocol = UInt16(truncatingIfNeeded: next())
        identity.features = Features(rawValue: next())
        identity.port = UInt16(truncatingIfNeeded: next())
        return Hello(
            identity: identity, lane: one(of: LinkLane.allCases), generation: number(),
            destination: maybe { $0.name() })
    }

    private mutating func call() -> CallEnvelope {
        let mode: CallMode =
            Bool.random(using: &self) ? .first(hint: epoch()) : .again(first: epoch(), hint: epoch())
        var call = CallEnvelope(
            to: name(), of: name(), method: UInt32.random(in: 0..<65_536, using: &self),
            request: RequestID(caller: life(), sequence: number()), mode: mode)
        call.remainingNanoseconds = Int64.random(in: 0...Limits.remainingTimeNanoseconds, using: &self)
        let turns = one(of: [0, 0, 1, 2, 64])
        call.chain = (0..<turns).map { _ in TurnID(incarnation: life(), sequence: number()) }
        call.flags = UInt8(truncatingIfNeeded: next())
        return call
    }

    private mutating func failure() -> ErrorEnvelope.Failure {
        switch Int.random(in: 0..<4, using: &self) {
        case 0:
            .refusal(
                one(of: [
                    .redirect(Route(node: name(), epoch: epoch())), .stale(own: epoch()), .notHere, .unknown, .expired,
                ]))
        case 1:
            .hub(
                HubFailure(code: UInt8(truncatingIfNeeded: next()), outcome: one(of: Outcome.allCases), message: text())
            )
        case 2: .thrown(type: text())
        default: .described(type: text(), text: text())
        }
    }

    private mutating func one<T>(of choices: [T]) -> T {
        choices[Int.random(in: 0..<choices.count, using: &self)]
    }

    private mutating func maybe<T>(_ make: (inout Self) -> T) -> T? {
        Bool.random(using: &self) ? make(&self) : nil
    }

    /// Of any magnitude.
    private mutating func number() -> UInt64 {
        let word = next()
        return word >> UInt64.random(in: 0..<64, using: &self)
    }

    private mutating func life() -> Incarnation { Incarnation(rawValue: next()) }

    private mutating func epoch() -> Epoch {
        Bool.random(using: &self) ? .none : Epoch(Stamp(time: number(), incarnation: life()))
    }

    private mutating func name<Name: TextName>() -> Name {
        let letter = one(of: ["a", "Z", "-", " ", "é", "漢", "🙂"])
        let most = Limits.nameBytes / letter.utf8.count
        return Name(rawValue: String(repeating: letter, count: Int.random(in: 1...most, using: &self)))
    }

    private mutating func text() -> String {
        String(repeating: one(of: ["x", "ü", "🙂"]), count: Int.random(in: 0..<120, using: &self))
    }
}
