// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// The gate of an instance and who waits at it.
struct Entrance: Sendable {
    private var gate: GateCore
    private var waiters: [TurnID: Waiter] = [:]

    /// A turn that begins now, and who is told.
    struct Start: Sendable {
        let turn: TurnID
        let waiter: Waiter
    }

    /// What follows from the end of a turn.
    struct FollowUp: Sendable {
        /// Later sendings of the same request: each gets the reply too.
        var answers: [Waiter] = []
        /// The turns that begin now.
        var starts: [Start] = []
    }

    init(epoch: Epoch, concurrent: Bool) {
        gate = GateCore(epoch: epoch, concurrent: concurrent)
    }

    var epoch: Epoch { gate.epoch }
    var waitingCount: Int { waiters.count }
    var runningCount: Int { gate.runningCount }
    /// In ascending order.
    var runningTurns: [TurnID] { gate.runningTurns }
    func runs(_ turn: TurnID) -> Bool { gate.runs(turn) }
    var replyBytes: Int { gate.replyBytes }

    /// The quick way for a call from this node: it runs at once, or is brought with `arrive`.
    mutating func admitLocal(turn: TurnID, chain: [TurnID]) -> LocalAdmission {
        gate.admitLocal(turn: turn, chain: chain, hint: .none)
    }

    /// A call that comes over a connection, or one from this node that has to wait.
    mutating func arrive(
        _ turn: TurnID, from source: CallSource, chain: [TurnID], deadline: Instant, waiter: Waiter, at now: Instant
    ) -> Admission {
        let admission = gate.arrive(turn, from: source, chain: chain, deadline: deadline, at: now)
        switch admission {
        case .waiting, .joined: waiters[turn] = waiter
        case .run, .answer, .redirectHere, .refuse: break
        }
        return admission
    }

    /// A turn ended. `nil` if nobody waits for that.
    mutating func finish(_ turn: TurnID, reply: StoredReply? = nil) -> FollowUp? {
        guard let ended = gate.finish(turn, reply: reply) else { return nil }
        var next = FollowUp(answers: take(ended.answered))
        for turn in ended.starts {
            if let waiter = waiters.removeValue(forKey: turn.id) {
                next.starts.append(Start(turn: turn.id, waiter: waiter))
            }
        }
        return next
    }

    /// Whose caller no longer waits leaves; a turn that runs for nobody else is to be cancelled.
    mutating func withdraw(_ turn: TurnID, of request: RequestID? = nil) -> (refused: [Waiter], cancelled: TurnID?) {
        let withdrawn = gate.withdraw(turn, of: request)
        return (take(withdrawn.refused), withdrawn.cancelled)
    }

    /// Goes on under a higher epoch and begins a new line.
    mutating func take(_ newer: Epoch) { gate.take(newer, as: .newLine) }

    /// Nothing begins any more.
    mutating func stop() -> (refused: [Waiter], cancelled: [TurnID]) {
        let stopped = gate.stop()
        return (take(stopped.refused), stopped.cancelled)
    }

    /// - Returns: the bytes that were freed.
    mutating func dropReply(to request: RequestID) -> Int { gate.dropReply(to: request) }

    mutating func forget(_ request: RequestID) {
        _ = gate.forget(request)
    }

    private mutating func take(_ turns: [TurnID]) -> [Waiter] {
        turns.isEmpty ? [] : turns.compactMap { waiters.removeValue(forKey: $0) }
    }
}
