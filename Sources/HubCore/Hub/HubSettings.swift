// SPDX-License-Identifier: Apache-2.0

/// How one hub behaves. The defaults are those of ``Limits``.
package struct HubSettings: Sendable {
    /// Which node owns which child.
    package var distribution: any DistributionStrategy = RendezvousHashing()
    /// The kinds this node can run; `nil` if that shows only when one is asked for.
    package var kinds: Set<ProcessKind>?
    /// How quickly and how often an instance that ended is started again.
    package var restarts = RestartSettings()
    /// Who grants ownership.
    package var authority = AuthorityKind.local
    /// How many initializers of this node may be under way at a time.
    package var parallelStarts = Limits.parallelStarts
    /// How many children may be leaving, and how many arriving, at a time.
    package var parallelMoves = Limits.parallelMoves
    /// How long an initializer may take.
    package var startDeadline = Limits.operationDeadline
    /// Until when a member that has not compared its copies with this node can keep it from starting what was lost.
    package var confirmation = Limits.confirmation
    package var registry = RegistrySettings()

    package init() {}
}

/// A strategy is a value without identity: settings are equal when everything else is.
extension HubSettings: Hashable {
    package static func == (left: Self, right: Self) -> Bool {
        left.kinds == right.kinds && left.restarts == right.restarts && left.authority == right.authority
            && left.parallelStarts == right.parallelStarts && left.parallelMoves == right.parallelMoves
            && left.startDeadline == right.startDeadline && left.confirmation == right.confirmation
            && left.registry == right.registry
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(parallelStarts)
        hasher.combine(authority)
    }
}
