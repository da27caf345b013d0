// SPDX-License-Identifier: Apache-2.0

/// A tombstone, in the order they came, for its collection; worth nothing once the child has another wish.
struct Grave: Hashable, Sendable {
    var slot: UInt32
    var stamp: Stamp
    var due: Instant
}
