// SPDX-License-Identifier: Apache-2.0

/// What source and target of a move tell each other. The move's id is the epoch that the target will have.
///
/// Nothing more is said: that a move is committed, and that the target runs, stands in their slices.
package enum MoveMessage: Hashable, Sendable {
    /// Would you take it?
    case offered(ChildID, Epoch)
    /// Yes: it is in service, knows the kind and holds a slot.
    case accepted(ChildID, Epoch)
    /// No, or not any more: this epoch never runs there.
    case declined(ChildID, Epoch)
}
