// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import HubCore
@testable import HubSimulator

/// What others told is lost now and then, as by a mistake of ours: only the hashes of slices tell, and what differs is taken
/// anew from whoever has it (L1).
@Suite("LostCopies", .serialized, .computing)
struct LostCopiesTests {
    @Test(
        "registries that lose copies, among all other troubles, know the same in the end",
        arguments: [1, 2, 4, 5, 8, 9, 15, 16] as [UInt64])
    func repaired(seed: UInt64) async {
        await Task.yield()
        let loser = LosingHub(seed: seed)
        let result = Simulation.run(HubHunt.plan(of: seed), meddler: loser)
        #expect(loser.lost > 0)
        #expect(result.violation == nil, "seed \(seed), \(loser.lost) lost")
    }
}

/// Its hubs lose copies for some seconds, and compare often.
private final class LosingHub: Meddler {
    private static let time: Duration = .seconds(20)
    private var chance: SeededGenerator
    private var begun: [Int: Instant] = [:]
    private(set) var lost = 0

    init(seed: UInt64) { chance = SeededGenerator(seed: seed) }

    func change(_ settings: inout HubSettings) { settings.registry.antiEntropy = .seconds(2) }

    func handle(
        _ event: HubEvent, at now: Instant, seat: Int, by machine: inout HubMachine, into effects: inout [HubEffect]
    ) {
        machine.handle(event, at: now, into: &effects)
        let begun = begun[seat] ?? now
        self.begun[seat] = begun
        guard now < begun.advanced(by: Self.time), Int.random(in: 0..<200, using: &chance) == 0 else { return }
        if machine.registry.loseCopy(using: &chance) { lost += 1 }
    }
}

extension Registry {
    /// Forgets the oldest copy that some other node told, as if it had never come.
    ///
    /// - Parameter isHashed: whether the hash of the slice tells.
    mutating func loseCopy(isHashed: Bool = true, using chance: inout some RandomNumberGenerator) -> Bool {
        let places = slices.indices.dropFirst().filter { place in
            let slice = slices[place]
            guard slice.state == .live, slice.resync == nil, slice.list.head != .none else { return false }
            // What was just told a caller may be asked for.
            return slice.number - copies[slice.list.head].number > 8
        }
        guard let place = places.randomElement(using: &chance) else { return false }
        let (head, hash) = (slices[place].list.head, slices[place].hash)
        let child = Slot(copies[head].child)
        erase(copyAt: head)
        if !isHashed { slices[place].hash = hash }
        touch(child)
        return true
    }
}
