// SPDX-License-Identifier: Apache-2.0

/// Who grants the ownership of a hub's children.
package enum AuthorityKind: UInt8, Hashable, Sendable, CaseIterable {
    /// Nobody but the node itself: whatever it asks is granted in the same step.
    case local = 0
    /// Somebody outside the machine: it is asked by an effect, and its answer is an event that may come late, for several
    /// questions at once, or be a refusal.
    case asked = 1
}

/// The authority of a hub that stays available whatever happens: it grants everything at once and keeps no books.
package enum LocalAuthority {
    /// The answer to an action, or `nil` for one that needs none.
    package static func answer(_ action: AuthorityAction) -> AuthorityAnswer? {
        switch action {
        case .claim(let instances): .granted(instances)
        case .transfer(let child, _, let epoch): .granted([InstanceID(child: child, epoch: epoch)])
        case .release: nil
        }
    }
}
