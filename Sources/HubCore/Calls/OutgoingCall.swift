// SPDX-License-Identifier: Apache-2.0

/// The caller's half of a call to another node: where it goes, when it is sent again, and what may be said about it when
/// it ends.
///
/// One value for each call under way. The driver tells what happened, does what the action says, and tells `timePassed`
/// at `wakeAt`. Each sending has a number: what an earlier one is answered with is recognised.
package struct OutgoingCall: Hashable, Sendable {
    package private(set) var request: RequestID
    package let deadline: Instant
    /// The number of the newest sending; 0 before the first.
    package private(set) var sending: UInt32 = 0
    private let isIdempotent: Bool
    private let grace: Duration
    private var phase: Phase = .idle
    private var registry: Routing = .noHost
    /// Where a process said it is; outranks every lower epoch of the registry.
    private var hint: Route?
    /// The highest epoch of the process this call has seen; it never goes back below.
    private var seen: Epoch
    private var redirects = 0
    private var doubt: Doubt?
    /// Earlier requests of this call that ended in doubt.
    private var repeats = 0

    private enum Phase: Hashable, Sendable {
        /// → sent, awaitingRoute
        case idle
        /// Handed to a connection; its answer is outstanding. → sent, awaitingLink, awaitingRoute, repeating, ended
        case sent(to: NodeName, mode: CallMode, at: Instant)
        /// No connection to the host. → sent, repeating, ended
        case awaitingLink(Route)
        /// Nobody says where the process is above an epoch. → sent, repeating, ended
        case awaitingRoute(above: Epoch)
        /// The request ended in doubt and is followed by a new one. → sent, awaitingRoute, ended
        case repeating(above: Epoch)
        case ended
    }

    /// There is a sending that may have been executed: from now on the request is only sent *again*.
    private struct Doubt: Hashable, Sendable {
        /// The epoch that the first such sending expected.
        var first: Epoch
        /// When the process may have forgotten it.
        var until: Instant
    }

    /// - Parameters:
    ///   - isIdempotent: the method may be executed twice, so a doubtful request may be followed by a new one.
    ///   - seen: the highest epoch of the process that this node has seen.
    ///   - grace: how long after its deadline a sending may still be answered.
    package init(
        request: RequestID, deadline: Instant, isIdempotent: Bool = false, seen: Epoch = .none,
        grace: Duration = Limits.answerGrace
    ) {
        self.request = request
        self.deadline = deadline
        self.isIdempotent = isIdempotent
        self.seen = seen
        self.grace = grace
    }

    package var isEnded: Bool { phase == .ended }

    /// The node that has the newest sending and has not answered it.
    package var sentTo: NodeName? {
        if case .sent(let node, _, _) = phase { node } else { nil }
    }

    /// When the driver tells `timePassed`.
    package var wakeAt: Instant {
        switch phase {
        case .sent: deadline.advanced(by: grace)
        case .ended: .distantFuture
        default: doubt.map { min($0.until, deadline) } ?? deadline
        }
    }
}

// MARK: - Events

extension OutgoingCall {
    package mutating func begin(_ routing: Routing, at now: Instant) -> CallAction {
        guard phase == .idle else { return .none }
        learn(routing)
        return seek(above: .none, at: now)
    }

    /// The registry says something else about where the process is. Told until the call ends.
    package mutating func routeChanged(_ routing: Routing, at now: Instant) -> CallAction {
        learn(routing)
        switch phase {
        case .awaitingRoute(let above):
            let action = seek(above: above, at: now)
            // Nothing new: the driver waits already, and would ask for ever if it were told to wait again.
            return action == .waitForRoute(above: above) ? .none : action
        case .awaitingLink(let route):
            return registry == .unknownProcess || best(route) != route ? seek(above: route.epoch, at: now) : .none
        case .idle, .sent, .repeating, .ended:
            return .none
        }
    }

