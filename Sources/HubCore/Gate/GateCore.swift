// SPDX-License-Identifier: Apache-2.0

/// The decisions of a gate. It names sendings by their turns; `Gate` around it, or a driver, keeps their waiters.
package struct GateCore: Hashable, Sendable {
    package private(set) var epoch: Epoch
    private(set) var since: Epoch
    private(set) var version: UInt64
    private var phase: Phase
    private let isConcurrent: Bool
    private let limits: GateLimits
    private(set) var running = RunningTurns()
    private(set) var waiting = WaitingCalls()
    private(set) var window: ReplyWindow

    private enum Phase: Hashable, Sendable {
        /// Turns begin. → sealed, stopped
        case open
        /// Not in service yet: calls wait. → open, sealed, moved, stopped
        case held
        /// No turn begins but those of a running turn's own chain. → open, moved (once none runs), stopped
        case sealed
        /// The process goes on elsewhere; this gate lets nothing in for ever.
        indirect case moved(Route)
        /// The process ended. What runs may finish, what was executed is still answered.
        case stopped
    }

    init(
        continuing copy: GateCopy, under epoch: Epoch, as continuation: Continuation, concurrent: Bool,
        limits: GateLimits
    ) {
        self.epoch = epoch
        since = continuation == .unbroken ? copy.since : epoch
        version = copy.version
        phase = .held
        isConcurrent = concurrent
        self.limits = limits
        window = ReplyWindow(copy, within: limits)
    }

    /// The open gate of an activation that begins with its arguments alone.
    package init(epoch: Epoch, concurrent: Bool) {
        let nothing = GateCopy(epoch: epoch, version: 0, since: epoch)
        self.init(continuing: nothing, under: epoch, as: .unbroken, concurrent: concurrent, limits: .standard)
        phase = .open
    }

    package var runningCount: Int { running.count }
    /// In ascending order.
    package var runningTurns: [TurnID] { running.turns }
    package var replyBytes: Int { window.replyBytes }
    package func runs(_ turn: TurnID) -> Bool { running.contains(anyOf: [turn]) }
    var isOpen: Bool { if case .open = phase { true } else { false } }
    var isSealed: Bool { if case .sealed = phase { running.isEmpty } else { false } }
    var isStopped: Bool { if case .stopped = phase { true } else { false } }
    var movedTo: Route? {
        if case .moved(let route) = phase { route } else { nil }
    }
}

// MARK: - Arrivals

extension GateCore {
    package mutating func admitLocal(turn: TurnID, chain: [TurnID], hint: Epoch) -> LocalAdmission {
        if isOpen, running.isEmpty, hint <= epoch {
            running.insert(Turn(id: turn, request: nil))
            return .run
        }
        if hint > epoch { return .refuse(.stale(own: epoch)) }
        if let refusal = refusalOfPhase { return .refuse(refusal) }
        guard mayRun(chain) else { return .wait }
        guard running.count < Int(limits.mailbox) else { return .refuse(.overloaded) }
        running.insert(Turn(id: turn, request: nil))
        return .run
    }

    package mutating func arrive(
        _ turn: TurnID, from source: CallSource, chain: [TurnID], deadline: Instant, at now: Instant
    ) -> Admission {
        let refusal =
            switch source {
            case .local(let hint): hint > epoch ? Admission.refuse(.stale(own: epoch)) : nil
            case .wire(let request, let mode): refusal(of: request, mode, as: turn)
            }
        if let refusal { return refusal }
        if let refusal = refusalOfPhase { return .refuse(refusal) }
        if deadline <= now { return .refuse(.deadlinePassed) }
        return admit(Turn(id: turn, request: source.request), mayRun: mayRun(chain))
    }

    /// What is said to a sending that must not be executed by itself; `nil` if it may.
    ///
    /// The order matters: what is known about the request is told before anything that the caller may take as *not
    /// executed*.
    private mutating func refusal(of request: RequestID, _ mode: CallMode, as turn: TurnID) -> Admission? {
        if case .moved(let route) = phase { return .refuse(.redirect(route)) }
        if mode.hint > epoch { return .refuse(.stale(own: epoch)) }
        if waiting.isUnderWay(request) { return waiting.join(request, turn) ? .joined : .refuse(.unknown) }
        if let kept = window.reply(to: request) { return kept.admission }
        let isForgotten = window.mayHaveForgotten(request)
        switch mode {
        case .first(let hint):
            return hint < since || (hint < epoch && isForgotten) ? .redirectHere : nil
        case .again(let first, _):
            if isForgotten { return .refuse(.expired) }
            return first < since || first > epoch ? .refuse(.unknown) : nil
        }
    }

