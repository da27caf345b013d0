// SPDX-License-Identifier: Apache-2.0

/// What the node machines of two nodes tell each other.
package enum NodeMessage: Hashable, Sendable {
    case membership(MembershipMessage)
}
