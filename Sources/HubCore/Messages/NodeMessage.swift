// SPDX-License-Identifier: Apache-2.0

/// What the node machines of two nodes tell each other.
package enum NodeMessage: Hashable, Sendable {
    case membership(MembershipMessage)
    /// A message that only a newer version knows; it is counted and dropped.
    case unknown(UInt8)
}
