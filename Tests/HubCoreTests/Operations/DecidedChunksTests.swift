// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HubCore

@Suite("DecidedChunks")
struct DecidedChunksTests {
    private let key = ChunkKey(operation: RequestID(caller: Incarnation(rawValue: 1), sequence: 7), chunk: 0)
    private let slot = Slot(3)
    private let starting = ItemState.starting(stamp: .zero, mark: 1, isOurs: true)

    private func places(_ chunk: UInt32, _ count: Int) -> [ItemPlace] {
        (0..<count).map { ItemPlace(chunk: chunk, place: UInt8($0)) }
    }

    @Test("several that wait for one child are each told of it once, and leave in any order", arguments: [0, 1, 2])
    func watchers(first: Int) {
        var decided = DecidedChunks()
        let places = places(1, 3)
        let isFirst = (places + places).map { decided.watch(slot, $0) }
        #expect(isFirst == [true, false, false, false, false, false])
        #expect(Array(decided.watchers(of: slot)) == places)
        decided.unwatch(slot, places[first])
        #expect(Set(decided.watchers(of: slot)) == Set(places).subtracting([places[first]]))
        for place in decided.watchers(of: slot) { decided.unwatch(slot, place) }
        #expect(!decided.isWatched(slot) && Array(decided.watchers(of: slot)).isEmpty)
        decided.unwatch(slot, places[0])
        let unwatched = [decided.takeUnwatched(), decided.takeUnwatched()]
        #expect(unwatched == [slot, nil])
        #expect(decided == DecidedChunks())
    }

    @Test("what was forgotten early keeps nothing else from being forgotten in time (S16)")
    func forgetsBehind() throws {
        var decided = DecidedChunks()
        var numbers: [UInt32] = []
        for (sequence, asker) in [(1, "x"), (2, "own"), (3, "y")] as [(UInt64, NodeName)] {
            let key = ChunkKey(
                operation: RequestID(caller: Incarnation(rawValue: 1), sequence: sequence), chunk: 0)
            let opened = decided.open(key, asker: asker, forgetAt: Instant(nanoseconds: Int64(sequence)))
            numbers.append(try #require(opened))
        }
        for number in numbers {
            let place = ItemPlace(chunk: number, place: 0)
            decided.set(starting, of: place, slot: Slot(number))
            _ = decided.watch(Slot(number), place)
        }
        decided.answer(.decided(.failed(.unknown), stamp: .zero), ItemPlace(chunk: numbers[1], place: 0))
        decided.forgetAnswered(try #require(decided.key(of: numbers[1])))
        decided.forget(at: Instant(nanoseconds: 1), limit: 16)
        #expect(decided.nextForgetting == Instant(nanoseconds: 3))
        decided.forget(at: Instant(nanoseconds: 3), limit: 16)
        #expect(decided.nextForgetting == nil && decided.count == 0 && !decided.isWatched(Slot(numbers[2])))
    }

    @Test("a chunk is forgotten early only once all of it is answered")
    func forgetsAnswered() throws {
        var decided = DecidedChunks()
        let opened = decided.open(key, asker: "a", forgetAt: Instant(nanoseconds: 9))
        let number = try #require(opened)
        let places = places(number, 2)
        for place in places { decided.set(starting, of: place, slot: slot) }
        decided.answer(.decided(.failed(.unknown), stamp: .zero), places[0])
        decided.forgetAnswered(key)
        #expect(decided.state(of: places[1]) == starting && decided.nextForgetting == Instant(nanoseconds: 9))
        decided.answer(.decided(.failed(.unknown), stamp: .zero), places[1])
        decided.forgetAnswered(key)
        #expect(decided.count == 0 && decided.nextForgetting == nil && decided.state(of: places[1]) == nil)
        let again = decided.open(key, asker: "a", forgetAt: Instant(nanoseconds: 9))
        #expect(again != nil && again != number)
    }
}
