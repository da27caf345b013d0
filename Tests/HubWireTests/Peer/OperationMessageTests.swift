// SPDX-License-Identifier: Apache-2.0

import HubCore
import HubWire
import Testing

@Suite("OperationMessage on the wire")
struct OperationMessageTests {
    static let stamp = Stamp(time: 77, incarnation: Incarnation(rawValue: 5))
    static let key = RequestID(caller: Incarnation(rawValue: 9), sequence: 1 << 63 | 4)
    static let route = Route(node: "b", epoch: Epoch(stamp))

    static func request(_ work: OperationRequest.Work) -> OperationMessage {
        var request = OperationRequest(
            operation: key, chunk: 3, asker: "a", stamp: stamp, remaining: .seconds(10), work: work)
        request.hops = 2
        request.lacking = ["c"]
        return .asked(request)
    }

    static let outcomes: [ChildOutcome] =
        [
            .started(route, holders: 2), .stopped(hosts: ["a", "b"], holders: 3), .changed(holders: 1),
        ] + faults.map { .failed($0) }

    static let faults: [ChildFault] = [
        .alreadyStarted(nil), .alreadyStarted(route), .duplicate, .unknown, .noOwner, .tooManyHops,
        .deadlinePassed(accepted: true), .deadlinePassed(accepted: false), .rolledBack, .partitioned, .leaving,
        .overloaded,
        .refused("no"), .startFailed(.unknownKind, on: "b"), .startFailed(.undecodableArguments("x"), on: "b"),
        .startFailed(.initializerThrew("y"), on: "b"), .startFailed(.timedOut, on: "b"),
        .startFailed(.nodeLeaves, on: "b"),
    ]

    static let messages: [HubMessage] = [
        .operation(.abandoned(key)),
        .operation(
            request(
                .start(
                    [
                        StartItem(place: 0, child: Child(id: "x", kind: "k", arguments: [1, 2])),
                        StartItem(
                            place: 255,
                            child: Child(
                                id: "y", kind: "l", metadata: ["m": 1], tags: ["t"], restart: .temporary,
                                shutdown: .seconds(1))),
                    ], .keep))),
        .operation(request(.stop([StopItem(place: 1, child: "x", known: stamp)]))),
        .operation(request(.undo([StopItem(place: 1, child: "x", known: .zero)]))),
        .operation(request(.change(ChangeItem(child: "x", known: stamp, metadata: nil, tags: ["t"])))),
        .operation(request(.change(ChangeItem(child: "x", known: stamp, metadata: [:], tags: nil)))),
        .operation(
            .answered(
                key, chunk: 7,
                outcomes.enumerated().map {
                    ItemAnswer(place: UInt8($0.offset), result: .decided($0.element, stamp: stamp))
                } + [ItemAnswer(place: 200, result: .outdated(stamp))])),
        .lacking(["k", "l"]),
    ]

    @Test("every message comes back as it was", arguments: messages)
    func roundTrip(message: HubMessage) throws {
        var writer = ByteWriter()
        try message.encode(into: &writer)
        let read = try Self.read(writer.bytes)
        #expect(read == message)
    }

    static func read(_ bytes: [UInt8]) throws -> HubMessage {
        try bytes.withUnsafeBytes { memory in
            var reader = ByteReader(memory)
            let message = try HubMessage(from: &reader)
            #expect(reader.remaining == 0)
            return message
        }
    }

    @Test("a message cut short anywhere is a fault and no trap", arguments: messages)
    func cut(message: HubMessage) throws {
        var writer = ByteWriter()
        try message.encode(into: &writer)
        for length in 0..<writer.bytes.count {
            let part = Array(writer.bytes.prefix(length))
            #expect(throws: WireFault.self) { try Self.read(part) }
        }
    }
}
