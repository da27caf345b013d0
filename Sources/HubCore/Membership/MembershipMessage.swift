// SPDX-License-Identifier: Apache-2.0

/// What the nodes of a cluster tell each other about who is there. After SWIM (Das, Gupta and Motivala, 2002) with the
/// additions of Lifeguard (Dadgar, Phillips and Currey, 2017).
package enum MembershipMessage: Hashable, Sendable {
    /// Are you there?
    case probe(number: UInt64)
    /// Yes.
    case answer(number: UInt64)
}
