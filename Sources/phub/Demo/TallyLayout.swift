// SPDX-License-Identifier: Apache-2.0

/// Where each number of a client's tally stands: a row of 64-bit cells a client, written by that client alone.
struct TallyLayout: Hashable, Sendable {
    let members: Int
    let clients: Int

    /// What happened to the effects that a client asked of one process.
    enum Effect: Int, CaseIterable, Sendable {
        /// Written before the call leaves, so that a client that is killed meanwhile leaves it behind as unknown.
        case asked
        case acknowledged
        /// Acknowledged by an activation that came after the one that the clients began with.
        case acknowledgedLater
        /// Refused by the process or not executed.
        case absent
    }

    static let errorCells = 256 * 3

    var cellsPerClient: Int { Effect.allCases.count * members + Self.errorCells + Histogram.buckets + 1 }
    var bytes: Int { max(1, clients) * cellsPerClient * MemoryLayout<Int64>.size }

    func cell(_ effect: Effect, member: Int) -> Int { effect.rawValue * members + member }
    func cell(error code: UInt8, outcome: UInt8) -> Int {
        Effect.allCases.count * members + Int(code) * 3 + Int(min(outcome, 2))
    }
    func cell(bucket: Int) -> Int { Effect.allCases.count * members + Self.errorCells + bucket }
    /// Calls that a process answered with an error of its own.
    var ownErrorsCell: Int { cellsPerClient - 1 }
}
