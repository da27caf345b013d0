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
    private struct State {
        var body: Task<Void, Never>?
        var errands: [Task<Void, Never>] = []
        var turns: [TurnID: any TurnTask] = [:]
        /// Turns that were cancelled before their tasks were known.
        var cancelled: Set<TurnID> = []
    }

    let id: ProcessID
    let kind: KindPlan
    let actor: any DistributedActor
    let residence: Residence
    let gate: Mutex<Entrance>
    /// No turn runs and none will, and the body has ended.
    let quiet = Milestone()
    let ended = Milestone()
    private let bodyEnded = Milestone()
    /// Written under the lock of ``state`` alone, so that no body begins once it is set; read without, after every turn.
    private let endingFlag = Atomic<Bool>(false)
    /// How many turns are in the set of the cancelled, or about to be.
    private let earlyCancellations = Atomic<Int>(0)
    private let state = Mutex(State())

    init(id: ProcessID, kind: KindPlan, actor: any DistributedActor, residence: Residence) {
        self.id = id
        self.kind = kind
        self.actor = actor
        self.residence = residence
        gate = Mutex(Entrance(epoch: residence.facts.epoch, concurrent: kind.isConcurrent))
    }

    /// Begins the process's body, unless the instance ends already: then it has none.
    func begin(_ body: @escaping @Sendable () async -> Void) {
        state.withLock { state in
            guard !endingFlag.load(ordering: .relaxed) else { return }
            // Detached: a body inherits neither deadline, chain nor priority of who placed it. It is owned here.
            state.body = Task.detached {
                await body()
                // A task that is kept keeps its memory, several times that of an idle instance.
                self.state.withLock { $0.body = nil }
                self.bodyEnded.reach()
                self.turnEnded()
            }
        }
    }

    /// Keeps a task that ends this instance for as long as the instance lives.
    func own(_ errand: Task<Void, Never>) {
        state.withLock { $0.errands.append(errand) }
    }

    /// Whether a turn runs.
    var isBusy: Bool { gate.withLock { $0.runningCount > 0 } }

    /// Nothing is admitted any more.
    var isEnding: Bool { endingFlag.load(ordering: .acquiring) }

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

    // MARK: The end

    /// - Returns: whether the caller is the first to end this instance.
    func beginEnding() -> Bool {
        state.withLock { _ in !endingFlag.exchange(true, ordering: .acquiringAndReleasing) }
    }

    /// Cancels the body; ``quiet`` is reached once it and the last turn have ended.
    func cancelBody() {
        if let body = state.withLock({ $0.body }) { body.cancel() } else { bodyEnded.reach() }
        turnEnded()
    }

    /// Cancels every turn that has a task of its own.
    func cancelTurns() {
        for turn in gate.withLock({ $0.runningTurns }) { cancel(turn) }
    }

    /// What ``quiet`` waits for, as an operator reads it.
    var unfinished: String {
        let turns = gate.withLock { $0.runningTurns }.map(String.init(describing:))
        return ((bodyEnded.isReached ? [] : ["run()"]) + turns.map { "turn \($0)" }).joined(separator: ", ")
    }

    /// Called whenever a turn has ended.
    func turnEnded() {
        guard endingFlag.load(ordering: .acquiring), bodyEnded.isReached, gate.withLock({ $0.runningCount == 0 })
        else { return }
        quiet.reach()
    }
}
