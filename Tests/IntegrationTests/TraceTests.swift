// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// One seed, one trace, to the byte, in processes of their own; `dev/simulate.sh same` compares builds too.
@Suite("Traces", .live)
struct TraceTests {
    private static let simulator = Program.folder.appending(path: "phub-sim")

    @Test("a seed gives the same trace again, with deterministic hashing too", arguments: [1, 2] as [UInt64])
    func same(seed: UInt64) async throws {
        let arguments = ["--seed", "\(seed)", "--nodes", "4", "--seconds", "6", "--trace"]
        let first = try await Program.run(arguments, of: Self.simulator)
        #expect(first.status == 0 && first.output.utf8.count > 100_000, "\(first.output.suffix(300))")
        for hashing in [[:], ["SWIFT_DETERMINISTIC_HASHING": "1"]] {
            let again = try await Program.run(arguments, of: Self.simulator, environment: hashing)
            #expect(again.output.utf8.elementsEqual(first.output.utf8), "seed \(seed), \(hashing)")
        }
    }
}
