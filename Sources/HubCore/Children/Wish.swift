// SPDX-License-Identifier: Apache-2.0

/// What users want of one child, as every node holds it: the higher stamp wins.
package struct Wish: Hashable, Sendable {
    package var id: ChildID
    package var stamp: Stamp
    /// The operation that asked for it, or a number 0 of the node that wrote it of its own accord: whoever is asked
    /// again, also a later owner, sees that it was done.
    package var origin: RequestID
    package var content: Content

    package init(id: ChildID, stamp: Stamp, origin: RequestID, content: Content) {
        self.id = id
        self.stamp = stamp
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
}

/// What is wanted of a child, without the rest.
package enum Desired: UInt8, Hashable, Sendable, CaseIterable {
    case stopped = 0
    case running = 1
}
