// SPDX-License-Identifier: Apache-2.0

/// The decisions of a gate. It names sendings by their turns; `Gate` around it, or a driver, keeps their waiters.
package struct GateCore: Hashable, Sendable {
    package private(set) var epoch: Epoch
    private(set) var since: Epoch
    private(set) var version: UInt64
    private var phase: Phase
    private let isConcurrent: Bool
    private(set) var running = RunningTurns()
    /// Empty until it is needed, then with one element: an array is a box that is copied only when it is shared.
    private var box: [Traffic] = []

    /// What a process needs only once a call of it waited or came over the wire: an idle one pays a word for it.
    private struct Traffic: Hashable, Sendable {
        var waiting = WaitingCalls()
        var window = ReplyWindow()
        var limits = GateLimits.standard

        static let none = Traffic()
    }

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
        let traffic = Traffic(window: ReplyWindow(copy, within: limits), limits: limits)
        if traffic != .none { box = [traffic] }
    }

    /// The open gate of an activation that begins with its arguments alone.
    package init(epoch: Epoch, concurrent: Bool) {
        self.epoch = epoch
        since = epoch
        version = 0
        phase = .open
        isConcurrent = concurrent
    }

    private var traffic: Traffic {
        get { box.isEmpty ? .none : box[0] }
        _modify {
            if box.isEmpty { box.append(.none) }
            yield &box[0]
        }
    }

    private var limits: GateLimits { box.isEmpty ? .standard : box[0].limits }
    /// Whether a call waits for its turn.
    var hasWaiting: Bool { !box.isEmpty && !box[0].waiting.isEmpty }
    var waitingCount: Int { box.isEmpty ? 0 : box[0].waiting.count }
    var windowCount: Int { box.isEmpty ? 0 : box[0].window.count }

    package var runningCount: Int { running.count }
    /// In ascending order.
    package var runningTurns: [TurnID] { running.turns }
    package var replyBytes: Int { box.isEmpty ? 0 : box[0].window.replyBytes }
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
        if !box.isEmpty {
            if box[0].waiting.isUnderWay(request) {
                return box[0].waiting.join(request, turn) ? .joined : .refuse(.unknown)
            }
            if let kept = box[0].window.reply(to: request) { return kept.admission }
        }
        switch mode {
        case .first(let hint):
            return hint < since || (hint < epoch && mayHaveForgotten(request)) ? .redirectHere : nil
        case .again(let first, _):
            if mayHaveForgotten(request) { return .refuse(.expired) }
            return first < since || first > epoch ? .refuse(.unknown) : nil
        }
    }

    private func mayHaveForgotten(_ request: RequestID) -> Bool {
        !box.isEmpty && box[0].window.mayHaveForgotten(request)
    }

    private mutating func admit(_ turn: Turn, mayRun: Bool) -> Admission {
        let limit = isOpen ? limits.mailbox : limits.parked
        guard (mayRun ? running.count : waitingCount) < Int(limit) else { return .refuse(.overloaded) }
        guard mayRun else {
            traffic.waiting.append(turn)
            return .waiting
        }
        running.insert(turn)
        if let request = turn.request { traffic.waiting.begin(request, as: turn.id) }
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
            answered = traffic.waiting.end(request)
            traffic.window.remember(request, reply, within: limits)
        }
        if isOpen, !hasWaiting, answered.isEmpty { return nil }
        return Ended(answered: answered, starts: startNext(), isSealed: isSealed)
    }

    private mutating func startNext() -> [Turn] {
        guard isOpen, hasWaiting else { return [] }
        var starts: [Turn] = []
        while running.isEmpty || isConcurrent, let next = traffic.waiting.popFirst() {
            running.insert(next)
            starts.append(next)
        }
        return starts
    }

    package mutating func withdraw(_ turn: TurnID, of request: RequestID?) -> Withdrawn {
        if box.isEmpty { return Withdrawn() }
        guard let request else { return traffic.waiting.withdraw(turn) }
        return traffic.waiting.withdraw(turn, of: request)
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
        return removeWaiting()
    }

    package mutating func stop() -> (refused: [TurnID], cancelled: [TurnID]) {
        if movedTo == nil { phase = .stopped }
        return (removeWaiting(), running.turns)
    }

    private mutating func removeWaiting() -> [TurnID] { box.isEmpty ? [] : traffic.waiting.removeAll() }

    package mutating func take(_ newer: Epoch, as continuation: Continuation) {
        guard newer > epoch else { return }
        epoch = newer
        if continuation == .newLine { since = newer }
    }
}

// MARK: - The window

extension GateCore {
    func copy() -> GateCopy? {
        running.isEmpty ? traffic.window.copy(epoch: epoch, version: version, since: since) : nil
    }

    package mutating func forget(_ request: RequestID) -> Bool {
        box.isEmpty ? false : traffic.window.forget(request, within: limits)
    }

    package mutating func dropReply(to request: RequestID) -> Int {
        box.isEmpty ? 0 : traffic.window.dropReply(to: request)
    }

    mutating func callerLeft(_ caller: Incarnation) {
        if !box.isEmpty { traffic.window.callerLeft(caller) }
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

// MARK: - Equality

extension GateCore {
    /// Whether anything ever waited makes no difference.
    package static func == (left: Self, right: Self) -> Bool {
        left.epoch == right.epoch && left.since == right.since && left.version == right.version
            && left.phase == right.phase && left.isConcurrent == right.isConcurrent && left.running == right.running
            && (left.box == right.box || left.traffic == right.traffic)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(epoch)
        hasher.combine(since)
        hasher.combine(version)
        hasher.combine(phase)
        hasher.combine(running)
        hasher.combine(traffic)
    }
}
