// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// What is going to happen, ordered by time; what is due at one time happens in the order it was put in.
///
/// A binary heap of small keys; what they stand for lies beside it and is never moved.
struct EventQueue<Element> {
    private struct Key {
        let time: Time
        let number: UInt64
        let place: Int32

        func precedes(_ other: Key) -> Bool { time == other.time ? number < other.number : time < other.time }
    }

    private var heap: [Key] = []
    private var elements: [Element?] = []
    private var free: [Int32] = []
    private var lastNumber: UInt64 = 0

    var count: Int { heap.count }
    var nextTime: Time? { heap.first?.time }

    mutating func add(_ element: Element, at time: Time) {
        let place: Int32
        if let old = free.popLast() {
            place = old
            elements[Int(old)] = element
        } else {
            place = Int32(elements.count)
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
        guard let element = elements[Int(first.place)].take() else { return nil }
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
                if heap[child + 1].precedes(heap[child]) { child += 1 }
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
