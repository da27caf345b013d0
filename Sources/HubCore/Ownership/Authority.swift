// SPDX-License-Identifier: Apache-2.0

/// What ownership asks of whoever grants it. The answer may come in the same step, late, or for several at once.
package enum AuthorityAction: Hashable, Sendable {
    /// May these activations begin here?
    case claim([InstanceID])
    /// The activation passes to this node under this epoch; cannot be taken back, only completed.
    case transfer(ChildID, to: NodeName, epoch: Epoch)
    /// These children are not active here any more.
    case release([ChildID])
}

package enum AuthorityAnswer: Hashable, Sendable {
    case granted([InstanceID])
    /// Withdraw them; they may be tried again later.
    case refused([InstanceID])
    /// Nothing may be activated until the authority is back, and what is active must stop admitting calls.
    case lost
    case regained
}
