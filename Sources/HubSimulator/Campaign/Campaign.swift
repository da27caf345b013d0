// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// Many seeds, one after another.
package struct Campaign {
    package var nodes: ClosedRange<Int>
    package var duration: Time
    package var profile: Profile?
    /// Worlds without the machines of hubs are quicker: large clusters are looked at by them.
    package var hasHubs = true
    package private(set) var marks = MarkCounts()
    /// How many seeds reached each mark.
    package private(set) var reach = MarkCounts()
    package private(set) var coreEvents: UInt64 = 0
    package private(set) var calls: UInt64 = 0
    package private(set) var operations: UInt64 = 0
    package private(set) var simulated: Time = 0
    package private(set) var seeds: UInt64 = 0

    package init(nodes: ClosedRange<Int>, duration: Time, profile: Profile? = nil) {
        self.nodes = nodes
        self.duration = duration
        self.profile = profile
    }

    package func plan(of seed: UInt64) -> Plan {
        var chance = Chance.climate.stream(of: ~seed)
        let count = nodes.lowerBound + chance.index(below: nodes.count)
        var plan = PlanMaker.plan(seed: seed, nodes: count, duration: duration, profile: profile)
        if !hasHubs { plan.climate.hubs = HubClimate() }
        return plan
    }

    /// Runs one seed and adds it up.
    package mutating func run(_ seed: UInt64, meddler: (any Meddler)? = nil) -> RunResult {
        let result = Simulation.run(plan(of: seed), meddler: meddler)
        add(result)
        return result
    }

    package mutating func add(_ result: RunResult) {
        marks.add(result.marks)
        reach.addOnce(result.marks)
        coreEvents += result.coreEvents
        calls += result.calls
        operations += result.operations
        simulated += result.simulated
        seeds += 1
    }
}
