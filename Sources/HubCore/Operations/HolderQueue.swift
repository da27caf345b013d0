// SPDX-License-Identifier: Apache-2.0

internal import DequeModule

/// Children that are done at their owner and wait until enough members hold the wish, in the order they came.
///
/// One line per asking node, because that node counts as a holder of what it asked for.
package struct HolderQueue: Hashable, Sendable {
    private var lines: [Line] = []

    private struct Line: Hashable, Sendable {
        var asker: NodeName
        var entries = Deque<Entry>()
    }

    package struct Entry: Hashable, Sendable {
        package var item: ItemPlace
        package var slot: Slot
        /// What a member must have acknowledged to count as a holder.
        package var mark: UInt64

        package init(item: ItemPlace, slot: Slot, mark: UInt64) {
            self.item = item
            self.slot = slot
            self.mark = mark
        }
    }

    package init() {}

    package var isEmpty: Bool { lines.allSatisfy { $0.entries.isEmpty } }

    package mutating func append(_ entry: Entry, asker: NodeName) {
        let place = lines.firstIndex { $0.asker >= asker } ?? lines.count
        if place == lines.count || lines[place].asker != asker { lines.insert(Line(asker: asker), at: place) }
        lines[place].entries.append(entry)
    }

    /// Takes out children whose wish is held, at most `limit`.
    ///
    /// - Parameter isHeld: whether enough members hold what was written at this mark.
    package mutating func take(limit: Int, _ isHeld: (UInt64, NodeName) -> Bool) -> [Entry] {
        var taken: [Entry] = []
        for place in lines.indices {
            while taken.count < limit, let entry = lines[place].entries.first, isHeld(entry.mark, lines[place].asker) {
                taken.append(lines[place].entries.removeFirst())
            }
        }
        if !taken.isEmpty { lines.removeAll { $0.entries.isEmpty } }
        return taken
    }
}
