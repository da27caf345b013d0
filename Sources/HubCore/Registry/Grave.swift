// SPDX-License-Identifier: Apache-2.0

/// A tombstone, in the order they came, for its collection; worth nothing once the child has another wish.
struct Grave: Hashable, Sendable {
    var slot: UInt32
    var stamp: Stamp
    var due: Instant
    /// Its place in the log of this node's own wishes; 0 if another wrote it.
    var mark: UInt64
}
