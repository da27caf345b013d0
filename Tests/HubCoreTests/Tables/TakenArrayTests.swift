// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HubCore

@Suite("Arrays that are emptied from their end")
struct TakenArrayTests {
    @Test("turned round, an array has the last first, and whoever holds the old one keeps it", arguments: 0..<6)
    func turned(count: Int) {
        let names = (0..<count).map { NodeName("a name that is kept apart \($0)") }
        var turned = names
        turned.turnRound()
        #expect(turned == names.reversed())
        #expect(names == (0..<count).map { NodeName("a name that is kept apart \($0)") })
    }

    @Test("memory is kept once it is empty, and only while it is small")
    func spare() {
        var spare = SpareArray<Int>()
        var full = [1]
        spare.keep(&full)
        #expect(full == [1])
        var small: [Int] = []
        small.reserveCapacity(10)
        spare.keep(&small)
        #expect(spare.take().capacity >= 10)
        #expect(spare.take().capacity == 0)
        var large: [Int] = []
        large.reserveCapacity(100_000)
        spare.keep(&large)
        #expect(spare.take().capacity == 0)
    }
}
