// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import HubCore

/// Anything may happen for a while; then nothing more does, and everyone agrees soon.
@Suite(.serialized, .computing) struct MembershipChaosTests {
    @Test(
        "after any faults all agree again (L1), no life returns and versions grow (S15)",
        arguments: 0..<40 as Range<UInt64>)
    func chaos(seed: UInt64) async {
        await Task.yield()
        var chaos = Chaos(seed: seed)
        chaos.rage()
        let time = chaos.settle()
        #expect(time != nil, "seed \(seed)")
        if time == nil { chaos.explain() }
        chaos.check()
    }
}

struct Chaos {
    var town: Town
    var random: SeededGenerator
    let seed: UInt64
    var log: [String] = []

    init(seed: UInt64) {
        self.seed = seed
        town = Town(seed: seed)
        random = SeededGenerator(seed: seed ^ 0xABCD)
        let count = Int.random(in: 2...7, using: &random)
        let names = (0..<count).map { NodeName("n\($0)") }
        for name in names { town.boot(name, seeds: Array(names.prefix(3))) }
        town.run(.seconds(Int.random(in: 0...6, using: &random)))
    }

    mutating func any() -> NodeName { town.names.randomElement(using: &random)! }

    mutating func rage() {
        for _ in 0..<Int.random(in: 1...8, using: &random) {
            let one = any()
            let other = any()
            let what = Int.random(in: 0..<12, using: &random)
            log.append("\(town.now.nanoseconds / 1_000_000) \(what) \(one) \(other)")
            switch what {
            case 0: town.kill(one, silently: Bool.random(using: &random))
            case 1, 2: town.boot(one, seeds: Array(town.names.prefix(3)))
            case 3 where one != other: town.cut(one, other)
            case 4 where one != other: town.cut(one, other, breakLink: .broken)
            case 5: town.split(Array(town.names.shuffled(using: &random).prefix(town.names.count / 2)))
            case 6 where one != other: town.oneWay.insert([one, other])
            case 7: town.stop(one, for: .milliseconds(Int.random(in: 100...12_000, using: &random)))
            case 8: town.loss = [0, 0.01, 0.1, 0.3].randomElement(using: &random)!
            case 9: town.houses[one]?.delay = .milliseconds(Int.random(in: 0...800, using: &random))
            case 10: town.heal()
            case 11 where town.houses[one]?.isUp == true: town.ask(.leaveAsked, of: one)
            default: break
            }
            town.run(.milliseconds(Int.random(in: 1...6_000, using: &random)))
        }
    }

    mutating func settle() -> Duration? {
        town.heal()
        log.append("\(town.now.nanoseconds / 1_000_000) heal")
        return town.run(atMost: .seconds(30)) { $0.agrees }
    }

    func explain() {
        for line in log { print(line) }
        for name in town.names {
            guard let house = town.houses[name] else { continue }
            print(
                name, house.machine.incarnation, house.isUp, house.hasLeft, house.machine.standing,
                house.nameTakenBy as Any)
            print("   view", house.view.map { view in view.members.map { "\($0.name):\($0.incarnation)" } } as Any)
            for note in house.notes.suffix(12) { print("     ", note.0.nanoseconds / 1_000_000, note.1) }
        }
    }

    func check() {
        for name in town.names {
            guard let views = town.houses[name]?.views else { continue }
            #expect(zip(views, views.dropFirst()).allSatisfy { $0.version < $1.version })
            var gone: Set<Life> = []
            var last: Set<Life> = []
            for view in views {
                let lives = Set(view.members.map { Life($0.name, $0.incarnation) })
                gone.formUnion(last.subtracting(lives))
                #expect(gone.isDisjoint(with: lives), "seed \(seed): a life returned at \(name)")
                last = lives
            }
        }
    }
}
