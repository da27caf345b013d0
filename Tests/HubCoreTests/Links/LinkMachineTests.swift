// SPDX-License-Identifier: Apache-2.0

internal import TestSupport
internal import Testing

@testable internal import HubCore

@Suite("LinkMachine", .serialized, .computing)
struct LinkMachineTests {
    /// Runs a world to its end in an order drawn from `seed`.
    private func run(_ start: LinkWorld, seed: UInt64, limit: Int = 2_000) -> LinkWorld {
        var world = start
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<limit {
            let steps = world.steps
            // Ticks come often enough that time passes, and seldom enough that messages overtake them.
            let others = steps.filter { if case .tick = $0 { false } else { true } }
            let pool = others.isEmpty || Int.random(in: 0..<8, using: &generator) == 0 ? steps : others
            guard let step = pool.randomElement(using: &generator) else { break }
            world.take(step)
        }
        return world
    }

    @Test(
        "simultaneous dials leave one connection and lose no call, in every order",
        arguments: [[true, true], [false, false], [true, false], [false, true]])
    func everyOrder(named: [Bool]) async {
        var seen: Set<LinkWorld> = []
        var frontier = [LinkWorld(named: named, calls: 2)]
        var ends = 0
        while let world = frontier.popLast(), seen.count < 60_000 {
            // Tests with deadlines want the thread too.
            if seen.count % 16 == 0 { await Task.yield() }
            #expect(world.complaints.isEmpty, "\(world.complaints)")
            // The first ticks dial; later ones only wait for what is still on its way.
            let steps = world.steps.filter { if case .tick = $0 { false } else { true } }
            if steps.isEmpty, world.machines.allSatisfy({ $0.nextTick == nil }) {
                ends += 1
                #expect(world.shared.count == 1 && world.upEnds == 2)
                #expect(Set(world.sent) == Set(world.delivered))
                if world.shared.count != 1 || Set(world.sent) != Set(world.delivered) { return }
            }
            for step in steps.isEmpty ? world.steps : steps {
                var next = world
                next.take(step)
                if seen.insert(next).inserted { frontier.append(next) }
            }
        }
        #expect(ends > 0)
    }

    @Test("without a fault no call is lost, whatever the delays", arguments: 0..<400)
    func noFault(seed: Int) async {
        await Task.yield()
        let named = [seed & 1 == 0, seed & 2 == 0]
        let world = run(LinkWorld(named: named, calls: 6, seed: UInt64(seed)), seed: UInt64(seed))
        #expect(world.complaints.isEmpty, "\(world.complaints)")
        #expect(world.shared.count == 1 && world.upEnds == 2)
        #expect(Set(world.sent) == Set(world.delivered))
    }

    @Test("after breaks that each end notices in its own time there is one connection again", arguments: 0..<400)
    func breaks(seed: Int) async {
        await Task.yield()
        let named = [seed & 1 == 0, seed & 2 == 0]
        let world = run(LinkWorld(named: named, calls: 6, breaks: 3, seed: UInt64(seed)), seed: UInt64(seed))
        #expect(world.complaints.isEmpty, "\(world.complaints)")
        #expect(world.shared.count == 1 && world.upEnds == 2)
        #expect(Set(world.delivered).isSubset(of: Set(world.sent)))
        #expect(Set(world.delivered).count == world.delivered.count)
    }

    @Test("a restarted node is admitted again once its old life was found dead", arguments: 0..<400)
    func restarts(seed: Int) async {
        await Task.yield()
        let world = run(
            LinkWorld(named: [false, false], calls: 4, breaks: 1, restarts: 2, seed: UInt64(seed)), seed: UInt64(seed))
        #expect(world.complaints.isEmpty, "\(world.complaints)")
        #expect(world.shared.count == 1 && world.upEnds == 2)
    }
}
