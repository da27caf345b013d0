// SPDX-License-Identifier: Apache-2.0

/// One child in the registry's table: its wish, and where the chain of its copies begins.
struct WishRow: Hashable, Sendable {
    var stamp = Stamp.zero
    var origin = RequestID(caller: Incarnation(rawValue: 0), sequence: 0)
    var arguments = SmallBytes.none
    var firstCopy = UInt32.none
    /// Into the pool of what few children have.
    var extra = UInt32.none
    /// Of what was seen running last; none of a child that this node knows by its tombstone alone.
    var kind = KindNames.none
    /// How often the machine asked to keep the slot.
    var pins: UInt16 = 0
    var state = State.none
    var restart = RestartPolicy.permanent
    /// It waits in the queue of changed ones.
    var isDirty = false
    /// It is not told to others yet, nor is what was written later.
    var isWithheld = false
    /// There may be a vacancy.
    var isVacated = false

    enum State: UInt8, Hashable, Sendable {
        /// Only copies are known. → stopped, running
        case none = 0
        /// → running, none
        case stopped = 1
        /// → running, stopped, none
        case running = 2
    }
}

/// What few children have.
struct WishExtra: Hashable, Sendable {
    /// Of the start that a change goes back to, or of a request that was decided late; zero if the wish begins with its own.
    var since = Stamp.zero
    var metadata: [String: MetadataValue] = [:]
    /// Of the child's memberships in the tag index.
    var tags = UInt32.none
    var shutdown = Limits.childShutdown
    var placedOn: [NodeName] = []
}

/// The digest of one wish: the stamp names its content, for no two wishes share one.
enum WishDigest {
    static func of(_ hash: UInt64, _ stamp: Stamp) -> UInt64 {
        Mix.finish(hash ^ Mix.finish(stamp.time ^ Mix.finish(stamp.incarnation.rawValue)))
    }
}
