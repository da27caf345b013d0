// SPDX-License-Identifier: Apache-2.0

internal import TestSupport
internal import Testing

@testable import HubCore

@Suite("SlotTable", .serialized, .computing)
struct SlotTableTests {
    @Test("finds what was put in and nothing that was taken out", arguments: [0, 2, 12])
    func model(bits: Int) {
        var chance = SeededGenerator(seed: UInt64(bits))
        var table = SlotTable(bits: bits)
        var model: [String: Slot] = [:]
        for _ in 0..<20_000 {
            let key = "key-\(Int.random(in: 0..<700, using: &chance))"
            if Bool.random(using: &chance) {
                let inserted = table.insert(key, hash: SlotTable.hash(key))
                #expect(inserted?.isNew == (model[key] == nil))
                #expect(model[key] == nil || model[key] == inserted?.slot)
                model[key] = inserted?.slot
            } else if let slot = model.removeValue(forKey: key) {
                table.remove(slot)
            }
        }
        #expect(table.count == model.count)
        #expect(table.capacity <= 700)
        for key in (0..<700).map({ "key-\($0)" }) {
            let found = table.find(key)
            #expect(found == model[key])
        }
        #expect((0..<table.buckets).reduce(0) { $0 + table.count(inBucket: $1) } == model.count)
        for (key, slot) in model {
            let neighbours = table.slots(inBucket: table.bucket(of: slot))
            #expect(neighbours.contains(slot), "\(key)")
        }
    }

    @Test("no single insert or removal of 100 000 does work in proportion to them (W47)")
    func growth() {
        var table = SlotTable(bits: 12)
        var dearest: UInt64 = 0
        for number in 0..<100_000 {
            let before = table.work.units
            _ = table.insert("child-\(number)", hash: SlotTable.hash("child-\(number)"))
            dearest = max(dearest, table.work.units - before)
        }
        for number in stride(from: 0, to: 100_000, by: 7) {
            let before = table.work.units
            if let slot = table.find("child-\(number)") { table.remove(slot) }
            dearest = max(dearest, table.work.units - before)
        }
        #expect(dearest <= 64)
    }

    @Test("a reference to a slot is void once the slot was freed, though another child has it")
    func references() throws {
        var table = SlotTable(bits: 2)
        let inserted = table.insert("a", hash: SlotTable.hash("a"))
        let slot = try #require(inserted).slot
        let reference = table.reference(to: slot)
        #expect(table.slot(of: reference) == slot)
        table.remove(slot)
        #expect(table.slot(of: reference) == nil)
        let next = table.insert("b", hash: SlotTable.hash("b"))
        #expect(next?.slot == slot)
        #expect(table.slot(of: reference) == nil)
        #expect(table.key(of: slot) == "b")
    }

    @Test("a walk in bounded steps meets every child that stays")
    func walk() {
        var table = SlotTable(bits: 4)
        for number in 0..<1_000 { _ = table.insert("\(number)", hash: SlotTable.hash("\(number)")) }
        var index: UInt32 = 0
        var met: Set<Slot> = []
        while true {
            var steps = 37
            while let slot = table.next(from: &index, steps: &steps) { met.insert(slot) }
            if steps > 0 { break }
        }
        #expect(met.count == 1_000)
    }
}
