// SPDX-License-Identifier: Apache-2.0

/// What the clients of one node saw, summed over them.
struct Tally: Hashable, Sendable {
    /// Effects on one process.
    struct Effects: Hashable, Sendable {
        var asked: Int64 = 0
        /// By the activation that the clients began with.
        var acknowledged: Int64 = 0
        /// By an activation that came after it.
        var acknowledgedLater: Int64 = 0
        var absent: Int64 = 0

        /// Neither acknowledged nor known to be absent.
        var unknown: Int64 { asked - acknowledged - acknowledgedLater - absent }

        static func + (left: Effects, right: Effects) -> Effects {
            Effects(
                asked: left.asked + right.asked, acknowledged: left.acknowledged + right.acknowledged,
                acknowledgedLater: left.acknowledgedLater + right.acknowledgedLater, absent: left.absent + right.absent)
        }
    }

    /// A failed call: the number of its code and of its outcome.
    struct Failure: Hashable, Comparable, Sendable {
        let code: UInt8
        let outcome: UInt8
        static func < (left: Failure, right: Failure) -> Bool {
            (left.code, left.outcome) < (right.code, right.outcome)
        }
    }

    var effects: [Effects]
    var failures: [Failure: Int64] = [:]
    /// Calls that a process answered with an error of its own.
    var ownErrors: Int64 = 0
    /// Durations of the calls that were answered.
    var latencies = Histogram()

    init(members: Int) { effects = Array(repeating: Effects(), count: members) }

    var calls: Int64 { latencies.total }
    var failed: Int64 { failures.values.reduce(0, +) }

    mutating func add(_ other: Tally) {
        effects = zip(effects, other.effects).map { $0 + $1 }
        failures.merge(other.failures, uniquingKeysWith: +)
        ownErrors += other.ownErrors
        latencies.add(other.latencies)
    }
}

extension Tally {
    /// Reads the rows of all clients, cell by cell.
    init(_ layout: TallyLayout, cell: (_ index: Int) -> Int64) {
        self.init(members: layout.members)
        var buckets = latencies.counts
        for client in 0..<layout.clients {
            let row = client * layout.cellsPerClient
            addEffects(layout) { cell(row + $0) }
            for index in 0..<TallyLayout.errorCells {
                let failure = Failure(code: UInt8(index / 3), outcome: UInt8(index % 3))
                let count = cell(row + layout.cell(error: failure.code, outcome: failure.outcome))
                if count > 0 { failures[failure, default: 0] += count }
            }
            for bucket in buckets.indices { buckets[bucket] += cell(row + layout.cell(bucket: bucket)) }
            ownErrors += cell(row + layout.ownErrorsCell)
        }
        latencies = Histogram(counts: buckets)
    }

    private mutating func addEffects(_ layout: TallyLayout, _ cell: (Int) -> Int64) {
        for member in 0..<layout.members {
            let more = Effects(
                asked: cell(layout.cell(.asked, member: member)),
                acknowledged: cell(layout.cell(.acknowledged, member: member)),
                acknowledgedLater: cell(layout.cell(.acknowledgedLater, member: member)),
                absent: cell(layout.cell(.absent, member: member)))
            effects[member] = effects[member] + more
        }
    }
}
