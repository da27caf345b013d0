// SPDX-License-Identifier: Apache-2.0

/// The versioned list of members on which a node bases its decisions: the settled one.
///
/// A change about one member is in it once that member was unchanged for the settle time. A view is of one node and only
/// a hint about who is there: whatever must be agreed is granted.
package struct MemberView: Hashable, Sendable {
    /// Grows with each view of this node (S15).
    package var version: UInt64
    /// Whose view it is.
    package var node: NodeName
    package var standing: Standing
    /// Sorted by name; the node itself is among them once it serves.
    package var members: [Member]

    package init(version: UInt64, node: NodeName, standing: Standing, members: [Member]) {
        self.version = version
        self.node = node
        self.standing = standing
        self.members = members
    }

    package subscript(name: NodeName) -> Member? { place(of: name).map { members[$0] } }

    package func contains(_ name: NodeName) -> Bool { place(of: name) != nil }

    private func place(of name: NodeName) -> Int? {
        var low = 0
        var high = members.count
        while low < high {
            let middle = (low + high) / 2
            if members[middle].name == name { return middle }
            if members[middle].name < name { low = middle + 1 } else { high = middle }
        }
        return nil
    }
}

/// Where a node stands in its cluster.
package enum Standing: UInt8, Hashable, Sendable, CaseIterable {
    /// It has neither finished an exchange with a member nor decided that it is alone; it takes no wishes. → serving,
    /// leaving, left
    case joining = 0
    /// → unsure, leaving, left
    case serving = 1
    /// It was stopped for longer than others wait and serves nothing until a member confirms that it is still in the
    /// view. → serving (perhaps under a new incarnation), leaving
    case unsure = 2
    /// It was asked to leave: drains, then says so. → left, and unsure while it
    /// still drains
    case leaving = 3
    case left = 4
}
