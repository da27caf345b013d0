// SPDX-License-Identifier: Apache-2.0

/// What users want of one child, as every node holds it: the higher ``version`` wins.
package struct Wish: Hashable, Sendable {
    package var id: ChildID
    package var stamp: Stamp
    /// Of a change the stamp of the start that it goes back to, so a stop that came after the start is the last word, also
    /// where it was not known when the change was decided. Of a start or a stop that was decided late the stamp of the
    /// request: what was asked after it is the last word.
    package var since: Stamp
    /// The operation that asked for it, or a number 0 of the node that wrote it of its own accord: whoever is asked
    /// again, also a later owner, sees that it was done.
    package var origin: RequestID
    package var content: Content

    /// - Parameter since: the stamp of the start, if this is a change, or of a request that was decided late; else the wish
    ///   begins with its own stamp.
    package init(id: ChildID, stamp: Stamp, since: Stamp? = nil, origin: RequestID, content: Content) {
        self.id = id
        self.stamp = stamp
        self.since = since ?? stamp
        self.origin = origin
        self.content = content
    }

    package enum Content: Hashable, Sendable {
        /// It shall run. `placedOn` is the recorded answer of a strategy that one node decides; empty for the others.
        /// → running (changed), stopped
        case running(Child, placedOn: [NodeName])
        /// It shall not run: a tombstone. → running (a new start), or forgotten once its horizon covers it
        case stopped
    }

    package var isRunning: Bool {
        if case .running = content { true } else { false }
    }

    package var version: Version { Version(since: since, stamp: stamp) }

    /// The order of wishes for one child: the later start or stop, and of changes since one start the later.
    package struct Version: Hashable, Comparable, Sendable {
        package var since: Stamp
        package var stamp: Stamp

        package init(since: Stamp, stamp: Stamp) {
            self.since = since
            self.stamp = stamp
        }

        package static func < (left: Self, right: Self) -> Bool {
            left.since == right.since ? left.stamp < right.stamp : left.since < right.since
        }
    }
}

/// What is wanted of a child, without the rest.
package enum Desired: UInt8, Hashable, Sendable, CaseIterable {
    case stopped = 0
    case running = 1
}
