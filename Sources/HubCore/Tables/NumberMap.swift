// SPDX-License-Identifier: Apache-2.0

/// What a few numbers have, for a while: found without much hashing, read and changed where it lies.
///
/// Open addressing at most half full, linear probing with backward shift deletion, as in ``SlotTable``. The numbers stand
/// apart from what they have, so that a search touches little memory. Nothing depends on the order of the places. The
/// highest number is none.
struct NumberMap<Number: FixedWidthInteger & UnsignedInteger & Sendable, Value: Hashable & Sendable>: Sendable {
    private var keys: [Number] = []
    private var values: [Value?] = []
    private(set) var count = 0

    init() {}

    var isEmpty: Bool { count == 0 }

    private var mask: Int { keys.count - 1 }

    private static var none: Number { .max }

    /// Numbers are dense: multiplied by the golden ratio, neighbours lie far apart.
    @inline(__always)
    private func home(_ number: Number) -> Int {
        Int(truncatingIfNeeded: (UInt64(truncatingIfNeeded: number) &* 0x9E37_79B9_7F4A_7C15) >> 32) & mask
    }

    /// Where the number stands, or the empty place where it would.
    private func place(of number: Number) -> Int {
        var place = home(number)
        while keys[place] != number, keys[place] != Self.none { place = (place + 1) & mask }
        return place
    }
}

// MARK: - Reading

extension NumberMap {
    /// A copy of what the number has.
    subscript(number: Number) -> Value? { count == 0 ? nil : values[place(of: number)] }

    func contains(_ number: Number) -> Bool {
        count > 0 && number != Self.none && keys[place(of: number)] == number
    }

    /// All numbers, in no order.
    var numbers: [Number] { keys.filter { $0 != Self.none } }

    /// What a number has, if it has something, read where it lies: it may be large to be copied.
    @inline(__always)
    func read<Result>(_ number: Number, _ body: (Value?) -> Result) -> Result {
        guard count > 0 else { return body(nil) }
        let place = place(of: number)
        return values.withUnsafeBufferPointer { body($0[place]) }
    }
}

// MARK: - Changing

extension NumberMap {
    /// Gives a number this, whatever it had.
    mutating func put(_ value: consuming Value, _ number: Number) {
        let place = makePlace(of: number)
        values[place] = value
    }

    /// Takes out what a number has.
    mutating func take(_ number: Number) -> Value? {
        guard count > 0 else { return nil }
        let place = place(of: number)
        guard let value = values[place].take() else { return nil }
        unlink(place)
        return value
    }

    /// Changes what the number has, if it has something, where it lies. It is not to be taken away.
    @inline(__always)
    @discardableResult
    mutating func update<Result>(_ number: Number, _ body: (inout Value?) -> Result?) -> Result? {
        guard contains(number) else { return nil }
        let place = place(of: number)
        return values.withUnsafeMutableBufferPointer { body(&$0[place]) }
    }

    /// Changes what the number has, beginning with `fresh` if that is nothing.
    mutating func change<Result>(
        _ number: Number, from fresh: @autoclosure () -> Value, _ body: (inout Value) -> Result
    ) -> Result {
        let place = makePlace(of: number)
        var value = values[place].take() ?? fresh()
        defer { values[place] = value }
        return body(&value)
    }

    /// Changes what the number has, if it has something.
    ///
    /// - Parameter body: returns whether nothing is left.
    /// - Returns: the same; `false` if it had nothing.
    mutating func reduce(_ number: Number, _ body: (inout Value) -> Bool) -> Bool {
        guard count > 0 else { return false }
        let place = place(of: number)
        guard var value = values[place].take() else { return false }
        if body(&value) {
            unlink(place)
            return true
        }
        values[place] = value
        return false
    }

    /// The place of a number, which has something from now on.
    private mutating func makePlace(of number: Number) -> Int {
        assert(number != Self.none)
        if (count + 1) * 2 > keys.count { grow() }
        let place = place(of: number)
        if keys[place] == Self.none { count += 1 }
        keys[place] = number
        return place
    }

    private mutating func grow() {
        let old = (keys, values)
        keys = Array(repeating: Self.none, count: max(8, old.0.count * 2))
        values = Array(repeating: nil, count: keys.count)
        for (number, value) in zip(old.0, old.1) where number != Self.none {
            let place = place(of: number)
            (keys[place], values[place]) = (number, value)
        }
    }

    /// Lets go of a place whose value was taken.
    private mutating func unlink(_ start: Int) {
        count -= 1
        var hole = start
        var next = (hole + 1) & mask
        while keys[next] != Self.none {
            // It may move back only if its home is not between the hole and itself.
            if (next - home(keys[next])) & mask >= (next - hole) & mask {
                (keys[hole], values[hole]) = (keys[next], values[next].take())
                hole = next
            }
            next = (next + 1) & mask
        }
        keys[hole] = Self.none
    }
}

extension NumberMap: Hashable {
    /// Two are equal if their numbers have the same, wherever that lies.
    static func == (left: Self, right: Self) -> Bool {
        left.count == right.count
            && zip(left.keys, left.values).allSatisfy { number, value in
                number == Self.none || right[number] == value
            }
    }

    func hash(into hasher: inout Hasher) {
        for number in numbers.sorted() {
            hasher.combine(number)
            hasher.combine(self[number])
        }
    }
}