    /// The newest sending was not written to a connection after all.
    package mutating func notSent(_ reason: NotSent, sending number: UInt32) -> CallAction {
        guard case .sent(let node, let mode, _) = phase, number == sending else { return .none }
        switch reason {
        case .noLink:
            phase = .awaitingLink(Route(node: node, epoch: mode.hint))
            return .waitForLink(node)
        case .overloaded:
            return end(.overloaded, .notExecuted)
        case .tooLarge:
            return end(.tooLarge, .notExecuted)
        }
    }

    /// There is a connection to a node.
    package mutating func linkUp(_ node: NodeName, at now: Instant) -> CallAction {
        guard case .awaitingLink(let route) = phase, route.node == node else { return .none }
        return send(to: route, at: now)
    }

    /// The connection that carried a sending is lost, and with it the answer.
    package mutating func connectionLost(sending number: UInt32, at now: Instant) -> CallAction {
        guard case .sent(let node, let mode, _) = phase, number == sending else { return .none }
        takeIntoDoubt()
        return send(to: best(Route(node: node, epoch: mode.hint)), at: now)
    }

    /// The request was executed; the reply came from an activation of this epoch.
    package mutating func replied(_ epoch: Epoch, sending number: UInt32, at now: Instant) -> CallAction {
        guard isUnderWay, number <= sending else { return .none }
        guard epoch >= seen else { return ignoreReply(sending: number, at: now) }
        phase = .ended
        return .deliver
    }

    /// The answer is an error that carries its own outcome.
    package mutating func failed(
        _ outcome: Outcome, epoch: Epoch, sending number: UInt32, at now: Instant
    ) -> CallAction {
        if outcome == .executed { return replied(epoch, sending: number, at: now) }
        guard case .sent = phase, number == sending else { return .none }
        phase = .ended
        return .deliverFailure(weighed(outcome))
    }

    /// The node that got the newest sending did not execute it, or cannot say.
    package mutating func refused(_ refusal: Refusal, sending number: UInt32, at now: Instant) -> CallAction {
        guard case .sent(_, let mode, _) = phase, number == sending else { return .none }
        switch refusal {
        case .redirect(let route): return follow(route, from: mode.hint, at: now)
        case .notHere, .stale: return seek(above: mode.hint, at: now)
        case .overloaded: return end(.overloaded, .notExecuted)
        case .stopped: return end(.processStopped, .notExecuted)
        case .deadlinePassed: return end(.deadlineExceeded, .notExecuted)
        case .cancelled: return end(.cancelled, .notExecuted)
        case .partitioned: return end(.partitioned, .notExecuted)
        case .expired: return endInDoubt(.expired, .unknown)
        case .unknown: return endInDoubt(.connectionLost, .unknown)
        case .replyGone: return endInDoubt(.replyGone, .executed)
        }
    }

    /// The caller's task was cancelled.
    package mutating func cancelled() -> CallAction { giveUp(.cancelled) }

    /// `wakeAt` has come.
    package mutating func timePassed(at now: Instant) -> CallAction {
        guard isUnderWay, now >= wakeAt else { return .none }
        return now >= deadline ? giveUp(.deadlineExceeded) : endInDoubt(.connectionLost, .unknown)
    }

    /// Goes on after `.repeatRequest`, under the new id that the driver minted.
    package mutating func repeated(as request: RequestID, at now: Instant) -> CallAction {
        guard case .repeating(let above) = phase else { return .none }
        self.request = request
        doubt = nil
        redirects = 0
        return seek(above: above, at: now)
    }
}

// MARK: - Where to

extension OutgoingCall {
    private mutating func learn(_ routing: Routing) {
        guard case .route(let route) = routing else {
            registry = routing
            return
        }
        if case .route(let old) = registry, old.epoch > route.epoch { return }
        registry = routing
        seen = max(seen, route.epoch)
    }

