// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HubCore

@Suite("SlotMap")
struct SlotMapTests {
    @Test("what is changed and taken out at random is what a dictionary has", arguments: [3, 40, 2_000] as [UInt32])
    func likeADictionary(slots: UInt32) {
        var random = SeededGenerator(seed: UInt64(slots))
        var map = SlotMap<[Int]>()
        var model: [UInt32: [Int]] = [:]
        for round in 0..<6_000 {
            let slot = UInt32(random.next() % UInt64(slots))
            if random.next() % 2 == 0 {
                map.change(slot, from: []) { $0.append(round) }
                model[slot, default: []].append(round)
            } else {
                let isOver = map.reduce(slot) { list in
                    list.removeFirst()
                    return list.isEmpty
                }
                #expect(isOver == (model[slot]?.count == 1))
                model[slot]?.removeFirst()
                if model[slot]?.isEmpty ?? false { model[slot] = nil }
            }
            #expect(map.count == model.count && map[slot] == model[slot] && map.contains(slot) == (model[slot] != nil))
        }
        #expect((0..<slots).allSatisfy { map[$0] == model[$0] })
    }

    @Test("two are equal that came to the same by different ways")
    func equality() {
        var (one, other) = (SlotMap<Int>(), SlotMap<Int>())
        for slot in 0..<100 as Range<UInt32> { one.change(slot, from: 0) { $0 += Int(slot) } }
        for slot in (0..<10 as Range<UInt32>).reversed() { other.change(slot, from: 0) { $0 += Int(slot) } }
        #expect(one != other)
        for slot in 10..<100 as Range<UInt32> { _ = one.reduce(slot) { _ in true } }
        #expect(one == other)
        for slot in 0..<10 as Range<UInt32> { _ = one.reduce(slot) { _ in true } }
        #expect(one == SlotMap<Int>() && one.isEmpty)
    }
}
