// SPDX-License-Identifier: Apache-2.0

/// One life of a hub on a node: the owner of a slice and of a log. A hub that is stopped and started again on a living
/// node is another life, though the incarnation is the same.
package struct HubLife: Hashable, Sendable, CustomStringConvertible {
    package var node: NodeName
    /// Minted when the life began.
    package var birth: Stamp

    package init(node: NodeName, birth: Stamp) {
        self.node = node
        self.birth = birth
    }

    package var incarnation: Incarnation { birth.incarnation }

    /// Numbers first: nearly all that differ, differ there.
    package static func == (left: Self, right: Self) -> Bool { left.birth == right.birth && left.node == right.node }

    /// Whether it is an earlier life of the same hub in the same life of the node.
    package func precedes(_ other: HubLife) -> Bool {
        node == other.node && incarnation == other.incarnation && birth < other.birth
    }

    package var description: String { "\(node)/\(birth)" }
}
