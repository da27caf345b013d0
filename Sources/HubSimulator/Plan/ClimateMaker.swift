// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// Draws the climate of a world from its seed.
enum ClimateMaker {
    static func climate(seed: UInt64, nodes: Int, profile: Profile?) -> Climate {
        var chance = Chance.climate.stream(of: seed)
        var climate = Climate()
        drawNetwork(&climate, &chance)
        climate.seeds = chance.pick(Climate.Seeds.allCases)
        climate.startSpread = .milliseconds(chance.pick([0, 200, 1_000, 4_000]))
        climate.skewPerMillion = chance.pick([0, 100, 10_000])
        climate.callers = chance.index(below: 4) == 0 ? 0 : 1 + chance.index(below: 2)
        switch profile {
        case .lossy:
            drawLosses(&climate, &chance)
            if nodes > 2, chance.below(2) == 0 { climate.slowNode = chance.index(below: nodes) }
        case .slow: climate.slowNode = chance.index(below: nodes)
        case nil:
            if chance.below(2) == 0 { drawLosses(&climate, &chance) }
            if chance.below(8) == 0, nodes > 2 { climate.slowNode = chance.index(below: nodes) }
            if chance.below(4) == 0 { drawLimits(&climate, &chance) }
        default: break
        }
        // One clock far ahead, and all stamps are counted from there: nodes that count alone count the same.
        if chance.below(5) == 0 { climate.wallSpread = 3_600_000 }
        climate.hubs = HubClimateMaker.climate(seed: seed, nodes: nodes)
        return climate
    }

    private static func drawNetwork(_ climate: inout Climate, _ chance: inout SeededGenerator) {
        climate.delay = chance.pick([20_000, 200_000, .milliseconds(1), .milliseconds(10)])
        climate.jitter = climate.delay * chance.pick([0, 1, 3])
        climate.driverPause = chance.pick([0, 50_000, .milliseconds(2)])
        climate.cutsHold = chance.below(2) == 0
        climate.noticing = .milliseconds(chance.pick([0, 20, 500]))
    }

    private static func drawLosses(_ climate: inout Climate, _ chance: inout SeededGenerator) {
        climate.lossPerMillion = 1_000 + chance.below(9_001)
        climate.doublePerMillion = chance.below(20_000)
        climate.latePerMillion = chance.below(10_000)
        climate.lateness = .milliseconds(chance.pick([100, 800, 3_000]))
    }

    /// Other settings than the usual ones.
    private static func drawLimits(_ climate: inout Climate, _ chance: inout SeededGenerator) {
        climate.membership.probeInterval = .milliseconds(chance.pick([250, 500, 1_000]))
        climate.membership.settleTime = .milliseconds(chance.pick([100, 500, 1_000]))
        climate.membership.discoveredTime = .seconds(chance.pick([1, 10, 600]))
        climate.links.dialBackoffMaximum = .milliseconds(chance.pick([500, 2_000, 5_000]))
    }
}
