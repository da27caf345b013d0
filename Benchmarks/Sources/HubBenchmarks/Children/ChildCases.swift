// SPDX-License-Identifier: Apache-2.0

internal import Floors
internal import Harness
internal import ProcessHub

/// What it costs to start a child on one node, to find it among many and to list them.
enum ChildCases {
    private static let many = Crowd(round: 0, count: 100_000)

    /// - Parameters:
    ///   - hub: of a node that runs, with few children.
    ///   - full: another one, which is filled.
    static func cases(_ hub: Hub, full: Hub) async throws -> [Case] {
        let (skeleton, drivenByCaller) = (Skeleton(), DrivenByCaller())
        // One child of a hundred is tagged.
        let children = many.children(0..<many.count).enumerated().map { place, child in
            var child = child
            child.tags = place % 100 == 0 ? ["rare"] : []
            return child
        }
        _ = try await full.start(children, options: .init(deadline: .seconds(60))).result.get()
        let lookups = Lookups(hub: full, ids: children.map(\.id))
        return [
            Case("skeleton 1") { time in
                skeleton.begin()
                defer { skeleton.end() }
                return try await Callers(1, timesEach: true).run(for: time) { _ in await skeleton.once() }
            },
            Case("skeleton driven by its caller 1") { time in
                try await Callers(1, timesEach: true).run(for: time) { _ in await drivenByCaller.once() }
            },
            Case("start 1") { try await Single.starts(on: hub, for: $0) },
            Case("start 1, 100000 present") { try await Single.starts(on: full, for: $0) },
            Case("lookup 1") { try await lookups.run(1, for: $0) },
            Case("lookup 2") { try await lookups.run(2, for: $0) },
            Case("list 100000") { time in
                try await Callers(1, timesEach: true).run(for: time) { _ in
                    guard full.children().count >= many.count else { throw WrongAnswer() }
                }
            },
            Case("tag query 1000 of 100000") { time in
                try await Callers(1, timesEach: true).run(for: time) { _ in
                    guard full.tagged("rare").count == many.count / 100 else { throw WrongAnswer() }
                }
            },
        ]
    }

    static let bars = [
        Bar("start 1", .p50, .atMost(1.5), of: "skeleton 1"),
        Bar("start 1, 100000 present", .p50, .atMost(1.5), of: "skeleton 1"),
        Bar("lookup 1", .rate, .atLeast(2_500_000)),
        Bar("lookup 2", .rate, .atLeast(4_000_000)),
        Bar("list 100000", .p50, .atMost(20_000_000)),
        Bar("tag query 1000 of 100000", .p50, .atMost(1_000_000)),
    ]
}

/// Lookups of children in an order that no cache foresees.
struct Lookups: Sendable {
    let hub: Hub
    let ids: [ChildID]

    func run(_ threads: Int, for time: Duration) async throws -> Sample {
        // A hundred a time, so that the harness's own loop does not count.
        var sample = try await Callers(threads).run(for: time) { [hub, ids] caller in
            var place = (caller &* 7_919 &+ Int(truncatingIfNeeded: Clocks.elapsed())) % ids.count
            for _ in 0..<100 {
                place = (place &+ 7_919) % ids.count
                guard hub.lookup(ids[place])?.host != nil else { throw WrongAnswer() }
            }
        }
        sample[.rate] = (sample[.rate] ?? 0) * 100
        sample[.cpu] = (sample[.cpu] ?? 0) / 100
        return sample
    }
}
