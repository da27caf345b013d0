// SPDX-License-Identifier: Apache-2.0

internal import DequeModule

/// Children whose start this node refused because no member can run their kind: what a member had wished for that start,
/// before it knew that it cannot run it, falls when this node hears of it.
package struct Refusals: Hashable, Sendable {
    private var operations: [ChildID: RequestID] = [:]
    /// The oldest first; some may have been refused again since.
    private var order: Deque<Refusal> = []

    private struct Refusal: Hashable, Sendable {
        var child: ChildID
        var operation: RequestID
        var until: Instant
    }

    package init() {}

    package var isEmpty: Bool { operations.isEmpty }

    /// Of more than are remembered the oldest is forgotten.
    package mutating func note(_ child: ChildID, of operation: RequestID, until: Instant, at now: Instant) {
        while let first = order.first, first.until <= now || order.count >= Limits.refusals {
            order.removeFirst()
            if operations[first.child] == first.operation { operations[first.child] = nil }
        }
        guard operations.updateValue(operation, forKey: child) != operation else { return }
        order.append(Refusal(child: child, operation: operation, until: until))
    }

    /// Whether the child's start by this operation was refused.
    package func contains(_ child: ChildID, of operation: RequestID) -> Bool { operations[child] == operation }
}
