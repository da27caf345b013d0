// SPDX-License-Identifier: Apache-2.0

/// What became of one plan.
package struct RunResult: Sendable {
    package var plan: Plan
    package var violation: Violation?
    package var traceHash: UInt64
    package var coreEvents: UInt64
    package var calls: UInt64
    package var operations: UInt64
    package var simulated: Time
    package var marks: MarkCounts

    /// The one line that brings the same run about again.
    package var replay: String {
        let profile = plan.profile.map { " --profile \($0.rawValue)" } ?? ""
        let hubs = plan.climate.hubs.hubs == 0 ? " --without-hubs" : ""
        return "phub-sim --seed \(plan.seed) --nodes \(plan.nodes) --seconds \(plan.duration / .seconds(1))\(profile)"
            + hubs
    }
}

package enum Simulation {
    /// Runs a plan to its end, or until something is wrong.
    ///
    /// - Parameter reporter: is told each line of the trace.
    package static func run(
        _ plan: Plan, meddler: (any Meddler)? = nil, reporter: ((String) -> Void)? = nil
    ) -> RunResult {
        let world = World(plan, meddler: meddler, reporter: reporter)
        world.run()
        world.marks.add(world.judge.marks)
        if let hubs = world.hubs { world.marks.add(hubs.marks) }
        return RunResult(
            plan: plan, violation: world.violation, traceHash: world.traceHash, coreEvents: world.coreEvents,
            calls: world.callsEnded, operations: world.operationsEnded, simulated: world.now, marks: world.marks)
    }
}
