// SPDX-License-Identifier: Apache-2.0

internal import Synchronization
public import Testing

/// For tests of real nodes, sockets and processes, in real time: only a few of them run at the same time.
///
/// All at once they would measure how long a machine with few cores needs for all of them.
public struct Live: SuiteTrait, TestTrait, TestScoping {
    public var isRecursive: Bool { true }

    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        await Places.shared.take()
        defer { Places.shared.giveBack() }
        try await function()
    }
}

extension Trait where Self == Live {
    /// The test runs in real time, beside a few others.
    public static var live: Self { Live() }
}

/// How many live tests may run, and who waits for a place, first come first served.
private final class Places: Sendable {
    static let shared = Places(count: 6)

    private struct State {
        var free: Int
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(count: Int) { state = Mutex(State(free: count)) }

    func take() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.free > 0 else {
                    state.waiters.append(continuation)
                    return false
                }
                state.free -= 1
                return true
            }
            if isFree { continuation.resume() }
        }
    }

    func giveBack() {
        let next: CheckedContinuation<Void, Never>? = state.withLock { state in
            guard !state.waiters.isEmpty else {
                state.free += 1
                return nil
            }
            return state.waiters.removeFirst()
        }
        next?.resume()
    }
}
