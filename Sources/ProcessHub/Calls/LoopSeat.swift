// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import Synchronization

/// A task that runs turns on whatever thread brings them, one at a time.
///
/// Between two turns the task waits to enter the seat, which is a serial executor that only keeps it. Whoever brings a
/// turn takes the task from there and runs it as the pool would: with no executor, so that it enters an actor that is
/// free on the same thread, leaves one that is busy to the actor's own queue, and goes on in the pool after it suspends.
/// Should a version of the runtime do any of this differently, turns run in the pool, and nothing else changes.
final class LoopSeat: SerialExecutor {
    enum Outcome {
        /// The task is not in its seat; the turn was not touched.
        case refused
        /// With the call whose turn begins now.
        case ended(next: WireCall?)
        /// The turn suspended, or its actor was busy: it goes on elsewhere, and the task with it.
        case left
    }

    private struct State {
        var parked: UnownedJob?
        var call: WireCall?
        var hasEnded = false
        var next: WireCall?
        /// Whoever brought the turn did not see it end.
        var isAlone = false
        var isClosed = false
    }

    /// Cancels the turn of a task that has left its seat.
    let train = TurnTrain()
    private let state = Mutex(State())

    /// - Parameters:
    ///   - execute: what the task does with each call; it returns the call whose turn begins then.
    ///   - goOn: where that one runs if the turn ended elsewhere.
    init(
        _ execute: @escaping @Sendable (WireCall) async -> WireCall?, then goOn: @escaping @Sendable (WireCall) -> Void
    ) {
        let attendant = Attendant(seat: self)
        // Detached: it serves strangers, one after another.
        train.runs(
            Task.detached {
                while let call = await attendant.next() {
                    let next = await execute(call)
                    guard !self.ended(next) else { continue }
                    // A task that has left its seat does not come back: it may have been cancelled.
                    if let next { goOn(next) }
                    return
                }
            })
    }

    /// Runs a turn on the calling thread, as far as it goes without waiting.
    func run(_ call: WireCall) -> Outcome {
        let job = state.withLock { state -> UnownedJob? in
            guard let job = state.parked else { return nil }
            state.parked = nil
            state.call = call
            state.hasEnded = false
            return job
        }
        guard let job else { return .refused }
        job.runSynchronously(on: Self.noExecutor)
        return state.withLock { state in
            state.isAlone = !state.hasEnded
            return state.hasEnded ? .ended(next: state.next.take()) : .left
        }
    }

    /// The task ends once it is in its seat.
    func close() {
        let job = state.withLock { state in
            state.isClosed = true
            return state.parked.take()
        }
        job?.runSynchronously(on: Self.noExecutor)
    }

    /// - Returns: whether whoever brought the turn will see that it has ended.
    private func ended(_ next: WireCall?) -> Bool {
        state.withLock { state in
            state.hasEnded = true
            if !state.isAlone { state.next = next }
            return !state.isAlone
        }
    }

    fileprivate func takeCall() -> WireCall? {
        state.withLock { $0.call.take() }
    }

    // MARK: The executor

    /// Keeps the task until a turn comes.
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isClosed = state.withLock { state in
            if !state.isClosed { state.parked = job }
            return state.isClosed
        }
        if isClosed { globalConcurrentExecutor.enqueue(job) }
    }

    /// What the task does in the seat is safe on every thread: it takes a call out of a lock.
    func checkIsolated() {}

    /// The executor of code that has none, for which the standard library has no name: two words of zero.
    private static let noExecutor = unsafeBitCast((0, 0), to: UnownedSerialExecutor.self)
}

/// Lets a task into its seat and out again.
private actor Attendant {
    private nonisolated let seat: LoopSeat
    nonisolated var unownedExecutor: UnownedSerialExecutor { seat.asUnownedSerialExecutor() }

    init(seat: LoopSeat) {
        self.seat = seat
    }

    /// The next turn; `nil` when there will be none.
    @inline(never)
    func next() -> WireCall? { seat.takeCall() }
}
