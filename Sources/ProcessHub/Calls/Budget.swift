// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// How much of something may be in use at once.
final class Budget: Sendable {
    private let limit: Int
    private let used = Atomic<Int>(0)

    init(limit: Int) {
        self.limit = limit
    }

    /// - Returns: whether there was room.
    func claim(_ amount: Int) -> Bool {
        if used.add(amount, ordering: .relaxed).newValue <= limit { return true }
        release(amount)
        return false
    }

    func release(_ amount: Int) {
        used.subtract(amount, ordering: .relaxed)
    }

    var inUse: Int { used.load(ordering: .relaxed) }
}
