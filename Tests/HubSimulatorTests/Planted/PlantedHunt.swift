// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What `dev/simulate.sh planted` asks for: which planted bugs, and by which seeds.
enum PlantedHunt {
    private static let wanted = ProcessInfo.processInfo.environment

    static let isAsked = wanted["PHUB_PLANTED_SEEDS"] != nil
    static let first = wanted["PHUB_PLANTED_FIRST"].flatMap(UInt64.init) ?? 1
    static let most = wanted["PHUB_PLANTED_SEEDS"].flatMap(UInt64.init) ?? 20_000

    /// Of all, those that are named, or every one.
    static func asked<Bug: RawRepresentable>(of all: [Bug]) -> [Bug] where Bug.RawValue == String {
        guard let names = wanted["PHUB_PLANTED_BUGS"], !names.isEmpty else { return all }
        let words = Set(names.split(separator: ",").map(String.init))
        return all.filter { words.contains($0.rawValue) }
    }

    /// Looks for a bug and says what it took, as a row of the table.
    static func look(for name: String, rule: (UInt64) -> String?) async -> Bool {
        for seed in first..<(first + most) {
            if let broken = rule(seed) {
                print("| `\(name)` | \(seed) | \(broken) |")
                return true
            }
            if seed % 16 == 0 { await Task.yield() }
        }
        print("| `\(name)` | not in \(first) to \(first + most - 1) | - |")
        return false
    }
}
