// SPDX-License-Identifier: Apache-2.0

internal import Distributed
internal import HubCore
internal import Synchronization

/// Who is told when a call may run, or why it may not.
enum Waiter: Sendable {
    /// A caller on this node, whose own task runs the turn.
    case local(UnsafeContinuation<TurnAnswer, Never>)
    /// A call from the wire, which gets a task.
    case wire(WireCall)
    /// A cast of this node, which gets a task too.
    case cast(LocalCast)
}

enum TurnAnswer: Sendable {
    case run
    case refused(Refusal)
}

/// A running copy of a child on this node: the actor behind its gate.
final class Instance: Sendable {
    /// What only an instance that ends needs.
    private final class Ending: Sendable {
        /// No turn runs and none will, and the body has ended.
        let quiet = Milestone()
        let ended = Milestone()
        /// How it ended, if that is to be reported once its start is.
        let owed = Mutex<ExitReason?>(nil)
    }

    private struct State {
        /// What runs the body and can cancel it, while it runs.
        var body: (any TurnTask)?
        var turns: [TurnID: any TurnTask] = [:]
        /// What few instances need, and no idle one.
        private var more: [More] = []

        private struct More {
            /// Turns that were cancelled before their tasks were known.
            var cancelled: Set<TurnID> = []
            var ending: Ending?
        }

        var ending: Ending? {
            get { more.isEmpty ? nil : more[0].ending }
            set {
                if more.isEmpty { more.append(More()) }
                more[0].ending = newValue
            }
        }

        var cancelled: Set<TurnID> {
            get { more.isEmpty ? [] : more[0].cancelled }
            _modify {
                if more.isEmpty { more.append(More()) }
                yield &more[0].cancelled
            }
        }
    }

    let sponsor: Sponsor
    let child: ChildID
    let kind: KindPlan
    let actor: any DistributedActor
    let residence: Residence
    let gate: Mutex<Entrance>
    /// How long it may take to end.
    private let shutdownNanoseconds: Int64
    /// Written under the lock of ``state`` alone, so that no body begins once it is set; read without, after every turn.
    private let endingFlag = Atomic<Bool>(false)
    /// Whether the hub was told that it started. Touched under the lock of ``state``.
    private let startFlag = Atomic<Bool>(false)
    /// How many turns are in the set of the cancelled, or about to be.
    private let earlyCancellations = Atomic<Int32>(0)
    private let state = Mutex(State())

    init(
        _ order: StartOrder, kind: KindPlan, actor: any DistributedActor, residence: Residence, sponsor: Sponsor
    ) {
        self.sponsor = sponsor
        child = order.child.id
        self.kind = kind
        self.actor = actor
        self.residence = residence
        shutdownNanoseconds = order.child.shutdown.wholeNanoseconds
        gate = Mutex(Entrance(epoch: order.epoch, concurrent: kind.isConcurrent))
    }

    var id: ProcessID { ProcessID(hub: sponsor.hub, child: child) }
    /// It may go on in place under a higher one.
    var epoch: Epoch { gate.withLock { $0.epoch } }
    /// Which activation it is.
    var activation: InstanceID { InstanceID(child: child, epoch: epoch) }
    var shutdown: Duration { .nanoseconds(shutdownNanoseconds) }

    /// Whether a turn runs.
    var isBusy: Bool { gate.withLock { $0.runningCount > 0 } }

    /// Nothing is admitted any more.
    var isEnding: Bool { endingFlag.load(ordering: .acquiring) }

    /// It asks for its end.
    func requestStop() { sponsor.onStopRequest(self) }

    // MARK: The body

    /// Lets the body begin, unless the instance ends already: then it has none.
    ///
    /// - Parameter task: what cancels it.
    func beginBody(in task: any TurnTask) -> Bool {
        state.withLock { state in
            guard !endingFlag.load(ordering: .relaxed) else { return false }
            state.body = task
            return true
        }
    }

    /// A task that is kept keeps its memory, several times that of an idle instance.
    func endBody() {
        state.withLock { $0.body = nil }
        turnEnded()
    }

    // MARK: Turns with a task of their own

    /// Takes note of what cancels a turn, before the turn begins.
    func own(_ task: any TurnTask, as turn: TurnID) {
        let isCancelled = state.withLock { state in
            state.turns[turn] = task
            return takeEarlyCancellation(of: turn, from: &state)
        }
        if isCancelled { task.cancel() }
    }

