// SPDX-License-Identifier: Apache-2.0

/// How the copies of wishes and slices on two nodes are brought together.
package enum RegistryMessage: Hashable, Sendable {
    /// Everything up to this number of the sender's log was received.
    case received(upTo: UInt64)
}
