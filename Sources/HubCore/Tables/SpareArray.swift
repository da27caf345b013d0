// SPDX-License-Identifier: Apache-2.0

/// An empty array that was full, to be filled again: what comes with every event takes no memory anew. No part of what its
/// owner is, so that all of them are equal.
struct SpareArray<Element: Sendable>: Hashable, Sendable {
    private var memory: [Element] = []

    @inline(__always)
    mutating func take() -> [Element] {
        var taken: [Element] = []
        swap(&taken, &memory)
        return taken
    }

    /// Keeps what has become empty, unless it grew large.
    @inline(__always)
    mutating func keep(_ array: inout [Element]) {
        if array.isEmpty, array.capacity <= Self.keptCapacity { swap(&memory, &array) }
    }

    private static var keptCapacity: Int { 64 }

    static func == (left: Self, right: Self) -> Bool { true }
    func hash(into hasher: inout Hasher) {}
}
