// SPDX-License-Identifier: Apache-2.0

import HubCore

/// Messages between hubs, one at least of each shape.
enum HubMessageSamples {
    static let life = Incarnation(rawValue: 0x1122_3344_5566_7788)
    static let other = Incarnation(rawValue: 0xAABB)
    static let birth = Stamp(time: 0x0199_0000_0000_0001, incarnation: life)
    static let hubLife = HubLife(node: "n-1", birth: birth)
    static let epoch = Epoch(stamp(9))
    static let origin = RequestID(caller: other, sequence: 300)

    static func stamp(_ number: UInt64) -> Stamp {
        Stamp(time: birth.time + number, incarnation: number % 2 == 0 ? life : other)
    }

    private static var plain: Child { Child(id: "c-1", kind: "Counter", arguments: [1, 2, 3]) }

    private static var changed: Child { Child(id: "c-3", kind: "Counter", arguments: [1, 2, 3]) }

    private static var rich: Child {
        Child(
            id: "c-2", kind: "Room", arguments: [],
            metadata: [
                "s": "é", "i": -7, "d": 1.5, "b": true, "l": ["x", false, []], "m": ["k": ["deep": 1]],
            ],
            tags: ["billing", "eu"], restart: .temporary, shutdown: .milliseconds(1_500))
    }

    static let wishes = [
        Wish(id: "c-1", stamp: stamp(1), origin: origin, content: .running(plain, placedOn: [])),
        Wish(id: "c-2", stamp: stamp(2), origin: origin, content: .running(rich, placedOn: ["n-1", "n-2"])),
        Wish(
            id: "gone", stamp: stamp(3), origin: RequestID(caller: life, sequence: 0), content: .stopped),
        Wish(id: "c-3", stamp: stamp(9), since: stamp(2), origin: origin, content: .running(changed, placedOn: [])),
    ]

    static let rows: [SliceRow] = {
        let statuses: [HubCore.Copy.Status] = [
            .starting, .active, .idle, .moving(to: "n-2", epoch), .moved(to: "n-3", epoch), .prepared(epoch), .passive,
        ]
        let live = statuses.enumerated().map { place, status in
            SliceRow(
                child: ChildID(rawValue: "child-\(place)"), number: UInt64(100 + place * place),
                copy: HubCore.Copy(
                    epoch: Epoch(stamp(UInt64(place))), status: status, version: UInt64(place) * 70,
                    isComplete: place % 2 == 0))
        }
        return live + [SliceRow(child: "dead", number: 500, copy: nil)]
    }()

    static let keys = [
        WishKey(id: "c-1", version: Wish.Version(since: stamp(1), stamp: stamp(1)), desired: .running),
        WishKey(id: "c-22", version: Wish.Version(since: stamp(7), stamp: stamp(7)), desired: .stopped),
        WishKey(id: "c-3", version: Wish.Version(since: stamp(2), stamp: stamp(9)), desired: .running),
    ]

    private static let summary = Summary(
        round: 5, horizon: stamp(0), isReady: true, digest: 0x0102_0304_0506_0708,
        slices: [SliceSummary(life: hubLife, number: 300, hash: 0xFFEE)])

    private static func registry(_ body: RegistryMessage.Body) -> HubMessage {
        .registry(RegistryMessage(birth: birth, body: body))
    }

    private static func asked(_ work: OperationRequest.Work) -> HubMessage {
        .operation(
            .asked(
                OperationRequest(
                    operation: origin, chunk: 2, asker: "n-1", stamp: stamp(4), remaining: .seconds(10), work: work)))
    }

    private static func answered(_ results: [ItemResult]) -> HubMessage {
        .operation(
            .answered(
                origin, chunk: 3,
                results.enumerated().map { ItemAnswer(place: UInt8($0.offset), result: $0.element) }))
    }

