// SPDX-License-Identifier: Apache-2.0

/// Finds ids that a batch names twice: one allocation for the whole batch, none for a batch of one.
struct BatchIndex: Hashable, Sendable {
    private var places: [UInt32]

    init(count: Int) {
        var size = 1
        while size < count * 2 { size *= 2 }
        places = count > 1 ? Array(repeating: .max, count: size) : []
    }

    /// Takes note of the id at `index` of the batch.
    ///
    /// - Parameter id: the id at an index that was noted before.
    /// - Returns: `false` if the batch named it before.
    mutating func insert(_ index: Int, id: (Int) -> ChildID) -> Bool {
        if places.isEmpty { return true }
        let own = id(index)
        let mask = places.count - 1
        var place = Int(truncatingIfNeeded: XXHash64.hash(own.rawValue)) & mask
        while places[place] != .max {
            if id(Int(places[place])) == own { return false }
            place = (place + 1) & mask
        }
        places[place] = UInt32(index)
        return true
    }
}
