// SPDX-License-Identifier: Apache-2.0

/// What few slots have, for a while: found by the slot's number without much hashing.
///
/// Open addressing at most half full, linear probing with backward shift deletion, as in ``SlotTable``. The slots stand
/// apart from what they have, so that a search touches little memory. Nothing depends on the order of the places.
struct SlotMap<Value: Hashable & Sendable>: Sendable {
    private var slots: [UInt32] = []
    private var values: [Value?] = []
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    private var mask: Int { slots.count - 1 }

    /// Slots are dense: multiplied by the golden ratio, neighbours lie far apart.
    @inline(__always)
    private func home(_ slot: UInt32) -> Int { Int((slot &* 0x9E37_79B1) >> 8) & mask }

    /// Where the slot stands, or the empty place where it would.
    private func place(of slot: UInt32) -> Int {
        var place = home(slot)
        while slots[place] != slot, slots[place] != .none { place = (place + 1) & mask }
        return place
    }

    subscript(slot: UInt32) -> Value? { count == 0 ? nil : values[place(of: slot)] }

    func contains(_ slot: UInt32) -> Bool { count > 0 && slots[place(of: slot)] == slot }

    /// Changes what the slot has, beginning with `fresh` if that is nothing.
    mutating func change<R>(_ slot: UInt32, from fresh: @autoclosure () -> Value, _ body: (inout Value) -> R) -> R {
        if (count + 1) * 2 > slots.count { grow() }
        let place = place(of: slot)
        if slots[place] == .none { count += 1 }
        slots[place] = slot
        var value = values[place].take() ?? fresh()
        defer { values[place] = value }
        return body(&value)
    }

    /// Changes what the slot has, if it has something.
    ///
    /// - Parameter body: returns whether nothing is left.
    /// - Returns: the same; `false` if it had nothing.
    mutating func reduce(_ slot: UInt32, _ body: (inout Value) -> Bool) -> Bool {
        guard count > 0 else { return false }
        let place = place(of: slot)
        guard var value = values[place].take() else { return false }
        if body(&value) {
            unlink(place)
            return true
        }
        values[place] = value
        return false
    }

    private mutating func grow() {
        let old = (slots, values)
        slots = Array(repeating: .none, count: max(8, old.0.count * 2))
        values = Array(repeating: nil, count: slots.count)
        for (slot, value) in zip(old.0, old.1) where slot != .none {
            let place = place(of: slot)
            (slots[place], values[place]) = (slot, value)
        }
    }

    private mutating func unlink(_ start: Int) {
        count -= 1
        var hole = start
        var next = (hole + 1) & mask
        while slots[next] != .none {
            // It may move back only if its home is not between the hole and itself.
            if (next - home(slots[next])) & mask >= (next - hole) & mask {
                (slots[hole], values[hole]) = (slots[next], values[next])
                hole = next
            }
            next = (next + 1) & mask
        }
        (slots[hole], values[hole]) = (.none, nil)
    }
}

extension SlotMap: Hashable {
    /// Two are equal if their slots have the same, wherever that lies.
    static func == (left: Self, right: Self) -> Bool {
        left.count == right.count
            && zip(left.slots, left.values).allSatisfy { slot, value in slot == .none || right[slot] == value }
    }

    func hash(into hasher: inout Hasher) { hasher.combine(count) }
}