    private mutating func admit(_ turn: Turn, mayRun: Bool) -> Admission {
        let limit = isOpen ? limits.mailbox : limits.parked
        guard (mayRun ? running.count : waiting.count) < Int(limit) else { return .refuse(.overloaded) }
        guard mayRun else {
            waiting.append(turn)
            return .waiting
        }
        running.insert(turn)
        if let request = turn.request { waiting.begin(request, as: turn.id) }
        return .run
    }

    private var refusalOfPhase: Refusal? {
        switch phase {
        case .open, .held, .sealed: nil
        case .moved(let route): .redirect(route)
        case .stopped: .stopped
        }
    }

    /// Whether a call may begin its turn now. One whose chain contains a turn that runs here passes everything: that
    /// turn cannot end before it.
    private func mayRun(_ chain: [TurnID]) -> Bool {
        if isOpen, running.isEmpty || isConcurrent { return true }
        return running.contains(anyOf: chain)
    }
}

// MARK: - Ends

/// What follows from the end of a turn, in turns.
package struct Ended: Sendable {
    package var answered: [TurnID] = []
    package var starts: [Turn] = []
    package var isSealed = false
}

/// What leaves the gate when a caller no longer waits, in turns.
package struct Withdrawn: Sendable {
    package var refused: [TurnID] = []
    package var cancelled: TurnID?
}

extension GateCore {
    /// - Returns: `nil` if nobody waits for it.
    package mutating func finish(_ turn: TurnID, reply: StoredReply?) -> Ended? {
        guard let ended = running.remove(turn) else { return nil }
        version &+= 1
        var answered: [TurnID] = []
        if let request = ended.request {
            answered = waiting.end(request)
            window.remember(request, reply, within: limits)
        }
        if isOpen, waiting.isEmpty, answered.isEmpty { return nil }
        return Ended(answered: answered, starts: startNext(), isSealed: isSealed)
    }

    private mutating func startNext() -> [Turn] {
        guard isOpen, !waiting.isEmpty else { return [] }
        var starts: [Turn] = []
        while running.isEmpty || isConcurrent, let next = waiting.popFirst() {
            running.insert(next)
            starts.append(next)
        }
        return starts
    }

    package mutating func withdraw(_ turn: TurnID, of request: RequestID?) -> Withdrawn {
        guard let request else { return waiting.withdraw(turn) }
        return waiting.withdraw(turn, of: request)
    }
}

// MARK: - Moves, stops, new epochs

extension GateCore {
    mutating func seal() -> Bool {
        if phase == .open || phase == .held { phase = .sealed }
        return isSealed
    }

    mutating func open() -> [Turn] {
        guard phase == .sealed || phase == .held else { return [] }
        phase = .open
        return startNext()
    }

    mutating func redirect(to route: Route) -> [TurnID]? {
        guard running.isEmpty, phase == .sealed || phase == .held else { return nil }
        phase = .moved(route)
        return waiting.removeAll()
    }

    package mutating func stop() -> (refused: [TurnID], cancelled: [TurnID]) {
        if movedTo == nil { phase = .stopped }
        return (waiting.removeAll(), running.turns)
    }

    package mutating func take(_ newer: Epoch, as continuation: Continuation) {
        guard newer > epoch else { return }
        epoch = newer
        if continuation == .newLine { since = newer }
    }
}

// MARK: - The window

extension GateCore {
    func copy() -> GateCopy? {
        running.isEmpty ? window.copy(epoch: epoch, version: version, since: since) : nil
    }

    package mutating func forget(_ request: RequestID) -> Bool {
        window.forget(request, within: limits)
    }

    package mutating func dropReply(to request: RequestID) -> Int {
        window.dropReply(to: request)
    }

    mutating func callerLeft(_ caller: Incarnation) {
        window.callerLeft(caller)
    }
}

extension CallSource {
    fileprivate var request: RequestID? {
        if case .wire(let request, _) = self { request } else { nil }
    }
}

extension KeptReply {
    fileprivate var admission: Admission {
        switch self {
        case .whole(let reply): .answer(reply)
        case .gone: .refuse(.replyGone)
        }
    }
}
