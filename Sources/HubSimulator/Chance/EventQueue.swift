// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// What is going to happen, ordered by time; what is due at one time happens in the order it was put in.
///
/// A binary heap of small keys; what they stand for lies beside it and is never moved.
struct EventQueue<Element> {
    /// Time, number and place in one word, so that one comparison without a branch tells which comes first: two that are
    /// compared are as likely to be in order as not. Numbers have 38 bits, places 26: more than any world comes to.
    private struct Key {
        private let word: UInt128

        init(time: Time, number: UInt64, place: Int) {
            precondition(number < 1 << 38 && place < 1 << 26, "too many events")
            word = UInt128(UInt64(bitPattern: time) ^ 1 << 63) << 64 | UInt128(number << 26 | UInt64(place))
        }

        var time: Time { Time(bitPattern: UInt64(truncatingIfNeeded: word >> 64) ^ 1 << 63) }
        var place: Int { Int(truncatingIfNeeded: word) & (1 << 26 - 1) }

        @inline(__always)
        func precedes(_ other: Key) -> Bool { word < other.word }
    }

    private var heap: [Key] = []
    private var elements: [Element?] = []
    private var free: [Int] = []
    private var lastNumber: UInt64 = 0

    var count: Int { heap.count }
    var nextTime: Time? { heap.first?.time }

    mutating func add(_ element: Element, at time: Time) {
        let place: Int
        if let old = free.popLast() {
            place = old
            elements[old] = element
        } else {
            place = elements.count
            elements.append(element)
        }
        lastNumber += 1
        heap.append(Key(time: time, number: lastNumber, place: place))
        rise(heap.count - 1)
    }

    mutating func popFirst() -> (time: Time, element: Element)? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        guard let element = elements[first.place].take() else { return nil }
        free.append(first.place)
        return (first.time, element)
    }

    private mutating func rise(_ start: Int) {
        heap.withUnsafeMutableBufferPointer { heap in
            var index = start
            let key = heap[index]
            while index > 0 {
                let parent = (index - 1) / 2
                guard key.precedes(heap[parent]) else { break }
                heap[index] = heap[parent]
                index = parent
            }
            heap[index] = key
        }
    }

    /// What was last belongs near the end again: the gap goes all the way down, and the key rises from there, which takes
    /// half the comparisons.
    private mutating func sink() {
        let end = heap.withUnsafeMutableBufferPointer { heap in
            let key = heap[0]
            var index = 0
            var child = 1
            while child + 1 < heap.count {
                child += heap[child + 1].precedes(heap[child]) ? 1 : 0
                heap[index] = heap[child]
                index = child
                child = 2 * index + 1
            }
            if child < heap.count {
                heap[index] = heap[child]
                index = child
            }
            heap[index] = key
            return index
        }
        rise(end)
    }
}

extension Array {
    /// Hands out all elements, the first one first, and keeps the memory.
    @inline(__always)
    mutating func takeAll(_ body: (consuming Element) -> Void) {
        turnRound()
        while !isEmpty { body(removeLast()) }
    }
}
