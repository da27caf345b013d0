// SPDX-License-Identifier: Apache-2.0

internal import ProcessHub

/// What the demo prints when it is over.
struct DemoReport: Sendable {
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
        guard !audit.isClean else {
            let all = grouped(Int64(audit.agreeing))
            return [
                table.style.green("\(all) processes run exactly once"),
                table.style.green("\(all) processes asked, every one adds up: ")
                    + "acknowledged ≤ its own state ≤ acknowledged + unknown,",
                "where those of node \(DemoPlan.victim) began anew, under a higher epoch",
            ]
        }
        return faults(
            "do not run exactly once",
            audit.miscounted.sorted { $0.key < $1.key }.map { "\($0.key): on \($0.value) nodes" })
            + faults("changed their epoch and were not lost, or kept it and were", audit.strays)
            + faults("do not add up", audit.differences.map(Self.line))
    }

    private func faults(_ what: String, _ lines: [String]) -> [String] {
        lines.isEmpty ? [] : [table.style.red("\(lines.count) processes \(what):")] + lines.map { "  " + $0 }
    }

    private static func line(_ difference: Audit.Difference) -> String {
        let effects = difference.effects
        let state = difference.state.map { "\($0)" } ?? "no answer"
        return "\(difference.id): state \(state), acknowledged \(effects.acknowledged) and later "
            + "\(effects.acknowledgedLater), unknown \(effects.unknown)"
    }
}
