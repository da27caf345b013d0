// SPDX-License-Identifier: Apache-2.0

/// Counts the work that a table did: rows looked at, rows written, rows copied because something grew.
///
/// So that a test and the simulator can say that no event does work in proportion to the number of children. It takes no
/// part in equality: two tables are equal when they hold the same.
package struct WorkMeter: Hashable, Sendable {
    package private(set) var units: UInt64 = 0

    package init() {}

    @inline(__always)
    package mutating func count(_ rows: Int = 1) { units &+= UInt64(truncatingIfNeeded: rows) }

    package static func == (left: Self, right: Self) -> Bool { true }
    package func hash(into hasher: inout Hasher) {}
}
