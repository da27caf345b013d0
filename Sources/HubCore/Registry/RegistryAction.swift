// SPDX-License-Identifier: Apache-2.0

/// What the registry asks of the machine it is part of, or tells it, in order.
package enum RegistryAction: Hashable, Sendable {
    case send(RegistryMessage, to: NodeName)
    /// The life that held this copy is over; the copy is out of every answer already. Before it goes, it is told.
    case copyLost(Slot, KnownCopy)
    /// The member holds what this node wished, up to this mark.
    case held(NodeName, upTo: WishMark)
    /// The first full exchange is done, or there is nobody to have one with: wishes may be taken from now on.
    case becameReady
    /// A full exchange with the member was completed.
    case exchanged(NodeName)
    /// A collected tombstone covers this wish: it came back with a member that was away, and was dropped.
    case dropped(ChildID)
    /// A stamp more than a year ahead came from there and was refused.
    case refusedStamp(Stamp, from: NodeName)
    /// There is more to be done than one batch may: call ``Registry/work(_:at:into:)`` in the next.
    case continueWork
}

/// Where in this life's own log a wish was written: whoever has acknowledged as much holds it.
package struct WishMark: Hashable, Comparable, Sendable {
    package let number: UInt64
    package init(_ number: UInt64) { self.number = number }
    package static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

/// A wish that was written here.
package struct Wished: Hashable, Sendable {
    package var slot: Slot
    package var stamp: Stamp
    package var mark: WishMark

    package init(slot: Slot, stamp: Stamp, mark: WishMark) {
        self.slot = slot
        self.stamp = stamp
        self.mark = mark
    }
}
