// SPDX-License-Identifier: Apache-2.0

/// One thing that is said about a node, and passed on from node to node.
package enum Rumour: Hashable, Sendable {
    /// It lives, and says this about itself.
    case alive(Statement)
    /// `by` got no answer from it, in any way. Answered by a higher refutation count.
    case suspected(Life, refutation: UInt64, by: NodeName)
    /// `by` saw its connection end and its address refuse, or lead to another life. Answered like a suspicion.
    case ended(Life, refutation: UInt64, by: NodeName)
    /// It was declared dead, which is final for this life.
    case dead(Life, DeathCause)
    /// Another living node, which was there before, has its name.
    case outranked(Life, by: Incarnation, born: Stamp)
    /// It left in good order, which is final for this life.
    case left(Life)

    package typealias DeathCause = MembershipNote.DeathCause

    package var life: Life {
        switch self {
        case .alive(let statement): statement.life
        case .suspected(let life, _, _), .ended(let life, _, _), .dead(let life, _), .outranked(let life, _, _),
            .left(let life):
            life
        }
    }

    /// What it takes in a message, or a little more.
    package var roughBytes: Int {
        switch self {
        case .alive(let statement): statement.roughBytes
        case .suspected(let life, _, let by), .ended(let life, _, let by):
            24 + life.name.rawValue.utf8.count + by.rawValue.utf8.count
        case .dead(let life, _), .left(let life): 16 + life.name.rawValue.utf8.count
        case .outranked(let life, _, _): 40 + life.name.rawValue.utf8.count
        }
    }

    /// Whether a peer may say so (S16).
    var isAcceptable: Bool {
        switch self {
        case .alive(let statement): statement.isAcceptable
        case .suspected(_, let refutation, _), .ended(_, let refutation, _): refutation <= Limits.membershipCount
        case .dead, .outranked, .left: true
        }
    }
}
