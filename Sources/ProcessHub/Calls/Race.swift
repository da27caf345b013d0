// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// A result that several may offer and one awaits: the first offer counts.
final class Race<Value: Sendable>: Sendable {
    private enum State {
        /// Nobody offered, nobody awaits. → awaited, decided
        case open
        /// → decided
        case awaited(UnsafeContinuation<Value, Never>)
        case decided(Value)
    }

    private let state = Mutex(State.open)

    /// - Returns: whether this offer was the first.
    @discardableResult
    func offer(_ value: Value) -> Bool {
        let continuation = state.withLock { state -> UnsafeContinuation<Value, Never>?? in
            switch state {
            case .open:
                state = .decided(value)
                return .some(nil)
            case .awaited(let continuation):
                state = .decided(value)
                return continuation
            case .decided:
                return nil
            }
        }
        guard let continuation else { return false }
        continuation?.resume(returning: value)
        return true
    }

    /// The first offer. To be awaited once.
    func value() async -> Value {
        await withUnsafeContinuation { continuation in
            let value = state.withLock { state -> Value? in
                if case .decided(let value) = state { return value }
                state = .awaited(continuation)
                return nil
            }
            if let value { continuation.resume(returning: value) }
        }
    }
}

/// An event that happens once and that any number of tasks may await.
final class Milestone: Sendable {
    private enum State {
        /// Who waits, by number, and the number of the next. → reached
        case ahead([UInt64: Race<Bool>], next: UInt64)
        case reached
    }

    private let state = Mutex(State.ahead([:], next: 0))

    var isReached: Bool {
        state.withLock { if case .reached = $0 { true } else { false } }
    }

    /// How many wait; a wait that is over leaves nothing behind.
    var waiterCount: Int {
        state.withLock { if case .ahead(let waiters, _) = $0 { waiters.count } else { 0 } }
    }

    func reach() {
        let waiters = state.withLock { state -> [UInt64: Race<Bool>] in
            defer { state = .reached }
            if case .ahead(let waiters, _) = state { return waiters }
            return [:]
        }
        for waiter in waiters.values { waiter.offer(true) }
    }

    func wait() async {
        guard let (_, race) = register() else { return }
        _ = await race.value()
    }

    /// Waits at most until `time` has passed.
    ///
    /// - Returns: whether the event happened.
    func wait(atMost time: Duration) async -> Bool {
        guard let (number, race) = register() else { return true }
        // Detached: it sleeps under nobody's priority, and is cancelled as soon as it is not needed.
        let timer = Task.detached {
            try? await Task.sleep(for: time, clock: .continuous)
            self.giveUp(number)
        }
        defer { timer.cancel() }
        return await race.value()
    }

    /// - Returns: what the event will be told by; `nil` if it has happened.
    private func register() -> (number: UInt64, race: Race<Bool>)? {
        state.withLock { state in
            guard case .ahead(var waiters, let number) = state else { return nil }
            let race = Race<Bool>()
            state = .reached  // So that the table is changed in place.
            waiters[number] = race
            state = .ahead(waiters, next: number + 1)
            return (number, race)
        }
    }

    private func giveUp(_ number: UInt64) {
        let waiter = state.withLock { state -> Race<Bool>? in
            guard case .ahead(var waiters, let next) = state else { return nil }
            state = .reached  // As above.
            let waiter = waiters.removeValue(forKey: number)
            state = .ahead(waiters, next: next)
            return waiter
        }
        waiter?.offer(false)
    }
}
