// SPDX-License-Identifier: Apache-2.0

internal import ProcessHub

/// The demo's figures as text.
struct DemoTable: Sendable {
    struct Row: Sendable {
        var node: String
        var isRunning: Bool
        var processes: Int
        /// Whom the node sees.
        var view: [String]
        var tally: Tally
        var callsPerSecond: Double
    }

    var rows: [Row]
    let style: TextStyle

    private static let header = ["node", "state", "sees", "processes", "calls", "calls/s", "p50", "p99", "failed"]

    /// The table, aligned: a header, a line for each node, one for all.
    var lines: [String] {
        let lines = aligned([Self.header] + (rows + [sum]).map(Self.cells)) { $0 >= 3 }
        return zip(lines, [nil] + rows.map(\.isRunning) + [nil]).map { line, isRunning in
            switch isRunning {
            case nil: style.bold(line)
            case true?: line
            case false?: style.red(line)
            }
        }
    }

    /// All nodes in one line, for what is not a terminal.
    var oneLine: String {
        let cells = Self.cells(sum)
        let views = rows.filter(\.isRunning).map { "\($0.node) sees \($0.view.joined(separator: " "))" }
        return "calls \(cells[4])  \(cells[5])/s  p50 \(cells[6])  p99 \(cells[7])  failed \(cells[8])  "
            + views.joined(separator: ", ")
    }

    /// The errors that callers got, most frequent first.
    var errorLines: [String] {
        let failures = sum.tally.failures.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
        return failures.map { failure, count in
            let code = HubError.Code(number: failure.code).map { "\($0)" } ?? "code \(failure.code)"
            let outcome = Outcome(rawValue: failure.outcome).map { "\($0)" } ?? "?"
            return "  \(grouped(count).padded(leftTo: 9))  HubError.\(code), outcome \(outcome)"
        }
    }

    private var sum: Row {
        let members = rows.first?.tally.effects.count ?? 0
        var sum = Row(
            node: "all", isRunning: true, processes: 0, view: [], tally: Tally(members: members), callsPerSecond: 0)
        for row in rows {
            sum.processes += row.processes
            sum.tally.add(row.tally)
            sum.callsPerSecond += row.callsPerSecond
        }
        return sum
    }

    var total: Tally { sum.tally }

    private static func cells(_ row: Row) -> [String] {
        [
            row.node, row.node == "all" ? "" : row.isRunning ? "running" : "killed", row.view.joined(separator: " "),
            "\(row.processes)",
            grouped(row.tally.calls), grouped(Int64(row.callsPerSecond.rounded())),
            short(row.tally.latencies.percentile(0.5)), short(row.tally.latencies.percentile(0.99)),
            grouped(row.tally.failed),
        ]
    }
}
