// SPDX-License-Identifier: Apache-2.0

/// Names a row of a hub's tables for as long as its child is known there: dense, so that columns follow it.
package struct Slot: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let index: UInt32
    package init(_ index: UInt32) { self.index = index }
    package static func < (left: Self, right: Self) -> Bool { left.index < right.index }
    package var description: String { "#\(index)" }
}

/// A slot as somebody remembered it: worth nothing once the slot was freed.
package struct SlotReference: Hashable, Sendable {
    package let slot: Slot
    package let generation: UInt32
}

/// Texts and their slots: sharded open addressing, so that no single growth is long.
///
/// The shard of a text is the high bits of its hash and serves as the bucket of digests too. A place in a shard holds a
/// slot and eight bits of the hash, so that a row is seldom looked at in vain. Linear probing with backward shift
/// deletion, after Knuth, *The Art of Computer Programming*, volume 3, 6.4, algorithm R.
package struct SlotTable: Sendable {
    private var shards: [[UInt32]]
    /// The bits of a hash that choose the place in each shard, 0 in one that has no place. Read instead of the shard's own
    /// length, so that nobody waits for two pieces of far memory, one after the other.
    private var widths: [UInt8]
    private var occupied: [UInt32]
    private var rows = Column<Row>()
    private var free: [UInt32] = []
    private let bits: UInt64
    package private(set) var work = WorkMeter()

    private struct Row: Hashable, Sendable {
        var key: String
        var hash: UInt64
        var generation: UInt32 = 0
        var isUsed = true
    }

    /// - Parameter bits: of the hash that choose the shard, 0 to 16.
    package init(bits: Int) {
        self.bits = UInt64(bits)
        shards = Array(repeating: [], count: 1 << bits)
        widths = Array(repeating: 0, count: 1 << bits)
        occupied = Array(repeating: 0, count: 1 << bits)
    }

    package var count: Int { rows.count - free.count }
    /// Slots ever given out: what columns are as long as.
    package var capacity: Int { rows.count }
    package var buckets: Int { shards.count }

    /// The hash of a text, by which it has its bucket here and its place among the nodes.
    package static func hash(_ key: String) -> UInt64 { XXHash64.hash(key) }

    private static var emptyPlace: UInt32 { .max }
    private static var slotMask: UInt32 { 0xFF_FFFF }
    /// Slots have 24 bits, and the last is no slot.
    package static var capacityLimit: Int { Int(slotMask) }

    @inline(__always)
    private func shard(_ hash: UInt64) -> Int { bits == 0 ? 0 : Int(hash >> (64 - bits)) }

    /// Of the hash, for its place in the shard.
    @inline(__always)
    private func mask(_ shard: Int) -> Int { 1 << Int(widths[shard]) - 1 }

    @inline(__always)
    private static func place(_ slot: UInt32, _ hash: UInt64) -> UInt32 {
        slot | UInt32(truncatingIfNeeded: hash >> 8) & ~slotMask
    }
}

// MARK: - Reading

extension SlotTable {
    package func key(of slot: Slot) -> String { rows[slot.index].key }
    package func hash(of slot: Slot) -> UInt64 { rows[slot.index].hash }
    package func bucket(of slot: Slot) -> Int { shard(rows[slot.index].hash) }
    package func bucket(ofHash hash: UInt64) -> Int { shard(hash) }
    package func isUsed(_ slot: Slot) -> Bool { Int(slot.index) < rows.count && rows[slot.index].isUsed }

    package func reference(to slot: Slot) -> SlotReference {
        SlotReference(slot: slot, generation: rows[slot.index].generation)
    }

    package func slot(of reference: SlotReference) -> Slot? {
        isUsed(reference.slot) && rows[reference.slot.index].generation == reference.generation ? reference.slot : nil
    }

    package mutating func find(_ key: String) -> Slot? { find(key, hash: Self.hash(key)) }

    package mutating func find(_ key: String, hash: UInt64) -> Slot? {
        let shard = shard(hash)
        work.count()
        return place(of: key, hash, in: shard).map { Slot(shards[shard][$0] & Self.slotMask) }
    }

    /// The same without counting it: for who watches, and is no part of what is watched.
    package func peek(_ key: String) -> Slot? {
        let hash = Self.hash(key)
        let shard = shard(hash)
        return place(of: key, hash, in: shard).map { Slot(shards[shard][$0] & Self.slotMask) }
    }

    /// How many texts a bucket holds.
    package func count(inBucket bucket: Int) -> Int { Int(occupied[bucket]) }

    /// The slots of a bucket, in the order of the table.
    package mutating func slots(inBucket bucket: Int) -> [Slot] {
        work.count(shards[bucket].count)
        return shards[bucket].compactMap { $0 == Self.emptyPlace ? nil : Slot($0 & Self.slotMask) }
    }

