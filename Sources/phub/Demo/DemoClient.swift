// SPDX-License-Identifier: Apache-2.0

internal import DemoProcesses
internal import ProcessHub
internal import Synchronization

/// Calls one process after another, on whatever node it is, and counts what it was told.
struct DemoClient: Sendable {
    private let plan: DemoPlan
    /// In the order of the plan.
    private let references: [DemoReference]
    private let row: TallyRow
    private let seed: UInt64

    init(_ plan: DemoPlan, _ references: [DemoReference], row: TallyRow, seed: UInt64) {
        self.plan = plan
        self.references = references
        self.row = row
        self.seed = seed
    }

    /// How long one call may take.
    static let deadline: Duration = .milliseconds(500)
    /// How long a node is left alone after a call to one of its processes failed.
    static let pause: Duration = .seconds(1)

    func run(until stop: StopFlag) async {
        var random = SeededGenerator(seed: seed)
        var restingUntil: [String: ContinuousClock.Instant] = [:]
        while !stop.isRaised {
            let member = Int.random(in: references.indices, using: &random)
            let node = plan.members[member].node
            if let until = restingUntil[node] {
                guard until < .now else { continue }
                restingUntil[node] = nil
            }
            if await !callOnce(member, &random) { restingUntil[node] = .now + Self.pause }
        }
    }

    /// One call, and whether it was answered.
    private func callOnce(_ member: Int, _ random: inout SeededGenerator) async -> Bool {
        let (amount, call) = references[member].nextCall(&random)
        row.count(.asked, member: member, amount)
        let start = ContinuousClock.now
        do {
            try await withDeadline(Self.deadline, call)
            row.count(.acknowledged, member: member, amount)
        } catch let error as HubError {
            row.count(error: error.code.number, outcome: error.outcome.rawValue)
            settle(error.outcome, member, amount)
            return false
        } catch {
            // The process's own error, thrown before it changed anything: the call was answered.
            row.count(.absent, member: member, amount)
            row.countOwnError()
        }
        row.count(latency: UInt64(clamping: start.duration(to: .now).wholeNanoseconds))
        return true
    }

    private func settle(_ outcome: Outcome, _ member: Int, _ amount: Int) {
        switch outcome {
        case .notExecuted: row.count(.absent, member: member, amount)
        case .executed: row.count(.acknowledged, member: member, amount)
        case .unknown: break
        }
    }
}

/// Raised once, seen by many tasks.
final class StopFlag: Sendable {
    private let flag = Atomic(false)
    var isRaised: Bool { flag.load(ordering: .relaxed) }
    func raise() { flag.store(true, ordering: .relaxed) }
}
