// SPDX-License-Identifier: Apache-2.0

/// Names one start, stop or change that a caller of this node asked for.
///
/// No two of one hub have the same number while the node lives, not even if the hub is stopped and begun again between
/// them: owners answer a number that they know as they answered it before.
package struct OperationID: Hashable, Comparable, Sendable {
    package let number: UInt64
    package init(_ number: UInt64) { self.number = number }
    package static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

/// What became of one child of a start, a stop or a change.
package enum ChildOutcome: Hashable, Sendable {
    /// It runs there under this epoch, and `holders` nodes hold the wish.
    case started(Route, holders: Int)
    /// It is stopped, and `holders` nodes hold the tombstone. `hosts` ran it.
    case stopped(hosts: [NodeName], holders: Int)
    /// Its metadata or tags are changed.
    case changed(holders: Int)
    case failed(ChildFault)

    package var isFailure: Bool { if case .failed = self { true } else { false } }
}

/// Why a start, a stop or a change did not do what was asked for one child.
package enum ChildFault: Hashable, Sendable {
    /// It is wished for already; where it runs, if it does.
    case alreadyStarted(Route?)
    /// The batch names it twice.
    case duplicate
    /// No such child is wished for.
    case unknown
    case startFailed(StartFault, on: NodeName)
    /// No member takes the child.
    case noOwner
    /// It was passed on more often than the hop limit.
    case tooManyHops
    /// The deadline passed. `accepted` says whether the owner has the wish, so that it may yet be done.
    case deadlinePassed(accepted: Bool)
    /// Other children of the batch failed, and this one was taken back.
    case rolledBack
    /// This side of the cluster has no quorum.
    case partitioned
    /// The node leaves.
    case leaving
    /// A queue is full; nothing was done.
    case overloaded
    /// A strategy refused it.
    case refused(String)
}

/// One child of an operation, and what became of it.
package struct ChildAnswer: Hashable, Sendable {
    package var child: ChildID
    package var outcome: ChildOutcome
    /// Its place in the operation, so that whoever gathers answers need not look for it.
    package var place: Int

    package init(_ child: ChildID, _ outcome: ChildOutcome, at place: Int = 0) {
        self.child = child
        self.place = place
        self.outcome = outcome
    }
}
