// SPDX-License-Identifier: Apache-2.0

internal import Foundation

/// Runs every case once a round, so that whatever disturbs the machine disturbs all of them alike.
public struct Runner {
    private let options: Options
    private let bars: [Bar]
    private let cases: [Case]

    public init(_ cases: [Case], bars: [Bar], options: Options) {
        self.options = options
        self.bars = bars
        self.cases = Self.chosen(cases, bars: bars, only: options.only)
    }

    /// Runs all rounds, prints the table, and returns the bars that were not met.
    public func run() async throws -> [Bar] {
        var results = Results(names: cases.map(\.name))
        for item in cases where !item.isOnce { _ = try await item.run(.milliseconds(100)) }
        for round in 1...options.rounds {
            note("round \(round) of \(options.rounds)")
            for item in cases { results.add(try await item.run(.seconds(options.seconds)), to: item.name) }
        }
        let table = Table(results, bars: bars)
        print("Medians of \(options.rounds) interleaved rounds of \(options.seconds) s; \"to floor\" is the median of")
        print("the ratios within a round. Machine: \(ProcessInfo.processInfo.activeProcessorCount) cores.\n")
        print(table.text)
        return table.missed
    }

    private static func chosen(_ cases: [Case], bars: [Bar], only: String?) -> [Case] {
        guard let only else { return cases }
        let named = Set(cases.map(\.name).filter { $0.contains(only) })
        let floors = Set(bars.filter { named.contains($0.caseName) }.compactMap(\.floor))
        return cases.filter { named.contains($0.name) || floors.contains($0.name) }
    }

    private func note(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }
}
