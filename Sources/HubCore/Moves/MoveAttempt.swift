// SPDX-License-Identifier: Apache-2.0

/// One child on its way from this node to another.
package struct MoveAttempt: Hashable, Sendable {
    package var target: NodeName
    /// The epoch the child will have there; minted anew for every target, so that an aborted one is never used again.
    package var epoch: Epoch
    /// Targets that were asked before, this one included.
    package var tried: [NodeName]

    package init(target: NodeName, epoch: Epoch, tried: [NodeName] = []) {
        self.target = target
        self.epoch = epoch
        self.tried = tried.contains(target) ? tried : tried + [target]
    }

    /// The next target in the order of the placement, `nil` once enough were tried.
    package func next(among owners: [NodeName]) -> NodeName? {
        tried.count < Limits.moveTargets ? owners.first { !tried.contains($0) } : nil
    }
}

/// How long children whose move failed stay where they are before the next attempt.
package enum MoveBackoff {
    /// - Parameter failures: moves of the child that failed in a row, at least 1.
    package static func wait(after failures: Int) -> Duration {
        min(Limits.moveBackoffMaximum, Limits.moveBackoffMinimum * (1 << min(max(0, failures - 1), 10)))
    }
}

/// The places for moves on one side of a node: never more than its limit, and who finds none waits in line.
package struct MoveSlots: Hashable, Sendable {
    package let limit: Int
    package private(set) var used = 0

    package init(limit: Int) { self.limit = max(1, limit) }

    package var hasRoom: Bool { used < limit }

    package mutating func take() -> Bool {
        guard hasRoom else { return false }
        used += 1
        return true
    }

    package mutating func release() { used -= 1 }
}
