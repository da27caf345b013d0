// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import Synchronization

/// A turn that has a task of its own and can be told to end.
protocol TurnTask: AnyObject, Sendable {
    func cancel()
}

/// The task of one turn. It can be cancelled before it is made.
final class TurnHandle: TurnTask {
    private struct State {
        var task: Task<Void, Never>?
        var isCancelled = false
    }

    private let state = Mutex(State())

    func runs(_ task: Task<Void, Never>) {
        let isCancelled = state.withLock { state in
            state.task = task
            return state.isCancelled
        }
        if isCancelled { task.cancel() }
    }

    func cancel() {
        let task = state.withLock { state in
            state.isCancelled = true
            return state.task
        }
        task?.cancel()
    }
}

/// One task that runs waiting turns of a process one after another, which spares each of them a task.
///
/// A cancellation stays with a task for ever, so the train ends with a turn that was cancelled.
final class TurnTrain: Sendable {
    private struct State {
        var task: Task<Void, Never>?
        var current: WireCall?
        var isTainted = false
    }

    /// After so many turns another task goes on, so that one process does not keep a thread for itself.
    static let length = 64

    private let state: Mutex<State>

    init(_ first: WireCall? = nil) {
        state = Mutex(State(current: first))
    }

    func runs(_ task: Task<Void, Never>) {
        let isTainted = state.withLock { state in
            state.task = task
            return state.isTainted
        }
        if isTainted { task.cancel() }
    }

    /// Takes note of the turn that runs already.
    func takes(_ call: WireCall) { state.withLock { $0.current = call } }

    /// - Returns: whether the train takes over this call's turn.
    func goOn(with next: WireCall) -> Bool {
        state.withLock { state in
            guard !state.isTainted else { return false }
            state.current = next
            return true
        }
    }

    /// Cancels the turn of `call`, if that is what runs.
    func cancel(_ call: WireCall) {
        let task = state.withLock { state -> Task<Void, Never>? in
            guard state.current === call else { return nil }
            state.isTainted = true
            return state.task
        }
        task?.cancel()
    }
}
