// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The files under `Simulation/` of the working copy that this test was compiled from.
enum SimulationFiles {
    private static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Simulation")

    /// The names of all scenarios, sorted.
    static var scenarios: [String] {
        let names = try? FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "Scenarios").path)
        return (names ?? []).filter { $0.hasSuffix(".txt") }.sorted()
    }

    static func scenario(_ name: String) throws -> String { try text(of: "Scenarios/\(name)") }

    static func text(of path: String) throws -> String {
        try String(contentsOf: folder.appending(path: path), encoding: .utf8)
    }
}
