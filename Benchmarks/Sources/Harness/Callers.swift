// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import Synchronization

/// Tasks that call again and again until the time is up.
public struct Callers: Sendable {
    public typealias Call = @Sendable (_ caller: Int) async throws -> Void

    private let count: Int
    private let timesEach: Bool
    private let peer: OtherProcess?

    /// - Parameters:
    ///   - timesEach: whether every call is timed; only asked of one caller, where two clock readings vanish.
    ///   - peer: the process that is called, whose CPU time is a figure too.
    public init(_ count: Int, timesEach: Bool = false, peer: OtherProcess? = nil) {
        self.count = count
        self.timesEach = timesEach
        self.peer = peer
    }

    /// Calls for `time`; the figures are the rate, the CPU time per call and, if each was timed, p50 and p99.
    public func run(for time: Duration, _ call: @escaping Call) async throws -> Sample {
        let stop = Alarm(after: time)
        let (start, cpu, there) = (Clocks.elapsed(), Clocks.processCPU(), peer?.usedCPU())
        let (calls, times) = try await calls(until: stop, call)
        let (wall, used) = (Clocks.elapsed() - start, Clocks.processCPU() - cpu)
        var sample: Sample = [
            .rate: Double(calls) * 1e9 / Double(wall),
            .cpu: Double(used) / Double(max(calls, 1)),
        ]
        if let peer, let there { sample[.peer] = Double(peer.usedCPU() - there) / Double(max(calls, 1)) }
        if timesEach {
            let sorted = times.sorted()
            sample[.p50] = percentile(sorted, 0.5)
            sample[.p99] = percentile(sorted, 0.99)
        }
        return sample
    }

    private func calls(until stop: Alarm, _ call: @escaping Call) async throws -> (Int, [UInt64]) {
        try await withThrowingTaskGroup(of: (Int, [UInt64]).self) { group in
            for caller in 0..<count {
                group.addTask {
                    timesEach
                        ? try await Self.timed(caller, stop, call) : (try await Self.counted(caller, stop, call), [])
                }
            }
            return try await group.reduce(into: (0, [])) { sum, part in
                sum.0 += part.0
                sum.1 += part.1
            }
        }
    }

    private static func counted(_ caller: Int, _ stop: Alarm, _ call: Call) async throws -> Int {
        var calls = 0
        while !stop.rang {
            try await call(caller)
            calls += 1
        }
        return calls
    }

    private static func timed(_ caller: Int, _ stop: Alarm, _ call: Call) async throws -> (Int, [UInt64]) {
        var times: [UInt64] = []
        times.reserveCapacity(1 << 16)
        while !stop.rang {
            let start = Clocks.elapsed()
            try await call(caller)
            times.append(Clocks.elapsed() - start)
        }
        return (times.count, times)
    }
}

/// A flag that a thread of its own raises: the pool that runs the callers may be too busy to do it in time.
private final class Alarm: Sendable {
    private let flag = Atomic(false)
    var rang: Bool { flag.load(ordering: .relaxed) }

    init(after time: Duration) {
        let (seconds, attoseconds) = time.components
        Thread.detachNewThread { [self] in
            Thread.sleep(forTimeInterval: Double(seconds) + Double(attoseconds) / 1e18)
            flag.store(true, ordering: .relaxed)
        }
    }
}
