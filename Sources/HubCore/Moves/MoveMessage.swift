// SPDX-License-Identifier: Apache-2.0

/// What source and target of a move tell each other. The move's id is the epoch that the target will have.
package enum MoveMessage: Hashable, Sendable {
    /// Would you take it?
    case offered(ChildID, Epoch)
    case accepted(ChildID, Epoch)
    case declined(ChildID, Epoch)
}
