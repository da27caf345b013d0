// SPDX-License-Identifier: Apache-2.0

/// How starts, stops and changes reach the owners of their children, and what came of them goes back.
package enum OperationMessage: Hashable, Sendable {
    /// The asking node does not wait for it any more.
    case abandoned(OperationID)
}
