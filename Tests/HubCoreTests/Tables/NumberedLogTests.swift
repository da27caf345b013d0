// SPDX-License-Identifier: Apache-2.0

internal import Testing

@testable import HubCore

@Suite("NumberedLog")
struct NumberedLogTests {
    @Test("gives each row its number and forgets what was trimmed", arguments: 0..<5 as Range<UInt64>)
    func model(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        var log = NumberedLog()
        var rows: [UInt32] = []
        var trimmed = 0
        for _ in 0..<5_000 {
            if Int.random(in: 0..<4, using: &chance) > 0 {
                rows.append(UInt32(rows.count))
                let given = log.append(rows[rows.count - 1])
                #expect(given == UInt64(rows.count))
            } else {
                trimmed = max(trimmed, min(rows.count, trimmed + Int.random(in: 0..<9, using: &chance)))
                log.trim(upTo: UInt64(trimmed))
            }
            let number = Int.random(in: 0...rows.count + 1, using: &chance)
            let expected = number > trimmed && number <= rows.count ? rows[number - 1] : nil
            let row = log.row(UInt64(number))
            #expect(row == expected)
        }
        #expect(log.trimmed == UInt64(trimmed) && log.last == UInt64(rows.count))
        log.trim(upTo: .max)
        #expect(log.count == 0)
        let next = log.append(7)
        #expect(next == UInt64(rows.count + 1))
    }

    @Test("small bytes come back, in the row or beside it", arguments: 0..<40)
    func smallBytes(count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37 + 1) }
        #expect(SmallBytes(bytes).bytes == bytes)
        if case .few = SmallBytes(bytes) { #expect(count <= 14) } else { #expect(count > 14) }
        #expect(MemoryLayout<SmallBytes>.size == 16)
    }

    @Test("a queue in pieces gives back what came in, in order")
    func queue() {
        var queue = PiecedQueue<Int>()
        var next = 0
        for number in 0..<3_000 {
            queue.append(number)
            if number % 3 == 0 {
                let first = queue.popFirst()
                #expect(first == next)
                next += 1
            }
            if queue.count > 0 { #expect(queue[queue.count - 1] == number) }
        }
        while let number = queue.popFirst() {
            #expect(number == next)
            next += 1
        }
        #expect(next == 3_000 && queue.count == 0 && queue.first == nil)
    }

    @Test("a pool gives freed rows out again, and blanks what they held")
    func pool() {
        var pool = Pool<[Int]>(blank: [])
        let (first, second) = (pool.insert([1]), pool.insert([2]))
        let gone = pool.remove(first)
        #expect(gone == [1])
        #expect(pool[first].isEmpty && pool.count == 1)
        let again = pool.insert([3])
        #expect(again == first)
        #expect(pool[first] == [3] && pool[second] == [2])
    }
}
