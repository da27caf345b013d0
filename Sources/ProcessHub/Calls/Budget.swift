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

/// The newest ids of something, a bounded number.
final class RecentIDs: Sendable {
    private struct State {
        var ids: [ProcessID] = []
        var next = 0
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) {
        self.limit = limit
    }

    /// - Returns: the oldest id, which had to make room.
    func note(_ id: ProcessID) -> ProcessID? {
        state.withLock { state in
            guard state.ids.count == limit else {
                state.ids.append(id)
                return nil
            }
            defer { state.next = (state.next + 1) % limit }
            let oldest = state.ids[state.next]
            state.ids[state.next] = id
            return oldest
        }
    }
}
