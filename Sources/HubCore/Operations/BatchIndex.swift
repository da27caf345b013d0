// SPDX-License-Identifier: Apache-2.0

/// Finds ids that a batch names twice: one allocation for the whole batch, none for a batch of one.
struct BatchIndex: Hashable, Sendable {
    /// Indices, each with bits of its id's hash above it, so that an id is seldom looked at in vain.
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
        let hash = XXHash64.hash(own.rawValue)
        let mask = places.count - 1
        let indexMask = UInt32(mask)
        let entry = UInt32(truncatingIfNeeded: hash >> 32) & ~indexMask | UInt32(index)
        var place = Int(truncatingIfNeeded: hash) & mask
        while places[place] != .max {
            let known = places[place]
            if (known ^ entry) & ~indexMask == 0, id(Int(known & indexMask)) == own { return false }
            place = (place + 1) & mask
        }
        places[place] = entry
        return true
    }
}
