// SPDX-License-Identifier: Apache-2.0

internal import ProcessHub

/// What the demo prints when it is over.
struct DemoReport: Sendable {
    let plan: DemoPlan
    let total: Tally
    let table: DemoTable
    let audit: Audit
    let time: Duration

    var lines: [String] { [""] + figures + errors + [""] + verdict }

    private var figures: [String] {
        let seconds = Double(time.wholeNanoseconds) / 1e9
        let perSecond = grouped(Int64((Double(total.calls) / seconds).rounded()))
        return [
            "calls answered  \(grouped(total.calls))   per second \(perSecond)   "
                + "p50 \(short(total.latencies.percentile(0.5)))   p99 \(short(total.latencies.percentile(0.99)))",
            "of them \(grouped(total.ownErrors)) by the process's own error, which arrived as Ledger.Overdrawn",
        ]
    }

    private var errors: [String] {
        let lines = table.errorLines
        guard !lines.isEmpty else { return ["no call failed"] }
        return ["calls that failed when node \(DemoPlan.victim) was killed:"] + lines
    }

    private var verdict: [String] {
        let gone = plan.members(on: DemoPlan.victim).count
        let lost = "node \(DemoPlan.victim) took \(gone) processes with it; nothing is claimed about their state"
        guard audit.differences.isEmpty else {
            return [lost, table.style.red("\(audit.differences.count) processes do not add up:")]
                + audit.differences.map(Self.line)
        }
        return [
            lost,
            table.style.green("\(audit.agreeing) processes asked, every one adds up: ")
                + "acknowledged ≤ its own state ≤ acknowledged + unknown",
        ]
    }

    private static func line(_ difference: Audit.Difference) -> String {
        let effects = difference.effects
        let state = difference.state.map { "\($0)" } ?? "no answer"
        return "  \(difference.id): state \(state), acknowledged \(effects.acknowledged), unknown \(effects.unknown)"
    }
}
