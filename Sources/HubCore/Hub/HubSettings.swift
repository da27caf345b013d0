// SPDX-License-Identifier: Apache-2.0

/// How one hub behaves. The defaults are those of ``Limits``.
package struct HubSettings: Hashable, Sendable {
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

    package init() {}
}
