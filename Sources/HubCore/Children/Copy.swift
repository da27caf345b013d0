// SPDX-License-Identifier: Apache-2.0

/// The state of a child on one node, as that node's slice shows it.
package struct Copy: Hashable, Sendable {
    /// Of the state: a prepared target carries the epoch of its source, not the one it will have.
    package var epoch: Epoch
    package var status: Status
    /// Finished turns in the state, 0 where the status tells nothing about it.
    package var version: UInt64
    /// Whether the state is all there.
    package var isComplete: Bool

    package init(epoch: Epoch, status: Status, version: UInt64 = 0, isComplete: Bool = true) {
        self.epoch = epoch
        self.status = status
        self.version = version
        self.isComplete = isComplete
    }

    package enum Status: Hashable, Sendable {
        /// Its instance is being made; nobody else starts one. → active, idle, or gone
        case starting
        /// It executes calls. → moving, idle, passive, or gone
        case active
        /// Its instance ended or is ending, and is started again here or not at all; nobody else starts one. → starting,
        /// or gone
        case idle
        /// Still the one to call; another node was offered the child under this epoch. → active, moved, or gone
        case moving(to: NodeName, Epoch)
        /// Given up for good: the child is there, under this epoch. → gone
        case moved(to: NodeName, Epoch)
        /// Hidden, waiting for proof that the move of this epoch was committed. → active, or gone
        case prepared(Epoch)
        /// It holds state and waits to be promoted. → active, or gone
        case passive
    }

    /// Where this copy sends callers, if it lies on `node`.
    package func route(on node: NodeName) -> Route? {
        switch status {
        case .active, .moving: Route(node: node, epoch: epoch)
        case .moved(let target, let next): Route(node: target, epoch: next)
        case .starting, .idle, .prepared, .passive: nil
        }
    }
}

/// A copy, and who holds it.
package struct KnownCopy: Hashable, Sendable {
    package var node: NodeName
    package var incarnation: Incarnation
    package var copy: Copy

    package init(node: NodeName, incarnation: Incarnation, copy: Copy) {
        self.node = node
        self.incarnation = incarnation
        self.copy = copy
    }
}

extension Copy {
    /// Whether the activation of this epoch ran here and does so no more, and none came after it.
    package func hasEnded(_ epoch: Epoch) -> Bool { self.epoch == epoch && status == .idle }
}
