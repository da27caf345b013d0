// SPDX-License-Identifier: Apache-2.0

internal import DequeModule

/// First in, first out, in pieces: neither end moves what stays.
package struct PiecedQueue<Element: Sendable>: Sendable {
    private var pieces: Deque<[Element]> = []
    /// Taken from the first piece already.
    private var gone = 0
    package private(set) var count = 0

    private static var pieceSize: Int { 256 }

    package init() {}

    package mutating func append(_ element: consuming Element) {
        if pieces.last.map({ $0.count == Self.pieceSize }) ?? true { pieces.append([]) }
        pieces[pieces.count - 1].append(element)
        count += 1
    }

    package var first: Element? { count == 0 ? nil : pieces[0][gone] }

    /// Counted from the first that is left.
    package subscript(place: Int) -> Element {
        pieces[(gone + place) / Self.pieceSize][(gone + place) % Self.pieceSize]
    }

    package mutating func popFirst() -> Element? {
        guard count > 0 else { return nil }
        count -= 1
        if count == 0, gone == pieces[0].count - 1 { return popOnly() }
        let element = pieces[0][gone]
        gone += 1
        if gone == pieces[0].count {
            pieces.removeFirst()
            gone = 0
        }
        return element
    }

    /// The last that is left is moved out, and its piece kept if it is small: what is mostly empty takes no memory anew for
    /// each element.
    private mutating func popOnly() -> Element? {
        gone = 0
        guard pieces[0].capacity <= Self.keptCapacity else { return pieces.removeFirst().last }
        if pieces[0].count == 1 { return pieces[0].popLast() }
        defer { pieces[0].removeAll(keepingCapacity: true) }
        return pieces[0].popLast()
    }

    private static var keptCapacity: Int { 8 }
}

extension PiecedQueue: Equatable where Element: Equatable {}
extension PiecedQueue: Hashable where Element: Hashable {}
