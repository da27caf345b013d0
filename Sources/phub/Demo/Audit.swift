// SPDX-License-Identifier: Apache-2.0

/// Compares what each process says of itself with what its callers were told.
struct Audit: Hashable, Sendable {
    struct Difference: Hashable, Sendable {
        let id: String
        let effects: Tally.Effects
        /// What the process said, or `nil` if it did not answer.
        let state: Int?
    }

    /// Processes whose state lies between what was acknowledged and that plus what is unknown.
    private(set) var agreeing = 0
    private(set) var differences: [Difference] = []

    /// - Parameters:
    ///   - effects: by member of the plan, over the clients of every node, killed ones too.
    ///   - gone: the nodes that were killed; nothing is said about the state of their processes.
    init(_ plan: DemoPlan, effects: [Tally.Effects], states: [String: Int], gone: Set<String>) {
        for (member, effects) in zip(plan.members, effects) where !gone.contains(member.node) {
            let state = states[member.id]
            if let state, Int64(state) >= effects.acknowledged, Int64(state) <= effects.acknowledged + effects.unknown {
                agreeing += 1
            } else {
                differences.append(Difference(id: member.id, effects: effects, state: state))
            }
        }
    }
}
