// SPDX-License-Identifier: Apache-2.0

/// A copy of a child's state on one node, as far as the rules of ownership look at it.
package struct RankedCopy: Hashable, Sendable {
    package var node: NodeName
    /// The epoch under which its state was taken.
    package var epoch: Epoch
    /// How many turns had finished then.
    package var version: UInt64
    /// Whether all of the state arrived.
    package var isComplete: Bool

    package init(node: NodeName, epoch: Epoch, version: UInt64 = 0, isComplete: Bool = true) {
        self.node = node
        self.epoch = epoch
        self.version = version
        self.isComplete = isComplete
    }
}

/// The one rule for every loss of an active copy, and the one for two that meet.
package enum CopyRule {
    /// The copy that is activated when the active one is lost: the highest epoch, then the highest version, and complete.
    ///
    /// - Parameter order: what the placement prefers; decides between copies that are otherwise equal.
    /// - Returns: `nil` if there is no complete copy: the owner starts fresh.
    package static func successor(among copies: [RankedCopy], order: [NodeName]) -> RankedCopy? {
        copies.filter(\.isComplete).max { isWorse($0, than: $1, order) }
    }

    private static func isWorse(_ left: RankedCopy, than right: RankedCopy, _ order: [NodeName]) -> Bool {
        if left.epoch != right.epoch { return left.epoch < right.epoch }
        if left.version != right.version { return left.version < right.version }
        let ranks = (rank(left.node, in: order), rank(right.node, in: order))
        return ranks.0 == ranks.1 ? left.node > right.node : ranks.0 > ranks.1
    }

    private static func rank(_ node: NodeName, in order: [NodeName]) -> Int {
        order.firstIndex(of: node) ?? order.count
    }

    /// Of two active copies that meet, the one that goes on: the higher version, so that a fresh start never beats lived
    /// state, then the higher epoch. Both sides decide it alike.
    package static func survivor(of left: RankedCopy, _ right: RankedCopy) -> RankedCopy {
        if left.version != right.version { return left.version > right.version ? left : right }
        return left.epoch > right.epoch ? left : right
    }
}
