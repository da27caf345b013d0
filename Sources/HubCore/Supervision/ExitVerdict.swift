// SPDX-License-Identifier: Apache-2.0

/// What the end of an instance that nobody ordered means for its child.
package enum ExitVerdict: Hashable, Sendable {
    /// It is started again in place.
    case restart
    /// The child has done its work, or may not run twice: it is stopped everywhere.
    case endWish

    package init(_ policy: RestartPolicy, after reason: ExitReason) {
        switch (policy, reason) {
        case (.temporary, _), (.transient, .normal): self = .endWish
        case (.permanent, _), (.transient, .failed), (.transient, .stopped): self = .restart
        }
    }
}
