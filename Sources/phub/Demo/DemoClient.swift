// SPDX-License-Identifier: Apache-2.0

internal import DemoProcesses
internal import ProcessHub
internal import Synchronization

/// Calls one process after another, wherever it is, and counts what it was told.
struct DemoClient: Sendable {
    /// In the order of the plan.
    private let references: [DemoReference]
    /// The epoch of each process when the clients began.
    private let epochs: [Epoch]
    private let row: TallyRow
    private let seed: UInt64

    init(_ references: [DemoReference], epochs: [Epoch], row: TallyRow, seed: UInt64) {
        self.references = references
        self.epochs = epochs
        self.row = row
        self.seed = seed
    }

    /// How long one call may take; longer than it takes to start a lost process elsewhere.
    static let deadline: Duration = .seconds(5)

    func run(until stop: StopFlag) async {
        var random = SeededGenerator(seed: seed)
        while !stop.isRaised { await callOnce(Int.random(in: references.indices, using: &random), &random) }
    }

    private func callOnce(_ member: Int, _ random: inout SeededGenerator) async {
        let (amount, call) = references[member].nextCall(&random)
        row.count(.asked, member: member, amount)
        let start = ContinuousClock.now
        do {
            let booking = try await withDeadline(Self.deadline, call)
            let isFirst = booking.epoch == epochs[member]
            row.count(isFirst ? .acknowledged : .acknowledgedLater, member: member, amount)
        } catch let error as HubError {
            row.count(error: error.code.number, outcome: error.outcome.rawValue)
            // Anything else may be in the state of the process, or not: it stays unknown.
            if error.outcome == .notExecuted { row.count(.absent, member: member, amount) }
            return
        } catch {
            // The process's own error, thrown before it changed anything: the call was answered.
            row.count(.absent, member: member, amount)
            row.countOwnError()
        }
        row.count(latency: UInt64(clamping: start.duration(to: .now).wholeNanoseconds))
    }
}

/// Raised once, seen by many tasks.
final class StopFlag: Sendable {
    private let flag = Atomic(false)
    var isRaised: Bool { flag.load(ordering: .relaxed) }
    func raise() { flag.store(true, ordering: .relaxed) }
}
