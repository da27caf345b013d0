// SPDX-License-Identifier: Apache-2.0

/// Timers that are mostly cancelled before they fire: adding and cancelling cost the same however many there are.
///
/// A hierarchical wheel after Varghese and Lauck, *Hashed and Hierarchical Timing Wheels* (1987): levels of 64 slots,
/// each slot as wide as the whole level below. A timer fires at the first tick that is not before its time, never early.
/// Whoever uses it keeps what each timer is for, by its index.
package struct TimerSlots: Sendable {
    private let origin: Int64
    private let tickNanoseconds: Int64
    /// The last tick that was handled, counted from the origin.
    private var current: UInt64 = 0
    private var entries: [Entry] = []
    private var firstFree = TimerSlots.none
    /// The first entry of each slot, level by level; a slot is a ring, so the last entry is the one before.
    private var slots = [Int32](repeating: TimerSlots.none, count: TimerSlots.levels * 64)
    /// One bit for each slot of a level that holds a timer.
    private var occupied = [UInt64](repeating: 0, count: TimerSlots.levels)
    package private(set) var count = 0

    private struct Entry: Sendable {
        var due: UInt64
        var isArmed = true
        var slot = TimerSlots.none
        var previous = TimerSlots.none
        var next = TimerSlots.none
        var generation: UInt32 = 0
    }

    package init(tick: Duration, startingAt now: Instant) {
        origin = now.nanoseconds
        tickNanoseconds = max(1_000, tick.wholeNanoseconds)
    }

    private static var none: Int32 { -1 }
    /// Six bits each: every time that an `Instant` can name is within the highest level.
    private static var levels: Int { 10 }
}

/// Names a timer until it fires or is cancelled.
package struct TimerID: Hashable, Sendable {
    package var index: Int32
    package var generation: UInt32
}

// MARK: - What the wheel does

extension TimerSlots {
    /// Arms a timer.
    package mutating func add(at instant: Instant) -> TimerID {
        let index = takeEntry(due: max(current + 1, tick(notBefore: instant)))
        link(index)
        count += 1
        return TimerID(index: index, generation: entries[Int(index)].generation)
    }

    /// Disarms a timer.
    ///
    /// - Returns: whether it was armed.
    package mutating func cancel(_ timer: TimerID) -> Bool {
        let index = Int(timer.index)
        guard index < entries.count, entries[index].generation == timer.generation, entries[index].isArmed else {
            return false
        }
        unlink(timer.index)
        free(timer.index)
        return true
    }

    /// Handles the time up to `now` and appends the timers that are due.
    package mutating func advance(to now: Instant, into due: inout [Int32]) {
        let target = elapsed(at: now) / UInt64(tickNanoseconds)
        while current < target {
            guard let (level, slot, start) = nextSlot(), start <= target else {
                current = target
                return
            }
            current = start
            empty(level * 64 + slot, into: &due)
        }
    }

    /// When `advance` has something to do next: a timer fires then, or a wide slot is spread over narrower ones.
    package var nextWake: Instant? {
        guard let (_, _, start) = nextSlot() else { return nil }
        let (elapsed, overflow) = Int64(clamping: start).multipliedReportingOverflow(by: tickNanoseconds)
        return overflow ? .distantFuture : Instant(nanoseconds: origin).advanced(by: .nanoseconds(elapsed))
    }
}

// MARK: - Ticks

extension TimerSlots {
    private func elapsed(at instant: Instant) -> UInt64 {
        guard instant.nanoseconds > origin else { return 0 }
        return UInt64(bitPattern: instant.nanoseconds &- origin)
    }

    private func tick(notBefore instant: Instant) -> UInt64 {
        let (quotient, remainder) = elapsed(at: instant).quotientAndRemainder(dividingBy: UInt64(tickNanoseconds))
        return remainder == 0 ? quotient : quotient + 1
    }

    /// The first slot that holds a timer, and the tick at which it begins. Timers of one level are all due before those
    /// of the next, and after the current tick.
    private func nextSlot() -> (level: Int, slot: Int, start: UInt64)? {
        if count == 0 { return nil }
        guard let level = occupied.firstIndex(where: { $0 != 0 }) else { return nil }
        let slot = occupied[level].trailingZeroBitCount
        let shift = UInt64(level * 6)
        let block = (current >> (shift + 6)) << (shift + 6)
        return (level, slot, block | UInt64(slot) << shift)
    }

    /// Fires what is due at the current tick and places the rest of the slot on lower levels.
    private mutating func empty(_ slot: Int, into due: inout [Int32]) {
        while slots[slot] != Self.none {
            let index = slots[slot]
            unlink(index)
            if entries[Int(index)].due > current {
                link(index)
            } else {
                free(index)
                due.append(index)
            }
        }
    }
}

// MARK: - Entries

extension TimerSlots {
    private mutating func takeEntry(due: UInt64) -> Int32 {
        guard firstFree != Self.none else {
            entries.append(Entry(due: due))
            return Int32(entries.count - 1)
        }
        let index = firstFree
        firstFree = entries[Int(index)].next
        entries[Int(index)].isArmed = true
        entries[Int(index)].due = due
        return index
    }

    private mutating func free(_ index: Int32) {
        entries[Int(index)].isArmed = false
        entries[Int(index)].generation &+= 1
        entries[Int(index)].next = firstFree
        firstFree = index
        count -= 1
    }

    /// Puts an entry at the end of its slot: on the level of the highest six bits in which its time differs from now.
    private mutating func link(_ index: Int32) {
        let due = entries[Int(index)].due
        let level = (63 - (due ^ current).leadingZeroBitCount) / 6
        let place = Int(due >> UInt64(level * 6)) & 63
        let slot = level * 64 + place
        let first = slots[slot]
        let last = first == Self.none ? index : entries[Int(first)].previous
        entries[Int(index)].slot = Int32(slot)
        entries[Int(index)].previous = last
        entries[Int(last)].next = index
        if first == Self.none { slots[slot] = index }
        entries[Int(index)].next = slots[slot]
        entries[Int(slots[slot])].previous = index
        occupied[level] |= 1 << UInt64(place)
    }

    private mutating func unlink(_ index: Int32) {
        let entry = entries[Int(index)]
        let slot = Int(entry.slot)
        if entry.next == index {
            slots[slot] = Self.none
            occupied[slot / 64] &= ~(1 << UInt64(slot % 64))
        } else {
            entries[Int(entry.previous)].next = entry.next
            entries[Int(entry.next)].previous = entry.previous
            if slots[slot] == index { slots[slot] = entry.next }
        }
    }
}
