// SPDX-License-Identifier: Apache-2.0

/// Decides which of two nodes with one name goes: the newcomer; of two newcomers one, whichever it is.
///
/// A node cannot ask the other how long it has run. One that is refused goes when it is refused again after a while; one
/// that refuses goes if the other is still there when a newcomer would have gone. Two newcomers that dial each other know
/// both incarnations: the one with the lower stays as long as a node that refuses.
package struct NameContest: Hashable, Sendable {
    package enum Meeting: Hashable, Sendable {
        /// A node said that this one's name is taken.
        case refusedByPeer
        /// A node of this one's name and of another incarnation came, and was refused.
        case refusedLower, refusedHigher
    }

    /// How long a node is a newcomer.
    package static let youth: Duration = .seconds(30)
    /// Meetings belong to one contest for so long; longer than the back-off between two dials.
    package static let memory: Duration = .seconds(20)
    /// Longer than the patience of the node that was refused, with its back-off until it dials again.
    package static let patienceOfRefuser: Duration = .seconds(5)

    private let begun: Instant
    private let patience: Duration
    private var first: [Meeting: Instant] = [:]

    /// - Parameter generator: spreads the times at which two nodes go that others hold for each other.
    package init(begun: Instant, using generator: inout some RandomNumberGenerator) {
        self.begun = begun
        patience = .milliseconds(Int.random(in: 500...1_500, using: &generator))
    }

    /// A node took this one under its name: who refused it before may be gone, as its namesake may. If both live, whoever
    /// refused it will again, and the members compare the two.
    package mutating func admitted() { first[.refusedByPeer] = nil }

    /// - Returns: whether this node has to go.
    package mutating func meets(_ meeting: Meeting, at now: Instant) -> Bool {
        guard begun.duration(to: now) < Self.youth else { return false }
        guard let since = first[meeting], since.duration(to: now) < Self.memory else {
            first[meeting] = now
            return false
        }
        let refusesHigher = first[.refusedHigher].map { $0.duration(to: now) < Self.memory } ?? false
        let isHasty = meeting == .refusedByPeer && !refusesHigher
        return since.duration(to: now) >= (isHasty ? patience : Self.patienceOfRefuser)
    }
}
