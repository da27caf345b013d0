// SPDX-License-Identifier: Apache-2.0

/// Finds the keys of a wide map: numbers of keys under their hashes, with open addressing.
///
/// The hash is seeded anew in each process, so that nobody can choose keys that collide.
struct KeyTable {
    private var slots: [UInt32]
    private let mask: Int

    init(capacity: Int) {
        var size = 16
        while size < capacity &* 2 { size &*= 2 }
        slots = [UInt32](repeating: 0, count: size)
        mask = size &- 1
    }

    static func hash(_ text: UnsafePointer<UInt8>, _ length: Int) -> Int {
        var hasher = Hasher()
        hasher.combine(bytes: UnsafeRawBufferPointer(start: text, count: length))
        return hasher.finalize()
    }

    /// Adds a key unless an equal one is there, which it returns.
    mutating func insert(_ key: Int, hash: Int, isEqual: (Int) -> Bool) -> Int? {
        var slot = hash & mask
        while slots[slot] != 0 {
            let other = Int(slots[slot]) &- 1
            if isEqual(other) { return other }
            slot = (slot &+ 1) & mask
        }
        slots[slot] = UInt32(truncatingIfNeeded: key &+ 1)
        return nil
    }

    func find(hash: Int, isEqual: (Int) -> Bool) -> Int? {
        var slot = hash & mask
        while slots[slot] != 0 {
            let other = Int(slots[slot]) &- 1
            if isEqual(other) { return other }
            slot = (slot &+ 1) & mask
        }
        return nil
    }
}
