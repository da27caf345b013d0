// SPDX-License-Identifier: Apache-2.0

import HubCore
import Testing

@testable import HubWire

/// One committed message: what it says, and the bytes that say it in every version.
struct NodeMessageSample: Sendable, CustomTestStringConvertible {
    let name: String
    let message: NodeMessage
    let hex: String

    init(_ name: String, _ body: MembershipMessage.Body, _ hex: String, rumours: [Rumour] = []) {
        self.name = name
        let sender = MembershipMessage.Sender(refutation: 3, standing: .serving, digest: 0x0102_0304_0506_0708)
        message = .membership(MembershipMessage(sender: sender, body: body, rumours: rumours))
        self.hex = hex
    }

    var testDescription: String { name }
    var bytes: [UInt8] { [UInt8](hex: hex) }

    static let life = Life("n-1", Incarnation(rawValue: 0x1122_3344_5566_7788))
    static let other = Incarnation(rawValue: 0xAABB)

    static var statement: Statement {
        var statement = Statement(
            life: life, born: Stamp(time: 0x0199_0000_0000_0001, incarnation: other),
            address: PeerAddress(host: "10.0.0.1", port: 7_400),
            traits: NodeTraits(weight: 2.5, zone: "west", labels: ["disk": "fast", "arch": "arm"]))
        statement.succeeds = other
        statement.refutation = 300
        statement.version = 7
        statement.hubs = ["carts", "rooms"]
        statement.isDraining = true
        return statement
    }

    /// One of each, as long as they may be.
    static var longestRumours: [Rumour] {
        let name = NodeName(String(repeating: "n", count: Limits.nameBytes))
        let life = Life(name, Incarnation(rawValue: .max))
        var statement = Statement(
            life: life, born: Stamp(time: .max, incarnation: other),
            address: PeerAddress(host: String(repeating: "h", count: Limits.nameBytes), port: 65_535))
        let zone = String(repeating: "z", count: Limits.nameBytes)
        statement.traits = NodeTraits(weight: 1, zone: zone, labels: [zone: zone])
        statement.hubs = (0..<Limits.hubsPerNode).map { HubID("\(1_000 + $0)" + String(repeating: "h", count: 250)) }
        statement.succeeds = other
        (statement.refutation, statement.version) = (Limits.membershipCount, Limits.membershipCount)
        let most = Limits.membershipCount
        return [
            .alive(statement), .alive(bare), .suspected(life, refutation: most, by: name),
            .ended(life, refutation: most, by: name), .dead(life, .silence),
            .outranked(life, by: other, born: statement.born), .left(life),
        ]
    }

    static var bare: Statement {
        Statement(life: Life("b", other), born: Stamp(time: 1, incarnation: other))
    }
}

extension NodeMessageSample {
    static let all: [NodeMessageSample] = questions + tidings

    private static let questions = [
        NodeMessageSample(
            "news", .news,
            "0f000d03010102030405060708010000"),
        NodeMessageSample(
            "probe", .probe(number: 300),
            "11000f030101020304050607080301ac0200"),
        NodeMessageSample(
            "answer", .answer(number: 1),
            "10000e0301010203040506070802020100"),
        NodeMessageSample(
            "ask", .ask(number: 2, life),
            "1c001a030101020304050607080e0302036e2d31112233445566778800"),
        NodeMessageSample(
            "reached", .reached(number: 3),
            "10000e0301010203040506070802040300"),
        NodeMessageSample(
            "missed", .missed(number: 4),
            "10000e0301010203040506070802050400"),
        NodeMessageSample(
            "greet", .greet(number: 5, statement),
            "7200700301010203040506070864060561036e2d3111223344556677880199000000000001000000000000aabb03000000000000aabbac02070831302e302e302e311ce8400400000000000004776573740204617263680361726d046469736b04666173740205636172747305726f6f6d7300"
        ),
        NodeMessageSample(
            "greeted", .greeted(number: 6, bare),
            "3c003a030101020304050607082e07062b0162000000000000aabb0000000000000001000000000000aabb0000010000003ff000000000000000000000"
        ),
        NodeMessageSample(
            "compare", .compare(number: 7, [.init(life, version: 300), .init(Life("b", other), version: 1)]),
            "2a0028030101020304050607081c080702036e2d311122334455667788ac020162000000000000aabb0100"),
        NodeMessageSample(
            "table", .table(number: 8, part: 0, parts: 2),
            "a50100a20103010102030405060708040908000202630061036e2d3111223344556677880199000000000001000000000000aabb03000000000000aabbac02070831302e302e302e311ce8400400000000000004776573740204617263680361726d046469736b04666173740205636172747305726f6f6d732d002b0162000000000000aabb0000000000000001000000000000aabb0000010000003ff0000000000000000000",
            rumours: [.alive(statement), .alive(bare)]),
        NodeMessageSample(
            "leaving", .leaving(number: 9),
            "10000e03010102030405060708020a0900"),
        NodeMessageSample(
            "noted", .noted(number: 10),
            "10000e03010102030405060708020b0a00"),
        NodeMessageSample(
            "doubt", .doubt(number: 11),
            "10000e03010102030405060708020c0b00"),
        NodeMessageSample(
            "verdict", .verdict(number: 12, .memberInDoubt),
            "11000f03010102030405060708030d0c0100"),
    ]

    private static let tidings = [
        NodeMessageSample(
            "suspicion", .news,
            "21001f030101020304050607080100011101036e2d311122334455667788ac020162",
            rumours: [.suspected(life, refutation: 300, by: "b")]),
        NodeMessageSample(
            "end of a process", .news,
            "20001e030101020304050607080100011002036e2d311122334455667788020162",
            rumours: [.ended(life, refutation: 2, by: "b")]),
        NodeMessageSample(
            "deaths", .news,
            "2b0029030101020304050607080100020e03036e2d311122334455667788000c030162000000000000aabb02",
            rumours: [.dead(life, .silence), .dead(Life("b", other), .restarted)]),
        NodeMessageSample(
            "outranked", .news,
            "350033030101020304050607080100012504036e2d311122334455667788000000000000aabb0000000000000009000000000000aabb",
            rumours: [.outranked(life, by: other, born: Stamp(time: 9, incarnation: other))]),
        NodeMessageSample(
            "left", .news,
            "1d001b030101020304050607080100010d05036e2d311122334455667788", rumours: [.left(life)]),
    ]
}
