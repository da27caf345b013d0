// SPDX-License-Identifier: Apache-2.0

/// A growing row of plain values with one owner: what an array would be without its checks on every write.
///
/// Indices are not checked, so whoever holds one vouches for them.
struct Scratch<Element: BitwiseCopyable>: ~Copyable {
    private(set) var base: UnsafeMutablePointer<Element>
    private(set) var capacity: Int
    var count = 0
    private var isOwner: Bool

    /// Allocates the room.
    init(capacity: Int) {
        self.capacity = Swift.max(capacity, 1)
        self.base = .allocate(capacity: self.capacity)
        self.isOwner = true
    }

    /// Begins in room that somebody else has and frees, but not before this is gone, and leaves it when it is too small.
    init(in room: UnsafeMutablePointer<Element>, capacity: Int) {
        self.capacity = capacity
        self.base = room
        self.isOwner = false
    }

    deinit { if isOwner { base.deallocate() } }

    /// Room for so many more.
    @inline(__always)
    mutating func reserve(_ more: Int) {
        if capacity &- count < more { grow(more) }
    }

    @inline(__always)
    mutating func append(_ element: Element) {
        reserve(1)
        (base + count).initialize(to: element)
        count &+= 1
    }

    mutating func append(_ source: UnsafePointer<Element>, _ length: Int) {
        reserve(length)
        (base + count).update(from: source, count: length)
        count &+= length
    }

    @inline(never)
    private mutating func grow(_ more: Int) {
        let larger = Swift.max(capacity &* 2, count &+ more)
        let fresh = UnsafeMutablePointer<Element>.allocate(capacity: larger)
        fresh.update(from: base, count: count)
        if isOwner { base.deallocate() }
        base = fresh
        isOwner = true
        capacity = larger
    }
}