    func disown(_ turn: TurnID) {
        state.withLock { state in
            state.turns[turn] = nil
            _ = takeEarlyCancellation(of: turn, from: &state)
        }
    }

    /// The gate has let go of a turn: from now on it cannot be cancelled.
    func turnOver(_ turn: TurnID) {
        if earlyCancellations.load(ordering: .relaxed) > 0 { disown(turn) }
    }

    private func takeEarlyCancellation(of turn: TurnID, from state: inout State) -> Bool {
        guard !state.cancelled.isEmpty, state.cancelled.remove(turn) != nil else { return false }
        earlyCancellations.subtract(1, ordering: .relaxed)
        return true
    }

    /// Cancels a turn, also one whose task is only just being made. One that runs in its caller's task goes on.
    func cancel(_ turn: TurnID) {
        // Before the gate is asked, so that whoever finishes the turn after that sees it.
        earlyCancellations.add(1, ordering: .relaxed)
        let (task, isKept) = state.withLock { state -> ((any TurnTask)?, Bool) in
            if let task = state.turns[turn] { return (task, false) }
            // Bounded by the turns that run.
            return (nil, gate.withLock { $0.runs(turn) } && state.cancelled.insert(turn).inserted)
        }
        if !isKept { earlyCancellations.subtract(1, ordering: .relaxed) }
        task?.cancel()
    }

    /// The turns that run in tasks of their callers.
    var turnsOfCallers: [TurnID] {
        guard isBusy else { return [] }
        let running = gate.withLock { $0.runningTurns }
        return state.withLock { state in running.filter { state.turns[$0] == nil } }
    }

    // MARK: The end

    /// - Returns: whether the caller is the first to end this instance.
    func beginEnding() -> Bool {
        state.withLock { state in
            guard !endingFlag.exchange(true, ordering: .acquiringAndReleasing) else { return false }
            state.ending = Ending()
            return true
        }
    }

    /// Cancels the body.
    func cancelBody() {
        state.withLock { $0.body }?.cancel()
        turnEnded()
    }

    /// Cancels every turn that has a task of its own.
    func cancelTurns() {
        for turn in gate.withLock({ $0.runningTurns }) { cancel(turn) }
    }

    /// Body and turns of an ending instance have ended.
    var isQuiet: Bool { state.withLock { $0.ending }?.quiet.isReached ?? false }

    /// Waits until body and turns of an ending instance have ended.
    ///
    /// - Returns: whether they did in time.
    func untilQuiet(atMost time: Duration) async -> Bool {
        guard let ending = state.withLock({ $0.ending }) else { return false }
        return await ending.quiet.wait(atMost: time)
    }

    /// It has ended.
    ///
    /// - Returns: whether its start was reported. If not, whoever reports that reports this too.
    func hasEnded(_ exit: ExitReason) -> Bool {
        let (ending, isStartReported) = state.withLock { state in
            let isStartReported = startFlag.load(ordering: .relaxed)
            if !isStartReported { state.ending?.owed.withLock { $0 = exit } }
            return (state.ending, isStartReported)
        }
        ending?.ended.reach()
        return isStartReported
    }

    /// The hub was told that it started.
    ///
    /// - Returns: how it ended, if it did before: that is to be reported now.
    func startIsReported() -> ExitReason? {
        state.withLock { state in
            startFlag.store(true, ordering: .relaxed)
            return state.ending?.owed.withLock { $0.take() }
        }
    }

    /// Waits until an ending instance has ended.
    func untilEnded() async { await state.withLock { $0.ending }?.ended.wait() }

    /// What an ending instance waits for, as an operator reads it.
    var unfinished: String {
        let turns = gate.withLock { $0.runningTurns }.map { "turn \($0)" }
        return ((state.withLock { $0.body } == nil ? [] : ["run()"]) + turns).joined(separator: ", ")
    }

    /// Called whenever a turn or the body has ended.
    func turnEnded() {
        guard endingFlag.load(ordering: .acquiring) else { return }
        let ending = state.withLock { $0.body == nil ? $0.ending : nil }
        guard let ending, gate.withLock({ $0.runningCount == 0 }) else { return }
        ending.quiet.reach()
    }
}
