// SPDX-License-Identifier: Apache-2.0

internal import ProcessHub

/// The demo's figures as text.
struct DemoTable: Sendable {
    struct Row: Sendable {
        var node: String
        var isRunning: Bool
        var processes: Int
        var tally: Tally
        var callsPerSecond: Double
    }

    var rows: [Row]
    let style: TextStyle

    private static let header = ["node", "state", "processes", "calls", "calls/s", "p50", "p99", "failed"]

    /// The table, aligned: a header, a line for each node, one for all.
    var lines: [String] {
        let cells = [Self.header] + (rows + [sum]).map(Self.cells)
        let widths = Self.header.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        let lines = cells.map { row in
            zip(row, widths).enumerated().map { column, cell in
                column < 2 ? cell.0.padded(to: cell.1) : cell.0.padded(leftTo: cell.1)
            }.joined(separator: "  ")
        }
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
        return "calls \(cells[3])  \(cells[4])/s  p50 \(cells[5])  p99 \(cells[6])  failed \(cells[7])"
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
        var sum = Row(node: "all", isRunning: true, processes: 0, tally: Tally(members: members), callsPerSecond: 0)
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
            row.node, row.node == "all" ? "" : row.isRunning ? "running" : "killed", "\(row.processes)",
            grouped(row.tally.calls), grouped(Int64(row.callsPerSecond.rounded())),
            short(row.tally.latencies.percentile(0.5)), short(row.tally.latencies.percentile(0.99)),
            grouped(row.tally.failed),
        ]
    }
}

/// Colours, or none.
struct TextStyle: Sendable {
    let isColoured: Bool
    func bold(_ text: String) -> String { isColoured ? "\u{1B}[1m\(text)\u{1B}[0m" : text }
    func red(_ text: String) -> String { isColoured ? "\u{1B}[31m\(text)\u{1B}[0m" : text }
    func green(_ text: String) -> String { isColoured ? "\u{1B}[32m\(text)\u{1B}[0m" : text }
}

/// A number with a thin gap between groups of three digits.
func grouped(_ number: Int64) -> String {
    var (digits, groups) = (String(number.magnitude), [String]())
    while digits.count > 3 {
        groups.insert(String(digits.suffix(3)), at: 0)
        digits.removeLast(3)
    }
    return (number < 0 ? "-" : "") + ([digits] + groups).joined(separator: " ")
}

/// A duration in two or three digits and a unit.
func short(_ duration: Duration?) -> String {
    guard let duration else { return "-" }
    let nanoseconds = duration.wholeNanoseconds
    return switch nanoseconds {
    case ..<1_000: "\(nanoseconds) ns"
    case ..<1_000_000: "\(nanoseconds / 1_000) µs"
    case ..<10_000_000: "\(nanoseconds / 1_000_000).\(nanoseconds / 100_000 % 10) ms"
    case ..<10_000_000_000: "\(nanoseconds / 1_000_000) ms"
    default: "\(nanoseconds / 1_000_000_000) s"
    }
}

extension String {
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
    func padded(leftTo width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}
