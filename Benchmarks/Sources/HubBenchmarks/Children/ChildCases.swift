// SPDX-License-Identifier: Apache-2.0

internal import Floors
internal import Foundation
internal import Harness
internal import ProcessHub
internal import Synchronization

/// What it costs to start children on one node, to find them and to have them.
enum ChildCases {
    static let crowd = 100_000

    /// - Parameters:
    ///   - hub: of a node that runs, with few children.
    ///   - full: of another one.
    static func cases(_ hub: Hub, full: Hub) async throws -> [Case] {
        let skeleton = Skeleton()
        // Twelve-byte ids, eight-byte arguments, one child of a hundred tagged.
        let children = (0..<crowd).map { index in
            Child(
                Adder.self, id: "child-\(100_000 + index)", .init(start: index), tags: index % 100 == 0 ? ["rare"] : [])
        }
        _ = try await full.start(children, options: .init(deadline: .seconds(60))).result.get()
        let ids = children.map(\.id)
        return [
            Case("skeleton 1") { time in
                try await Callers(1, timesEach: true).run(for: time) { _ in await skeleton.once() }
            },
            Case("start 1") { try await Starts(hub).one(for: $0) },
            Case("start 1, 100000 present") { try await Starts(full).one(for: $0) },
            Case("start 100000") { _ in try await Starts(hub).many(crowd) },
            lookups(full, ids, 1), lookups(full, ids, 2),
            Case("list 100000") { time in
                try await Callers(1, timesEach: true).run(for: time) { _ in
                    guard full.children().count >= crowd else { throw WrongAnswer() }
                }
            },
            Case("tag query 1000 of 100000") { time in
                try await Callers(1, timesEach: true).run(for: time) { _ in
                    guard full.tagged("rare").count == crowd / 100 else { throw WrongAnswer() }
                }
            },
            Case("idle child") { _ in
                let other = try OtherProcess(role: ["crowd"])
                return [.bytes: Double(other.words.first ?? "") ?? 0, .cpu: Double(other.ask("idle").first ?? "") ?? 0]
            },
        ]
    }

    private static func lookups(_ hub: Hub, _ ids: [ChildID], _ threads: Int) -> Case {
        Case("lookup \(threads)") { time in
            // A hundred a time, so that the harness's own loop does not count.
            var sample = try await Callers(threads).run(for: time) { caller in
                var place = caller &* 7_919
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

    static let bars = [
        Bar("start 1", .p50, .atMost(1.5), of: "skeleton 1"),
        Bar("start 1, 100000 present", .p50, .atMost(1.5), of: "skeleton 1"),
        Bar("start 100000", .rate, .atLeast(150_000)),
        Bar("start 100000", .p99, .atMost(5_000_000)),
        Bar("lookup 1", .rate, .atLeast(2_500_000)),
        Bar("lookup 2", .rate, .atLeast(4_000_000)),
        Bar("list 100000", .p50, .atMost(20_000_000)),
        Bar("tag query 1000 of 100000", .p50, .atMost(1_000_000)),
        Bar("idle child", .bytes, .atMost(800)),
        Bar("idle child", .cpu, .atMost(10_000_000)),
    ]

    /// A process of its own, so that nothing but the children is in the difference: says the bytes a child takes, and when
    /// it is asked, the CPU nanoseconds that a second with all of them idle costs.
    static func crowdedNode() async throws {
        let node = Node(name: "crowded", logger: .quiet)
        let hub = try Hub("bench", on: node) { $0.processes = [Adder.self] }
        try await node.run {
            _ = try await hub.start(Adder.self, id: "first", .init())
            let before = Memory.residentBytes()
            // Not in one request: what that needs for a moment would be counted as well.
            for _ in 0..<crowd / 1_000 { try await Starts(hub).fill(1_000) }
            try await Task.sleep(for: .seconds(1))
            let bytes = (Memory.residentBytes() - before) / crowd
            try await ServingRole.ready(["\(bytes)"]) { _ in
                let cpu = Clocks.processCPU()
                try await Task.sleep(for: .seconds(5))
                return ["\((Clocks.processCPU() - cpu) / 5)"]
            }
        }
    }
}

/// Starts children under ids that were never used.
struct Starts: Sendable {
    private static let number = Atomic(0)
    private let hub: Hub

    init(_ hub: Hub) { self.hub = hub }

    private static func children(_ count: Int) -> [Child] {
        let round = number.wrappingAdd(1, ordering: .relaxed).newValue
        return (0..<count).map { Child(Adder.self, id: "\(round)-\(100_000 + $0)", .init(start: $0)) }
    }

    /// One after the other; each is stopped again, which is not counted.
    func one(for time: Duration) async throws -> Sample {
        var times: [UInt64] = []
        let end = ContinuousClock.now + time
        while ContinuousClock.now < end {
            let id: ChildID = "one-\(Self.number.wrappingAdd(1, ordering: .relaxed).newValue)"
            let start = Clocks.elapsed()
            _ = try await hub.start(Adder.self, id: id, .init())
            times.append(Clocks.elapsed() - start)
            try await hub.stop(id)
        }
        times.sort()
        return [.p50: percentile(times, 0.5), .p99: percentile(times, 0.99)]
    }

    /// All in one request, until every result is in; the 99th percentile is that of calls made meanwhile.
    func many(_ count: Int) async throws -> Sample {
        let children = Self.children(count)
        let adder = try await hub.start(
            Adder.self, id: "beside-\(Self.number.wrappingAdd(1, ordering: .relaxed).newValue)", .init())
        let calls = Task {
            var longest: UInt64 = 0
            while !Task.isCancelled {
                let start = Clocks.elapsed()
                _ = try await adder.increment(by: 1)
                longest = max(longest, Clocks.elapsed() - start)
                try? await Task.sleep(for: .milliseconds(1))
            }
            return longest
        }
        let start = Clocks.elapsed()
        let ids = try await hub.start(children, options: .init(deadline: .seconds(60))).result.get().map(\.child)
        let time = Clocks.elapsed() - start
        calls.cancel()
        let longest = try await calls.value
        guard ids.count == count else { throw WrongAnswer() }
        _ = try await hub.stop(ids + [adder.id.child], options: .init(deadline: .seconds(60))).result.get()
        return [.rate: Double(count) * 1e9 / Double(time), .p99: Double(longest)]
    }

    func fill(_ count: Int) async throws {
        _ = try await hub.start(Self.children(count), options: .init(deadline: .seconds(600))).result.get()
    }
}
