// SPDX-License-Identifier: Apache-2.0

/// A question that is under way.
struct Flight: Hashable {
    enum Purpose: Hashable {
        /// Whether a member still answers.
        case health
        /// Whether a node answers that was only heard of.
        case vouch
        /// Whether a life answers whose name another one holds.
        case claimant
        /// Whether the life answers that holds a name which another one claims.
        case incumbent
        /// Asked for another member, under its number.
        case relay(origin: NodeName, number: UInt64)
    }

    let number: UInt64
    let life: Life
    let purpose: Purpose
    /// Others are asked then, if the node itself was asked first.
    var directUntil: Instant?
    var ends: Instant
    /// How many others were asked, and how many of them said that they got no answer either.
    var asked = 0
    var missed = 0

    var nextDeadline: Instant { min(directUntil ?? ends, ends) }
}
