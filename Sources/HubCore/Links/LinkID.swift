// SPDX-License-Identifier: Apache-2.0

/// Names one connection, from the decision to dial it or its acceptance until it is closed.
package struct LinkID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Whether this node dialed it.
    package let isDialed: Bool
    package let number: UInt64

    package init(isDialed: Bool, number: UInt64) {
        self.isDialed = isDialed
        self.number = number
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.number == right.number ? left.isDialed && !right.isDialed : left.number < right.number
    }
    package var description: String { "\(isDialed ? "dialed" : "accepted") \(number)" }
}
