// SPDX-License-Identifier: Apache-2.0

internal import DequeModule

/// Rows in the order in which they changed, numbered from 1: whoever holds everything up to a number asks for the rest.
///
/// Kept in pieces: neither appending nor trimming moves what stays.
package struct NumberedLog: Hashable, Sendable {
    private var pieces: Deque<[UInt32]> = []
    /// The number before the first that is kept.
    package private(set) var trimmed: UInt64 = 0
    /// The number of the last row; 0 before there is one.
    package private(set) var last: UInt64 = 0
    /// Rows of the first piece that are trimmed already.
    private var gone = 0
    package private(set) var work = WorkMeter()

    private static var pieceSize: Int { 512 }

    package init() {}

    package var count: Int { Int(last - trimmed) }

    /// - Returns: the number of the row.
    package mutating func append(_ row: UInt32) -> UInt64 {
        if pieces.last.map({ $0.count == Self.pieceSize }) ?? true { pieces.append([]) }
        pieces[pieces.count - 1].append(row)
        work.count()
        last += 1
        return last
    }

    /// The row of a number, `nil` if it was trimmed or is yet to come.
    package mutating func row(_ number: UInt64) -> UInt32? {
        guard number > trimmed, number <= last else { return nil }
        work.count()
        let place = Int(number - trimmed) - 1 + gone
        return pieces[place / Self.pieceSize][place % Self.pieceSize]
    }

    /// Forgets the rows up to a number.
    package mutating func trim(upTo number: UInt64) {
        let count = Int(min(number, last)) - Int(trimmed)
        guard count > 0 else { return }
        trimmed += UInt64(count)
        gone += count
        while gone >= Self.pieceSize {
            pieces.removeFirst()
            gone -= Self.pieceSize
            work.count()
        }
        if trimmed == last {
            pieces.removeAll()
            gone = 0
        }
    }
}
