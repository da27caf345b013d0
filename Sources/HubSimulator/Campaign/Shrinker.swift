// SPDX-License-Identifier: Apache-2.0

/// Looks for the fewest faults that still break the same rule.
///
/// After Zeller and Hildebrandt, *Simplifying and Isolating Failure-Inducing Input* (2002): leaves out ever smaller pieces
/// of the list, then tries to end sooner.
package struct Shrinker {
    private var best: Plan
    private let rule: Violation.Rule
    private let makeMeddler: () -> (any Meddler)?
    /// Runs that were tried.
    package private(set) var runs = 0

    package init(_ plan: Plan, rule: Violation.Rule, meddler: @escaping () -> (any Meddler)? = { nil }) {
        best = plan
        self.rule = rule
        makeMeddler = meddler
    }

    /// - Returns: the plan that is left.
    package mutating func shrink(runsAtMost limit: Int = 2_000) -> Plan {
        var pieces = 2
        while !best.faults.isEmpty, runs < limit {
            let size = max(1, best.faults.count / pieces)
            if leaveOut(size, limit) {
                pieces = max(2, pieces - 1)
            } else if size == 1 {
                break
            } else {
                pieces = min(best.faults.count, pieces * 2)
            }
        }
        shorten(limit)
        return best
    }

    private mutating func leaveOut(_ size: Int, _ limit: Int) -> Bool {
        for start in stride(from: 0, to: best.faults.count, by: size) where runs < limit {
            var plan = best
            plan.faults.removeSubrange(start..<min(start + size, plan.faults.count))
            if take(plan) { return true }
        }
        return false
    }

    /// Ends the run soon after the last fault.
    private mutating func shorten(_ limit: Int) {
        for seconds in [5, 10, 15, 20, 30, 45] as [Int64] where runs < limit {
            var plan = best
            plan.duration = .seconds(seconds)
            guard plan.duration < best.duration, plan.faults.allSatisfy({ $0.time < plan.duration }) else { continue }
            if take(plan) { return }
        }
    }

    private mutating func take(_ plan: Plan) -> Bool {
        runs += 1
        guard Simulation.run(plan, meddler: makeMeddler()).violation?.rule == rule else { return false }
        best = plan
        return true
    }
}
