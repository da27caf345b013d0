// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import HubSimulator

@Suite("PlantedBug", .serialized, .computing)
struct PlantedBugTests {
    /// Those that take so many seeds that a change elsewhere would move them out of sight are left to the campaign.
    static let quick = PlantedBug.allCases.filter { Findings.seeds[$0] ?? 1 <= 100 }

    @Test("each planted bug is found by a random seed", arguments: quick)
    func found(bug: PlantedBug) async {
        // The seeds up to this one were tried and found nothing.
        let first = Findings.seeds[bug] ?? 1
        for seed in Array(first..<(first + 40)) + Array(1...200) {
            if Hunt.finds(bug, with: seed) { return }
            await Task.yield()
        }
        Issue.record("\(bug) was found neither by the seeds from \(first) on nor by the first 200")
    }

    @Test("the seeds that find planted bugs find nothing without them", arguments: [1, 2, 3] as [UInt64])
    func control(seed: UInt64) {
        #expect(Simulation.run(Hunt.plan(of: seed)).violation == nil)
    }

    @Test(
        "how many seeds each planted bug takes",
        .enabled(if: PlantedHunt.isAsked))
    func table() async {
        for bug in PlantedHunt.asked(of: PlantedBug.allCases) {
            let isFound = await PlantedHunt.look(for: bug.rawValue) { Hunt.rule(of: bug, with: $0) }
            #expect(isFound, "\(bug)")
        }
    }
}

/// Looks for a planted bug with random seeds, as a campaign without a profile does.
enum Hunt {
    /// Mistakes of membership are looked for in worlds without hubs, which are quicker.
    static func plan(of seed: UInt64) -> Plan {
        var plan = Campaign(nodes: 3...7, duration: .seconds(40)).plan(of: seed)
        plan.climate.hubs = HubClimate()
        return plan
    }

    static func finds(_ bug: PlantedBug, with seed: UInt64) -> Bool { rule(of: bug, with: seed) != nil }

    /// What broke; a run that is not the same twice is a fault too.
    static func rule(of bug: PlantedBug, with seed: UInt64) -> String? {
        let plan = plan(of: seed)
        let result = Simulation.run(plan, meddler: bug.meddler())
        if let violation = result.violation {
            // What is wrong without the bug was not found by it.
            return Simulation.run(plan).violation == nil ? violation.rule.rawValue : nil
        }
        guard bug == .orderOfADictionary else { return nil }
        return Simulation.run(plan, meddler: bug.meddler()).traceHash == result.traceHash ? nil : "not the same twice"
    }
}
