// SPDX-License-Identifier: Apache-2.0

internal import DemoProcesses

/// Compares what each process says of itself with what its callers were told, and where it was with where it is.
struct Audit: Hashable, Sendable {
    struct Difference: Hashable, Sendable {
        let id: String
        let effects: Tally.Effects
        /// What the process said, or `nil` if it did not answer.
        let state: Int?
    }

    /// What the nodes said, in the order of the plan.
    struct Evidence: Hashable, Sendable {
        /// Where each process was when the clients began.
        var before: [Whereabouts]
        /// The nodes that were killed.
        var gone: Set<String>
        /// What each process says of itself now.
        var states: [Booking?]
        /// On how many nodes each process runs now.
        var runs: [Int]
    }

    /// Processes whose state lies between what was acknowledged and that plus what is unknown.
    private(set) var agreeing = 0
    private(set) var differences: [Difference] = []
    /// Processes that do not run exactly once: the id, and on how many nodes it runs.
    private(set) var miscounted: [String: Int] = [:]
    /// Processes that were neither lost nor left where they were.
    private(set) var strays: [String] = []

    var isClean: Bool { differences.isEmpty && miscounted.isEmpty && strays.isEmpty }

    /// - Parameter effects: by member of the plan, over the clients of every node, killed ones too.
    init(_ plan: DemoPlan, effects: [Tally.Effects], _ evidence: Evidence) {
        for (place, member) in plan.members.enumerated() {
            let (before, state) = (evidence.before[place], evidence.states[place])
            if evidence.runs[place] != 1 { miscounted[member.id] = evidence.runs[place] }
            let isLost = evidence.gone.contains(before.node)
            if let state, isLost ? state.epoch <= before.epoch : state.epoch != before.epoch {
                strays.append(member.id)
            }
            // A process that was lost with its node began anew: what its former life acknowledged went with it.
            let known = isLost ? effects[place].acknowledgedLater : effects[place].acknowledged
            if let state, Int64(state.sum) >= known, Int64(state.sum) <= known + effects[place].unknown {
                agreeing += 1
            } else {
                differences.append(Difference(id: member.id, effects: effects[place], state: state?.sum))
            }
        }
    }
}
