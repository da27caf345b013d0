// SPDX-License-Identifier: Apache-2.0

/// One call that runs or waits for its turn.
package struct Turn: Hashable, Sendable {
    package var id: TurnID
    /// `nil` for a call from this node.
    package var request: RequestID?
}

/// The turns that run in a process: almost always none or one, so the first needs no table.
struct RunningTurns: Hashable, Sendable {
    private var only: Turn?
    private var more: [TurnID: Turn] = [:]

    var isEmpty: Bool { only == nil && more.isEmpty }
    var count: Int { (only == nil ? 0 : 1) + more.count }
    /// In ascending order.
    var turns: [TurnID] { ((only.map { [$0.id] } ?? []) + more.keys).sorted() }

    func contains(anyOf chain: [TurnID]) -> Bool {
        if chain.isEmpty || isEmpty { return false }
        return chain.contains { $0 == only?.id || more[$0] != nil }
    }

    mutating func insert(_ turn: Turn) {
        if only == nil, more.isEmpty {
            only = turn
        } else {
            more[turn.id] = turn
        }
    }

    mutating func remove(_ id: TurnID) -> Turn? {
        if let turn = only, turn.id == id {
            only = nil
            return turn
        }
        return more.isEmpty ? nil : more.removeValue(forKey: id)
    }
}
