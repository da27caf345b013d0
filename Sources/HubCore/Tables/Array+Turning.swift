// SPDX-License-Identifier: Apache-2.0

extension Array {
    /// The last first, so that each can be taken out of the end: what is taken from there is moved, and what is read from
    /// anywhere else is copied, as the standard library's own reversing does.
    @inlinable
    @inline(__always)
    package mutating func turnRound() {
        if count > 1 { turnSeveral() }
    }

    @inlinable
    package mutating func turnSeveral() {
        withUnsafeMutableBufferPointer { elements in
            guard var low = elements.baseAddress else { return }
            var high = low + (elements.count - 1)
            // Unsafe, for only so an element is moved and not copied; each place is full again at the end of a turn.
            while low < high {
                let element = low.move()
                low.moveInitialize(from: high, count: 1)
                high.initialize(to: element)
                low += 1
                high -= 1
            }
        }
    }
}