    /// The first used slot from `index` on, looking at no more than `steps` rows.
    package mutating func next(from index: inout UInt32, steps: inout Int) -> Slot? {
        while steps > 0, Int(index) < rows.count {
            let slot = Slot(index)
            index += 1
            steps -= 1
            work.count()
            if rows[slot.index].isUsed { return slot }
        }
        return nil
    }

    private func place(of key: String, _ hash: UInt64, in shard: Int) -> Int? {
        let mask = mask(shard)
        guard mask > 0 else { return nil }
        let tag = UInt32(truncatingIfNeeded: hash >> 8) & ~Self.slotMask
        var place = Int(truncatingIfNeeded: hash) & mask
        while true {
            let content = shards[shard][place]
            if content == Self.emptyPlace { return nil }
            if content & ~Self.slotMask == tag {
                // Where the row lies: to copy it would hold its text and let go of it again.
                let index = content & Self.slotMask
                if rows[index].hash == hash, rows[index].key == key { return place }
            }
            place = (place + 1) & mask
        }
    }
}

// MARK: - Writing

extension SlotTable {
    /// The slot of a text, a new one if it has none.
    ///
    /// - Returns: `nil` if the table is full.
    package mutating func insert(_ key: String, hash: UInt64) -> (slot: Slot, isNew: Bool)? {
        if let slot = find(key, hash: hash) { return (slot, false) }
        return add(key, hash: hash).map { ($0, true) }
    }

    /// The slot of a text that has none, as ``find(_:hash:)`` just said.
    ///
    /// - Returns: `nil` if the table is full.
    package mutating func add(_ key: String, hash: UInt64) -> Slot? {
        guard count < Self.capacityLimit else { return nil }
        let slot = takeRow(key, hash)
        let shard = shard(hash)
        occupied[shard] += 1
        if Int(occupied[shard]) * 4 > mask(shard) * 3 { grow(shard) }
        link(slot, hash, in: shard)
        return Slot(slot)
    }

    /// Frees a slot; what is remembered of it is void from now on.
    package mutating func remove(_ slot: Slot) {
        let row = rows[slot.index]
        guard row.isUsed else { return }
        let shard = shard(row.hash)
        if let place = place(of: row.key, row.hash, in: shard) { unlink(place, in: shard) }
        occupied[shard] -= 1
        rows[slot.index] = Row(key: "", hash: 0, generation: row.generation &+ 1, isUsed: false)
        free.append(slot.index)
        work.count()
    }

    private mutating func takeRow(_ key: String, _ hash: UInt64) -> UInt32 {
        work.count()
        guard let slot = free.popLast() else {
            rows.append(Row(key: key, hash: hash))
            return UInt32(rows.count - 1)
        }
        rows[slot].key = key
        rows[slot].hash = hash
        rows[slot].isUsed = true
        return slot
    }

    /// Half as much again in four steps would save memory; doubling keeps the mask.
    private mutating func grow(_ shard: Int) {
        let old = shards[shard]
        widths[shard] = max(2, widths[shard] + 1)
        shards[shard] = Array(repeating: Self.emptyPlace, count: 1 << Int(widths[shard]))
        for place in old where place != Self.emptyPlace {
            link(place & Self.slotMask, rows[place & Self.slotMask].hash, in: shard)
        }
        work.count(old.count)
    }

    private mutating func link(_ slot: UInt32, _ hash: UInt64, in shard: Int) {
        let mask = mask(shard)
        var place = Int(truncatingIfNeeded: hash) & mask
        while shards[shard][place] != Self.emptyPlace { place = (place + 1) & mask }
        shards[shard][place] = Self.place(slot, hash)
    }

    private mutating func unlink(_ start: Int, in shard: Int) {
        let mask = mask(shard)
        var hole = start
        var next = (hole + 1) & mask
        while shards[shard][next] != Self.emptyPlace {
            let home = Int(truncatingIfNeeded: rows[shards[shard][next] & Self.slotMask].hash) & mask
            // A place may move back only if its home is not between the hole and itself.
            if (next - home) & mask >= (next - hole) & mask {
                shards[shard][hole] = shards[shard][next]
                hole = next
            }
            next = (next + 1) & mask
            work.count()
        }
        shards[shard][hole] = Self.emptyPlace
    }
}

extension SlotTable: Hashable {
    package static func == (left: Self, right: Self) -> Bool {
        left.bits == right.bits && left.rows == right.rows && left.free == right.free && left.shards == right.shards
    }
    package func hash(into hasher: inout Hasher) {
        hasher.combine(rows.count)
        hasher.combine(free.count)
    }
}
