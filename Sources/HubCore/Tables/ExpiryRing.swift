// SPDX-License-Identifier: Apache-2.0

/// Keys that all live equally long, in the order they came: one per node, so that an idle process pays nothing.
///
/// Bounded: the key that finds no room pushes out the oldest. Both ends are O(1), and no single append copies what is
/// already there.
///
/// Not generic: what is generic in a package is not specialised for another module.
package struct ExpiryRing: Sendable {
    /// A request, and who remembers it.
    package struct Key: Sendable {
        package var owner: any AnyObject & Sendable
        package var request: RequestID

        package init(owner: any AnyObject & Sendable, request: RequestID) {
            self.owner = owner
            self.request = request
        }
    }

    private let lifetime: Duration
    private let capacity: Int
    /// Full but for the last; pieces instead of one array, so that growing never moves the whole ring.
    private var pieces: [Piece] = []
    /// The piece that holds the oldest key, and that key's place in it.
    private var head = (piece: 0, place: 0)
    package private(set) var count = 0

    private typealias Piece = [Entry]
    private struct Entry: Sendable {
        /// `nil` once taken out, so that the ring keeps no owner alive.
        var key: Key?
        var expires: Instant
    }
    private static var pieceSize: Int { 512 }

    /// - Parameter capacity: at least 1.
    package init(lifetime: Duration, capacity: Int) {
        self.lifetime = lifetime
        self.capacity = max(1, capacity)
    }

    /// Adds a key that expires one lifetime after `now`.
    ///
    /// - Returns: the oldest key, if it had to go to make room.
    package mutating func append(_ key: Key, at now: Instant) -> Key? {
        let evicted = count == capacity ? removeFirst() : nil
        if pieces.last.map({ $0.count == Self.pieceSize }) ?? true {
            var piece = Piece()
            piece.reserveCapacity(Self.pieceSize)
            pieces.append(piece)
        }
        pieces[pieces.count - 1].append(Entry(key: key, expires: now.advanced(by: lifetime)))
        count += 1
        return evicted
    }

    /// When the oldest key expires.
    package var nextExpiry: Instant? {
        count == 0 ? nil : pieces[head.piece][head.place].expires
    }

    /// Takes out the oldest key if its time is over.
    package mutating func popExpired(at now: Instant) -> Key? {
        guard let next = nextExpiry, next <= now else { return nil }
        return removeFirst()
    }

    /// Takes out the oldest key before its time, to make room for something else.
    package mutating func popOldest() -> Key? {
        count == 0 ? nil : removeFirst()
    }

    private mutating func removeFirst() -> Key? {
        let key = pieces[head.piece][head.place].key.take()
        count -= 1
        head.place += 1
        if head.place == pieces[head.piece].count { leavePiece() }
        return key
    }

    private mutating func leavePiece() {
        pieces[head.piece] = []
        head = (head.piece + 1, 0)
        guard head.piece * 2 > pieces.count else { return }
        pieces.removeFirst(head.piece)
        head.piece = 0
    }
}
