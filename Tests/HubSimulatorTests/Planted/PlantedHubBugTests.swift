// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import HubSimulator

@Suite("PlantedHubBug", .serialized, .computing)
struct PlantedHubBugTests {
    /// Those that a test can afford to find again; the others are left to the campaign.
    static let quick = PlantedHubBug.allCases.filter { HubFindings.seeds[$0] ?? .max <= 60 }

    @Test("each planted bug of a hub is found by a random seed", arguments: quick)
    func found(bug: PlantedHubBug) async {
        let first = HubFindings.seeds[bug] ?? 1
        for seed in first..<(first + 60) {
            if HubHunt.rule(of: bug, with: seed) != nil { return }
            await Task.yield()
        }
        Issue.record("\(bug) was not found by the seeds from \(first) on")
    }

    @Test("the seeds that find planted bugs of a hub find nothing without them", arguments: [1, 2] as [UInt64])
    func control(seed: UInt64) {
        #expect(Simulation.run(HubHunt.plan(of: seed)).violation == nil)
    }

    @Test(
        "how many seeds each planted bug of a hub takes",
        .enabled(if: PlantedHunt.isAsked))
    func table() async {
        for bug in PlantedHunt.asked(of: PlantedHubBug.allCases) {
            let isFound = await PlantedHunt.look(for: bug.rawValue) { HubHunt.rule(of: bug, with: $0) }
            #expect(isFound, "\(bug)")
        }
    }
}

/// Looks for a planted bug with random seeds, as a campaign without a profile does.
enum HubHunt {
    static func plan(of seed: UInt64) -> Plan { Campaign(nodes: 3...5, duration: .seconds(30)).plan(of: seed) }

    /// What broke; a run that is not the same twice is a fault too.
    static func rule(of bug: PlantedHubBug, with seed: UInt64) -> String? {
        let plan = plan(of: seed)
        let result = Simulation.run(plan, meddler: bug.meddler())
        if let violation = result.violation {
            // What is wrong without the bug was not found by it.
            return Simulation.run(plan).violation == nil ? violation.rule.rawValue : nil
        }
        guard bug == .hubOrderOfADictionary else { return nil }
        return Simulation.run(plan, meddler: bug.meddler()).traceHash == result.traceHash ? nil : "not the same twice"
    }
}

/// Which seed found each planted bug of a hub first, counted from 1.
enum HubFindings {
    static let seeds: [PlantedHubBug: UInt64] = [
        .sharedEpochs: 36,
        .oneHolderIsEnough: 1,
        .stopIsDoneAtOnce: 8,
        .seenByAllIsForgotten: 2,
        .horizonIsIgnored: 11,
        .startsWithoutLooking: 3489,
        .hubTimersBeforeMessages: 15,
        .actsOnUnsettledMembers: 2,
        .hubOrderOfADictionary: 1,
        .hashesMissCopies: 2,
    ]
}
