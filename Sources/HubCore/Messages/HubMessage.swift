// SPDX-License-Identifier: Apache-2.0

/// What the machines of one hub on two nodes tell each other.
package enum HubMessage: Hashable, Sendable {
    case registry(RegistryMessage)
    case operation(OperationMessage)
    case move(MoveMessage)
    /// The sender cannot run these kinds, and is no candidate for their children.
    case lacking([ProcessKind])
    /// A message that only a newer version knows; it is counted and dropped.
    case unknown(UInt8)
}
