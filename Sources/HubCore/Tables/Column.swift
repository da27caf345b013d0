// SPDX-License-Identifier: Apache-2.0

/// A column of a table, by slot: pages instead of one array, so that growing never moves what is already there.
package struct Column<Element: Sendable>: Sendable {
    private var pages: [[Element]] = []
    package private(set) var count = 0

    private static var shift: Int { 10 }
    private static var mask: Int { (1 << shift) - 1 }

    package init() {}

    /// - Precondition: `index` is below ``count``; slots come from a table, never from a peer.
    @inline(__always)
    package subscript(index: UInt32) -> Element {
        _read { yield pages[Int(index) >> Self.shift][Int(index) & Self.mask] }
        _modify { yield &pages[Int(index) >> Self.shift][Int(index) & Self.mask] }
    }

    package mutating func append(_ element: Element) {
        if count & Self.mask == 0 {
            var page: [Element] = []
            // The first page grows as it fills, so that a small table stays small.
            if count > 0 { page.reserveCapacity(Self.mask + 1) }
            pages.append(page)
        }
        pages[pages.count - 1].append(element)
        count += 1
    }

    /// Makes the column as long as the table whose slots it follows.
    package mutating func extend(to count: Int, with element: Element) {
        while self.count < count { append(element) }
    }
}

extension Column: Equatable where Element: Equatable {}
extension Column: Hashable where Element: Hashable {
    package func hash(into hasher: inout Hasher) { hasher.combine(count) }
}

/// A column whose rows come and go: freed rows are taken again, the last freed first.
package struct Pool<Element: Sendable>: Sendable {
    private var rows = Column<Element>()
    private var free: [UInt32] = []
    private let blank: Element

    /// - Parameter blank: what a freed row holds, so that it keeps nothing alive.
    package init(blank: Element) { self.blank = blank }

    package var count: Int { rows.count - free.count }
    /// Rows ever given out.
    package var capacity: Int { rows.count }

    @inline(__always)
    package subscript(index: UInt32) -> Element {
        _read { yield rows[index] }
        _modify { yield &rows[index] }
    }

    /// Changes a row where it lies. The subscript does so as well, but for a row that may be empty, as in `pool[index]?.a = b`:
    /// that takes memory each time.
    @inline(__always)
    package mutating func update(_ index: UInt32, _ body: (inout Element) -> Void) { body(&rows[index]) }

    package mutating func insert(_ element: Element) -> UInt32 {
        guard let index = free.popLast() else {
            rows.append(element)
            return UInt32(rows.count - 1)
        }
        rows[index] = element
        return index
    }

    package mutating func remove(_ index: UInt32) -> Element {
        let element = rows[index]
        rows[index] = blank
        free.append(index)
        return element
    }
}

extension Pool: Equatable where Element: Equatable {}
extension Pool: Hashable where Element: Hashable {
    package func hash(into hasher: inout Hasher) { hasher.combine(count) }
}

extension UInt32 {
    /// No row.
    package static var none: UInt32 { .max }
}
