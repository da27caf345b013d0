// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HubCore

@Suite("NumberMap")
struct NumberMapTests {
    @Test("what is changed and taken out at random is what a dictionary has", arguments: [3, 40, 2_000] as [UInt32])
    func likeADictionary(slots: UInt32) {
        var random = SeededGenerator(seed: UInt64(slots))
        var map = NumberMap<UInt32, [Int]>()
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
        var (one, other) = (NumberMap<UInt32, Int>(), NumberMap<UInt32, Int>())
        for slot in 0..<100 as Range<UInt32> { one.change(slot, from: 0) { $0 += Int(slot) } }
        for slot in (0..<10 as Range<UInt32>).reversed() { other.change(slot, from: 0) { $0 += Int(slot) } }
        #expect(one != other)
        for slot in 10..<100 as Range<UInt32> { _ = one.reduce(slot) { _ in true } }
        #expect(one == other)
        for slot in 0..<10 as Range<UInt32> { _ = one.reduce(slot) { _ in true } }
        #expect(one == NumberMap<UInt32, Int>() && one.isEmpty)
    }

    @Test("what is put, updated and taken at random is what a dictionary has", arguments: [3, 40, 2_000] as [UInt64])
    func putAndTake(numbers: UInt64) {
        var random = SeededGenerator(seed: numbers)
        var map = NumberMap<UInt64, Int>()
        var model: [UInt64: Int] = [:]
        for round in 0..<6_000 {
            // Undoing operations have the highest bit.
            let number = random.next() % numbers | (random.next() % 2) << 63
            switch random.next() % 3 {
            case 0:
                map.put(round, number)
                model[number] = round
            case 1:
                #expect((map.update(number) { $0? += 1 } != nil) == (model[number] != nil))
                model[number]? += 1
            default: #expect(map.take(number) == model.removeValue(forKey: number))
            }
            #expect(map.count == model.count && map.read(number) { $0 } == model[number])
        }
        // The highest number is none, whoever asks for it.
        #expect(!map.isEmpty && !map.contains(.max) && map.read(.max) { $0 } == nil && map.take(.max) == nil)
        #expect(map.numbers.sorted() == model.keys.sorted())
        #expect(model.allSatisfy { map[$0.key] == $0.value })
    }
}
