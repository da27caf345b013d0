// SPDX-License-Identifier: Apache-2.0

/// The one table that a run prints.
public struct Table {
    private let results: Results
    private let bars: [Bar]

    public init(_ results: Results, bars: [Bar]) {
        self.results = results
        self.bars = bars
    }

    private static let header = ["case", "figure", "median", "min", "max", "to floor", "bar", "", "also (medians)"]

    /// Markdown, its columns aligned.
    public var text: String {
        let rows = [Self.header] + results.names.flatMap(rows(of:))
        let widths = Self.header.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let rule = "|" + widths.map { String(repeating: "-", count: $0 + 2) }.joined(separator: "|") + "|"
        let lines = rows.map { row in
            "| " + zip(row, widths).map(Self.padded).joined(separator: " | ") + " |"
        }
        return ([lines[0], rule] + lines.dropFirst()).joined(separator: "\n")
    }

    /// The bars that were measured and not met.
    public var missed: [Bar] {
        bars.filter { bar in value(of: bar).map { !bar.isMet(by: $0) } ?? false }
    }

    private func rows(of name: String) -> [[String]] {
        let measured = Metric.allCases.filter { !results.figures(name, $0).isEmpty }
        let mine = bars.filter { $0.caseName == name }
        let held = measured.filter { metric in mine.contains { $0.metric == metric } }
        let shown = held.isEmpty ? Array(measured.sorted(by: Metric.tellsMore).prefix(1)) : held
        let also = measured.filter { !shown.contains($0) }.map { metric in
            "\(metric.rawValue) \(metric.text(median(results.figures(name, metric))))"
        }
        return shown.enumerated().flatMap { index, metric in
            rows(of: name, metric, mine.filter { $0.metric == metric }, index == 0 ? also.joined(separator: ", ") : "")
        }
    }

    private func rows(of name: String, _ metric: Metric, _ mine: [Bar], _ also: String) -> [[String]] {
        let figures = results.figures(name, metric)
        guard let least = figures.min(), let most = figures.max() else { return [] }
        let plain = [name, metric.rawValue] + [median(figures), least, most].map(metric.text)
        return mine.isEmpty ? [plain + ["", "", "", also]] : mine.map { plain + verdict(of: $0) + [also] }
    }

    private func verdict(of bar: Bar) -> [String] {
        guard let value = value(of: bar) else { return ["", bar.text, "not measured"] }
        let ratio = bar.floor == nil ? "" : decimal(value, 2) + " ×"
        return [ratio, bar.text, bar.isMet(by: value) ? "pass" : "FAIL"]
    }

    private func value(of bar: Bar) -> Double? {
        if let floor = bar.floor {
            return results.ratio(bar.caseName, to: floor, bar.metric, minus: bar.allowance)
        }
        let figures = results.figures(bar.caseName, bar.metric)
        return figures.isEmpty ? nil : median(figures)
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: width - text.count)
    }
}
