// SPDX-License-Identifier: Apache-2.0

internal import Floors
internal import Harness
internal import ProcessHub
internal import Synchronization

/// Children of one round of a measurement: ids of twelve bytes that no other round has, arguments of eight.
struct Crowd: Sendable {
    let round: Int
    let count: Int

    func id(_ index: Int) -> ChildID { "\(1_000 + round)-\(1_000_000 + index)" }

    func children(_ range: Range<Int>) -> [Child] {
        range.map { Child(Adder.self, id: id($0), .init(start: $0)) }
    }

    /// Starts them, at most so many in one request.
    func start(on hub: Hub, atOnce: Int = .max) async throws {
        var next = 0
        while next < count {
            let last = next + min(atOnce, count - next)
            let result = try await hub.start(children(next..<last), options: .init(deadline: .seconds(600))).result
            guard try result.get().count == last - next else { throw WrongAnswer() }
            next = last
        }
    }

    /// Waits until the hub's node knows of each where it runs, and that this is not a certain node. Each child is looked
    /// up about once, so that waiting costs little.
    func untilKnown(to hub: Hub, without node: NodeName? = nil) async throws {
        for index in 0..<count {
            let id = id(index)
            while hub.lookup(id)?.host.map({ $0.node == node }) ?? true { try await Task.sleep(for: .milliseconds(1)) }
        }
    }

    func stop(on hub: Hub) async throws {
        let ids = (0..<count).map(id)
        _ = try await hub.stop(ids, options: .init(deadline: .seconds(60))).result.get()
    }
}

/// Starts of single children under ids that were never used.
enum Single {
    private static let number = Atomic(0)

    /// One after the other; each is stopped again, which is not counted.
    static func starts(on hub: Hub, for time: Duration) async throws -> Sample {
        var times: [UInt64] = []
        let end = ContinuousClock.now + time
        while ContinuousClock.now < end {
            let id: ChildID = "one-\(number.wrappingAdd(1, ordering: .relaxed).newValue)"
            let start = Clocks.elapsed()
            _ = try await hub.start(Adder.self, id: id, .init())
            times.append(Clocks.elapsed() - start)
            try await hub.stop(id)
        }
        times.sort()
        return [.p50: percentile(times, 0.5), .p99: percentile(times, 0.99)]
    }
}

/// Calls one process every millisecond until it is told to end.
struct Probe: Sendable {
    /// Not a cancellation, which a call under way would end with.
    private final class Ending: Sendable {
        let isAsked = Atomic(false)
    }

    private let ending: Ending
    private let task: Task<UInt64, any Error>

    init(of adder: Adder) {
        let ending = Ending()
        self.ending = ending
        task = Task {
            var longest: UInt64 = 0
            while !ending.isAsked.load(ordering: .relaxed) {
                let start = Clocks.elapsed()
                _ = try await adder.increment(by: 1)
                longest = max(longest, Clocks.elapsed() - start)
                try? await Task.sleep(for: .milliseconds(1))
            }
            return longest
        }
    }

    /// - Returns: the nanoseconds that the slowest call took.
    func end() async throws -> UInt64 {
        ending.isAsked.store(true, ordering: .relaxed)
        return try await task.value
    }
}