    private static var outcomes: [ChildOutcome] {
        let faults: [ChildFault] = [
            .alreadyStarted(nil), .alreadyStarted(Route(node: "n-2", epoch: epoch)), .duplicate, .unknown,
            .startFailed(.unknownKind, on: "n-1"), .startFailed(.initializerThrew("no"), on: "n-1"),
            .startFailed(.timedOut, on: "n-1"), .noOwner, .tooManyHops, .deadlinePassed(accepted: true), .rolledBack,
            .partitioned, .leaving, .overloaded, .refused("why"),
        ]
        return [
            .started(Route(node: "n-1", epoch: epoch), holders: 2), .stopped(hosts: ["n-1", "n-2"], holders: 3),
            .changed(holders: 1),
        ] + faults.map { .failed($0) }
    }

    static let all: [(name: String, message: HubMessage)] = [
        ("an empty delta", registry(.delta(Delta(number: 1)))),
        (
            "wishes, a range and loose copies",
            registry(
                .delta(
                    Delta(
                        number: 700, wishes: wishes,
                        slice: SliceRange(life: hubLife, from: 99, to: 500, top: 9_000, trimmed: 3, rows: rows),
                        loose: [rows[0]])))
        ),
        ("a receipt", registry(.received(Receipt(to: stamp(1), number: 700, slice: nil, covered: [])))),
        (
            "a receipt of a gap",
            registry(
                .received(
                    Receipt(
                        to: stamp(1), number: 700,
                        slice: SlicePosition(life: hubLife, number: 40, isGap: true, isWhole: true), covered: keys)))
        ),
        ("a summary", registry(.compare(summary))),
        ("an equal summary", registry(.compared(summary, buckets: []))),
        (
            "bucket digests",
            registry(
                .compared(
                    summary, buckets: (0..<4).map { BucketDigest(digest: UInt64($0) << 60, count: UInt32($0) * 90) }))
        ),
        (
            "keys",
            registry(
                .keys(
                    BucketKeys(
                        round: 5, horizon: stamp(0),
                        buckets: [.init(index: 4_095, keys: keys), .init(index: 0, keys: [])])))
        ),
        (
            "differences",
            registry(
                .differences(
                    BucketDifferences(
                        round: 5, equal: [0, 4_095], unequal: [7], wishes: [wishes[2]], wanted: ["c-1", "c-9"],
                        covered: [keys[0]])))
        ),
        ("wishes", registry(.wishes(wishes))),
        ("a completed exchange", registry(.completed(round: 5, horizon: stamp(2)))),
        ("a slice is wanted", registry(.sliceWanted(hubLife, from: 1_000))),
        ("a relay is asked for", registry(.relayAsked("n-3"))),
        (
            "a start",
            asked(
                .start(
                    [StartItem(place: 0, child: wishes[0].child!), StartItem(place: 200, child: wishes[1].child!)],
                    .keep
                ))
        ),
        ("a stop", asked(.stop([StopItem(place: 1, child: "c-1", known: stamp(1))]))),
        ("an undo", asked(.undo([StopItem(place: 1, child: "c-1", known: stamp(1))]))),
        (
            "a change",
            asked(.change(ChangeItem(child: "c-1", known: stamp(1), metadata: ["k": 1], tags: nil)))
        ),
        (
            "a change of tags",
            asked(.change(ChangeItem(child: "c-1", known: stamp(1), metadata: nil, tags: ["t"])))
        ),
        (
            "answers",
            answered(outcomes.map { .decided($0, stamp: stamp(6)) } + [.outdated(stamp(8))])
        ),
        ("an abandoned operation", .operation(.abandoned(origin))),
        ("an offer", .move(.offered("c-1", epoch))),
        ("an acceptance", .move(.accepted("c-1", epoch))),
        ("a refusal", .move(.declined("c-1", epoch))),
        ("a delta that nobody waits for", registry(.delta(Delta(number: 1, isPatient: true)))),
    ]
}

extension Wish {
    var child: Child? {
        if case .running(let child, _) = content { child } else { nil }
    }
}
