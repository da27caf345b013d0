// SPDX-License-Identifier: Apache-2.0

/// Which children carry a tag: a ring of memberships for each tag and a chain for each child, so that adding, removing
/// and listing cost what they touch.
struct TagIndex: Hashable, Sendable {
    private var tags = SlotTable(bits: 6)
    /// The first membership of each tag, by the tag's slot.
    private var heads = Column<UInt32>()
    private var members = Pool<Membership>(blank: Membership(child: .none, tag: .none))

    private struct Membership: Hashable, Sendable {
        var child: UInt32
        var tag: UInt32
        var previous = UInt32.none
        var next = UInt32.none
        /// The next tag of the same child.
        var nextOfChild = UInt32.none
    }

    var work: UInt64 { tags.work.units }

    /// Enters a child under its tags.
    ///
    /// - Returns: the first link of the child's chain, by which ``remove(chain:)`` finds them again.
    mutating func add(_ child: Slot, _ names: Set<String>) -> UInt32 {
        var chain = UInt32.none
        for name in names.sorted() {
            guard let (tag, _) = tags.insert(name, hash: SlotTable.hash(name)) else { continue }
            heads.extend(to: tags.capacity, with: .none)
            let head = heads[tag.index]
            let link = members.insert(
                Membership(child: child.index, tag: tag.index, next: head, nextOfChild: chain))
            if head != .none { members[head].previous = link }
            heads[tag.index] = link
            chain = link
        }
        return chain
    }

    mutating func remove(chain: UInt32) {
        var link = chain
        while link != .none {
            let gone = members.remove(link)
            if gone.next != .none { members[gone.next].previous = gone.previous }
            if gone.previous != .none {
                members[gone.previous].next = gone.next
            } else {
                heads[gone.tag] = gone.next
                if gone.next == .none { tags.remove(Slot(gone.tag)) }
            }
            link = gone.nextOfChild
        }
    }

    func names(chain: UInt32) -> Set<String> {
        var names: Set<String> = []
        var link = chain
        while link != .none {
            names.insert(tags.key(of: Slot(members[link].tag)))
            link = members[link].nextOfChild
        }
        return names
    }

    /// The children of a tag, the last entered first.
    mutating func children(of name: String) -> [Slot] {
        guard let tag = tags.find(name) else { return [] }
        var children: [Slot] = []
        var link = heads[tag.index]
        while link != .none {
            children.append(Slot(members[link].child))
            link = members[link].next
        }
        return children
    }
}