    /// The route of the highest epoch among this one, the registry's and the last redirect's.
    private func best(_ route: Route) -> Route {
        var best = route
        if let hint, hint.epoch > best.epoch { best = hint }
        if case .route(let known) = registry, known.epoch > best.epoch { best = known }
        return best
    }

    /// A redirect is followed a few times and never downwards; after that only the registry can say more.
    private mutating func follow(_ route: Route, from tried: Epoch, at now: Instant) -> CallAction {
        redirects += 1
        guard redirects <= Limits.redirectsBeforeWaiting, route.epoch >= seen else {
            return seek(above: tried, at: now)
        }
        seen = route.epoch
        hint = route
        return send(to: best(route), at: now)
    }

    /// Goes where the registry says, if that is above `epoch`, and waits for such an entry otherwise.
    private mutating func seek(above epoch: Epoch, at now: Instant) -> CallAction {
        switch registry {
        case .unknownProcess:
            return end(.unknownProcess, .notExecuted)
        case .route(let route) where route.epoch > epoch && route.epoch >= seen:
            redirects = 0
            return send(to: route, at: now)
        case .route, .noHost:
            phase = .awaitingRoute(above: epoch)
            return now >= deadline ? giveUp(.deadlineExceeded) : .waitForRoute(above: epoch)
        }
    }

    private mutating func send(to route: Route, at now: Instant) -> CallAction {
        guard now < deadline else { return end(.deadlineExceeded, .notExecuted) }
        let mode: CallMode
        if let doubt {
            guard now <= doubt.until else { return endInDoubt(.connectionLost, .unknown) }
            mode = .again(first: doubt.first, hint: route.epoch)
        } else {
            mode = .first(hint: route.epoch)
        }
        sending &+= 1
        phase = .sent(to: route.node, mode: mode, at: now)
        return .send(to: route.node, mode: mode, sending: sending)
    }

    /// A reply of an activation below one that was seen says nothing about the state that goes on.
    private mutating func ignoreReply(sending number: UInt32, at now: Instant) -> CallAction {
        guard case .sent(let node, let mode, _) = phase, number == sending else { return .none }
        takeIntoDoubt()
        return follow(best(Route(node: node, epoch: mode.hint)), from: mode.hint, at: now)
    }
}

// MARK: - How it ends

extension OutgoingCall {
    private var isUnderWay: Bool {
        switch phase {
        case .sent, .awaitingLink, .awaitingRoute: true
        case .idle, .repeating, .ended: false
        }
    }

    /// The newest sending may have been executed, or may be yet. An older doubt stays: it began with that one.
    private mutating func takeIntoDoubt() {
        guard doubt == nil, case .sent(_, .first(let hint), let time) = phase else { return }
        doubt = Doubt(first: hint, until: time.advanced(by: Limits.callDeadline))
    }

    /// What may be said about the whole call if its newest sending ended like this.
    private func weighed(_ outcome: Outcome) -> Outcome {
        outcome == .notExecuted && (doubt != nil || repeats > 0) ? .unknown : outcome
    }

    private mutating func end(_ code: HubError.Code, _ outcome: Outcome) -> CallAction {
        phase = .ended
        return .fail(code, weighed(outcome), cancel: nil)
    }

    private mutating func giveUp(_ code: HubError.Code) -> CallAction {
        if case .ended = phase { return .none }
        guard case .sent(let node, _, _) = phase else { return end(code, .notExecuted) }
        phase = .ended
        return .fail(code, .unknown, cancel: node)
    }

    private mutating func endInDoubt(_ code: HubError.Code, _ outcome: Outcome) -> CallAction {
        guard isIdempotent, repeats < Limits.repeatedRequests else { return end(code, outcome) }
        if case .awaitingRoute(let above) = phase {
            phase = .repeating(above: above)
        } else {
            phase = .repeating(above: .none)
        }
        repeats += 1
        return .repeatRequest
    }
}
