// SPDX-License-Identifier: Apache-2.0

/// The process's half of a call: which calls run now, which wait, which were executed before.
///
/// One for each activation, a value: the driver asks it under a lock and does what it says after the lock. It knows no
/// clock and no connection. The driver arms a timer for each call that waits and withdraws it when the time comes.
///
/// All decisions are in a type without a parameter: what is generic in a package is not specialised for another module,
/// and looking types up at run time costs more than the whole gate.
package struct Gate<Waiter: Sendable>: Sendable {
    private var core: GateCore
    /// Who waits for the answer of a sending that waits, or that joined one which waits or runs.
    package private(set) var waiters: [TurnID: Waiter] = [:]

    /// The gate of an activation that begins with its arguments alone.
    ///
    /// - Parameter held: calls wait until `open`.
    package init(epoch: Epoch, concurrent: Bool = false, held: Bool = false, limits: GateLimits = .standard) {
        let nothing = GateCopy(epoch: epoch, version: 0, since: epoch)
        self.init(continuing: nothing, under: epoch, as: .unbroken, concurrent: concurrent, limits: limits)
        if !held { _ = core.open() }
    }

    /// The gate of an activation that begins with a copy; it is held until `open`.
    package init(
        continuing copy: GateCopy, under epoch: Epoch, as continuation: Continuation, concurrent: Bool = false,
        limits: GateLimits = .standard
    ) {
        core = GateCore(
            continuing: copy, under: epoch, as: continuation, concurrent: concurrent, limits: limits)
    }
}

extension Gate {
    /// The epoch of this activation; calls that expect a higher one are refused.
    package var epoch: Epoch { core.epoch }
    /// Where the unbroken line of states began: what was sent to an earlier activation may be executed in another line.
    package var since: Epoch { core.since }
    /// Turns finished since the process was first activated.
    package var version: UInt64 { core.version }
    package var runningCount: Int { core.running.count }
    /// In ascending order.
    package var runningTurns: [TurnID] { core.running.turns }
    package var waitingCount: Int { core.waitingCount }
    package var windowCount: Int { core.windowCount }
    /// Bytes of the replies in the window; counted against the node's budget.
    package var replyBytes: Int { core.replyBytes }
    package var isOpen: Bool { core.isOpen }
    /// Sealed, and no turn runs.
    package var isSealed: Bool { core.isSealed }
    package var isStopped: Bool { core.isStopped }
    /// Nothing runs and nothing waits.
    package var isQuiet: Bool { core.running.isEmpty && !core.hasWaiting }
    /// Where the process went.
    package var movedTo: Route? { core.movedTo }
}

// MARK: - Arrivals and ends

extension Gate {
    /// The quick way for a call from this node: it runs at once, or the driver brings it with `arrive`.
    package mutating func admitLocal(turn: TurnID, chain: [TurnID], hint: Epoch = .none) -> LocalAdmission {
        core.admitLocal(turn: turn, chain: chain, hint: hint)
    }

    /// A call that comes over a connection, or one from this node that has to wait.
    ///
    /// The waiter is kept if the answer is `waiting` or `joined`.
    package mutating func arrive(_ arrival: Arrival<Waiter>, at now: Instant) -> Admission {
        let admission = core.arrive(
            arrival.turn, from: arrival.source, chain: arrival.chain, deadline: arrival.deadline, at: now)
        switch admission {
        case .waiting, .joined: waiters[arrival.turn] = arrival.waiter
        case .run, .answer, .redirectHere, .refuse: break
        }
        return admission
    }

    /// A turn ended, in whatever way: it counts, and the reply of one that came over a connection is remembered.
    ///
    /// - Parameter reply: what goes out to the caller; `nil` for a turn of this node, and for a reply too large to keep.
    package mutating func finish(_ turn: TurnID, reply: StoredReply? = nil) -> Finished<Waiter> {
        guard let ended = core.finish(turn, reply: reply) else { return .idle }
        return .follow(
            FollowUp(answers: take(ended.answered), starts: take(ended.starts), isSealed: ended.isSealed))
    }

    /// The deadline of a sending passed, or its caller cancelled it.
    ///
    /// - Parameter request: of a call that came over a connection.
    package mutating func withdraw(_ turn: TurnID, of request: RequestID? = nil) -> Withdrawal<Waiter> {
        let withdrawn = core.withdraw(turn, of: request)
        return Withdrawal(refused: take(withdrawn.refused), cancelled: withdrawn.cancelled)
    }

    private mutating func take(_ sendings: [TurnID]) -> [Waiter] {
        sendings.compactMap { waiters.removeValue(forKey: $0) }
    }

    private mutating func take(_ turns: [Turn]) -> [TurnStart<Waiter>] {
        turns.compactMap { turn in
            waiters.removeValue(forKey: turn.id).map {
                TurnStart(turn: turn.id, request: turn.request, waiter: $0)
            }
        }
    }
}

// MARK: - Moves, stops, new epochs

extension Gate {
    /// Lets no more turns begin; what arrives waits.
    ///
    /// - Returns: whether no turn runs any more; if not, a `finish` will say so.
    package mutating func seal() -> Bool { core.seal() }

    /// Lets turns begin: after an aborted move, or once a held activation goes into service.
    ///
    /// - Returns: the turns that begin now.
    package mutating func open() -> [TurnStart<Waiter>] { take(core.open()) }

    /// The process goes on elsewhere: everyone who waits is redirected, and everyone who comes.
    ///
    /// - Returns: the waiters to redirect; `nil` while a turn runs or the gate is open, and then nothing changed.
    package mutating func redirect(to route: Route) -> [Waiter]? { core.redirect(to: route).map { take($0) } }

    /// Ends the process: nothing begins any more.
    package mutating func stop() -> Stopped<Waiter> {
        let stopped = core.stop()
        return Stopped(refused: take(stopped.refused), cancelled: stopped.cancelled)
    }

    /// Goes on under a higher epoch; a lower one is ignored.
    ///
    /// - Parameter continuation: `newLine` if another activation may have executed calls in between.
    package mutating func take(_ newer: Epoch, as continuation: Continuation) {
        core.take(newer, as: continuation)
    }
}

// MARK: - The window

extension Gate {
    /// What a copy of the process's state must carry.
    ///
    /// - Returns: `nil` while a turn runs: the state would be neither before nor after it.
    package func copy() -> GateCopy? { core.copy() }

    /// The time of a request is over, or the node needs the room.
    ///
    /// - Returns: whether the window knew it.
    package mutating func forget(_ request: RequestID) -> Bool { core.forget(request) }

    /// The node needs the room of a reply: only *executed* is kept.
    ///
    /// - Returns: the bytes that were freed.
    package mutating func dropReply(to request: RequestID) -> Int { core.dropReply(to: request) }

    /// A caller's incarnation left the settled view: what the window has forgotten of it needs no telling apart any more.
    package mutating func callerLeft(_ caller: Incarnation) { core.callerLeft(caller) }
}

extension Gate: Equatable where Waiter: Equatable {}
extension Gate: Hashable where Waiter: Hashable {}
