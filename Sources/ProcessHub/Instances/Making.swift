// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import Synchronization

/// One start order while it is carried out: the task that makes the instance and then runs its body.
final class Making: TurnTask {
    /// What is to become of the instance.
    enum Fate: Sendable {
        case open
        /// A stop came meanwhile: its order is answered, and it is ended without ever having been open.
        case stopped(StopOrder)
        /// Nobody waits for it any more.
        case givenUp
    }

    private struct State {
        var task: Task<Void, Never>?
        var timer: TimerID?
        var isMade = false
        /// It is made, and calls do not reach it yet.
        var isOpening = false
        var isGivenUp = false
        var isCancelled = false
        /// The body has ended too, or there was none.
        var isOver = false
        var stop: StopOrder?
    }

    let order: StartOrder
    let sponsor: Sponsor
    /// `nil` for a kind that does not run here.
    let plan: KindPlan?
    let batch: StartBatch
    /// What its initializer took, in nanoseconds; touched by one at a time.
    let spent = Atomic<Int64>(0)
    /// Among all that is being made; touched under the lock of those alone.
    fileprivate let place = Atomic(-1)
    private let state = Mutex(State())

    /// Its initializer has ended, whether it threw or not.
    func took(since start: Int64) { spent.store(Clock.elapsedNanoseconds() - start, ordering: .relaxed) }

    init(_ order: StartOrder, sponsor: Sponsor, batch: StartBatch) {
        self.order = order
        self.sponsor = sponsor
        self.batch = batch
        plan = sponsor.plan(of: order.child.kind)
    }

    var id: ProcessID { sponsor.process(order.child.id) }
    var activation: InstanceID { order.instance }

    /// Keeps the task, so that it can be cancelled.
    ///
    /// - Returns: whether the instance is still being made.
    func runs(_ task: Task<Void, Never>) -> Bool {
        let (isCancelled, isMade) = state.withLock { state in
            if !state.isOver { state.task = task }
            return (state.isCancelled, state.isMade)
        }
        if isCancelled { task.cancel() }
        return !isMade
    }

    /// The instance is made or not to be, and its body has ended.
    var isOver: Bool { state.withLock { $0.isOver } }

    /// There is nothing left to cancel. A task that is kept keeps its memory, which the next one takes over while it is warm.
    func end() {
        state.withLock { state in
            state.isOver = true
            state.task = nil
        }
    }

    /// Keeps the timer of the order's deadline.
    ///
    /// - Returns: whether it is needed.
    func arm(_ timer: TimerID) -> Bool {
        state.withLock { state in
            if !state.isMade { state.timer = timer }
            return !state.isMade
        }
    }

    /// The initializer has returned or thrown.
    ///
    /// - Returns: what is to become of the instance, and the timer that nobody needs any more.
    func finish() -> (fate: Fate, timer: TimerID?) {
        state.withLock { state in
            state.isMade = true
            let timer = state.timer.take()
            if state.isGivenUp { return (.givenUp, timer) }
            state.isOpening = state.stop == nil
            return (state.stop.map(Fate.stopped) ?? .open, timer)
        }
    }

    /// What was to be opened is found in the table, or never will be: a stop finds it there, or nothing.
    ///
    /// - Returns: the stop order that came since ``finish()``.
    func opened() -> StopOrder? {
        state.withLock { state in
            state.isOpening = false
            return state.stop
        }
    }

    /// A stop order for what is being made.
    ///
    /// - Returns: whether it is in time.
    func stop(_ order: StopOrder) -> Bool {
        state.withLock { state in
            guard !state.isGivenUp, !state.isMade || state.isOpening else { return false }
            state.stop = order
            return true
        }
    }

    /// The deadline passed.
    ///
    /// - Returns: whether the instance was still being made, and the stop order that is to be answered too.
    func giveUp() -> (isInTime: Bool, stop: StopOrder?) {
        let result = state.withLock { state -> (Bool, StopOrder?) in
            guard !state.isMade, !state.isGivenUp else { return (false, nil) }
            state.isGivenUp = true
            return (true, state.stop)
        }
        if result.0 { cancel() }
        return result
    }

    /// Cancels the initializer or the body, whichever runs.
    func cancel() {
        let task = state.withLock { state in
            state.isCancelled = true
            return state.task
        }
        task?.cancel()
    }
}

/// What is being made on a node, under its lock. The hubs bound how much that is; each knows its place, so that coming and
/// going needs no search.
struct Makings {
    private(set) var all: [Making] = []

    var isEmpty: Bool { all.isEmpty }

    mutating func insert(_ making: Making) {
        making.place.store(all.count, ordering: .relaxed)
        all.append(making)
    }

    /// Takes it out, if it is still in.
    mutating func remove(_ making: Making) {
        let place = making.place.exchange(-1, ordering: .relaxed)
        guard place >= 0, let last = all.popLast(), place < all.count else { return }
        all[place] = last
        last.place.store(place, ordering: .relaxed)
    }

    func find(_ id: ProcessID, _ epoch: Epoch) -> Making? { all.first { $0.order.epoch == epoch && $0.id == id } }
}

/// The orders that one worker carries out in one go: those that are done at once are reported together.
final class StartBatch: Sendable {
    struct Started {
        var activation: InstanceID
        var instance: Instance
    }

    private struct State {
        var started: [Started] = []
        var isOver = false
    }

    private let state: Mutex<State>

    /// - Parameter isOver: whether each is reported by itself.
    init(isOver: Bool = false) { state = Mutex(State(isOver: isOver)) }

    /// - Returns: whether the batch reports it; otherwise it is over, and the caller does.
    func add(_ started: Started) -> Bool {
        state.withLock { state in
            if !state.isOver { state.started.append(started) }
            return !state.isOver
        }
    }

    /// Nothing is added any more.
    func close() -> [Started] {
        state.withLock { state in
            state.isOver = true
            return state.started
        }
    }
}

/// Start orders that several workers take from.
final class StartQueue: Sendable {
    private let makings: [Making]
    private let next = Atomic(0)

    init(_ makings: [Making]) { self.makings = makings }

    /// The next so many.
    func take() -> ArraySlice<Making>? {
        let first = next.add(Limits.startsAtOnce, ordering: .relaxed).oldValue
        guard first < makings.count else { return nil }
        return makings[first..<min(first + Limits.startsAtOnce, makings.count)]
    }
}
