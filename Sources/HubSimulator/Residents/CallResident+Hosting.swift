// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubWire

/// Who waits for the answer of a sending.
struct Waiter: Hashable, Sendable {
    var request: RequestID
    /// The call's number in the history: its effect.
    var number: Int
    var stream: UInt64
    var peer: NodeName
    /// The connection that it came over; an answer goes nowhere else.
    var link: UInt64

    init(request: RequestID, number: Int, stream: UInt64, peer: NodeName, link: UInt64) {
        self.request = request
        self.number = number
        self.stream = stream
        self.peer = peer
        self.link = link
    }

    init(_ call: CallResident.OngoingCall, _ key: UInt64, _ stream: UInt64, _ peer: NodeName, _ link: UInt64) {
        self.init(request: call.call.request, number: call.number, stream: stream, peer: peer, link: link)
    }
}

/// A process on this node: its gate, its state, and what is due.
struct HostedChild {
    let child: Int
    var gate: Gate<Waiter>
    /// The route that this node gives out; `nil` while it serves.
    var movedTo: Route?
    var timers: [Timer] = []

    struct Timer {
        let at: Instant
        let turn: TurnID
        let waiter: Waiter
        let kind: Kind
    }

    enum Kind { case turnEnds, deadline }

    func here(_ name: NodeName) -> Route? { movedTo ?? Route(node: name, epoch: gate.epoch) }
}

extension CallResident {
    // MARK: - Children come and go

    func hosts(_ child: Int) -> Bool { hosted.contains { $0.child == child && $0.movedTo == nil } }

    func activate(_ child: Int, _ gate: Gate<Waiter>) {
        stir()
        hosted.removeAll { $0.child == child }
        hosted.append(HostedChild(child: child, gate: gate))
    }

    private func index(_ child: Int) -> Int? { hosted.firstIndex { $0.child == child } }

    /// - Returns: what the child's gate knows, once no turn runs.
    func seal(_ child: Int) -> GateCopy? {
        guard let index = index(child), hosted[index].movedTo == nil, hosted[index].gate.seal() else { return nil }
        return hosted[index].gate.copy()
    }

    func reopen(_ child: Int) {
        guard let index = index(child), hosted[index].movedTo == nil else { return }
        stir()
        for start in hosted[index].gate.open() { run(start.turn, start.waiter, index) }
    }

    /// The child goes on elsewhere; who waited here is sent there. What this leaves to be sent goes out with the next turn.
    func giveAway(_ child: Int, to route: Route) {
        guard let index = index(child), let waiters = hosted[index].gate.redirect(to: route) else { return }
        stir()
        hosted[index].movedTo = route
        hosted[index].timers = []
        for waiter in waiters {
            answer(waiter, ErrorEnvelope(.refusal(.redirect(route)), epoch: hosted[index].gate.epoch))
        }
    }

    // MARK: - Calls that arrive

    func serve(_ stream: UInt64, _ reader: inout ByteReader, from peer: NodeName) {
        guard let link = links[peer], let envelope = try? CallEnvelope(from: &reader), let number = try? reader.u64(),
            let child = CallWorld.child(envelope.child)
        else { return }
        let waiter = Waiter(
            request: envelope.request, number: Int(number), stream: stream, peer: peer, link: link)
        arrive(child, waiter, envelope.mode, now.advanced(by: .nanoseconds(envelope.remainingNanoseconds)))
    }

    func arrive(_ child: Int, _ waiter: Waiter, _ mode: CallMode, _ deadline: Instant) {
        if isHolding { return hold(HeldCall(child: child, waiter: waiter, mode: mode, deadline: deadline)) }
        if deadline <= now { return answer(waiter, ErrorEnvelope(.refusal(.deadlinePassed))) }
        guard let index = index(child) else { return answer(waiter, ErrorEnvelope(.refusal(.notHere))) }
        let turn = TurnID(incarnation: incarnation, sequence: mint())
        let arrival = Arrival(
            turn: turn, source: .wire(waiter.request, mode), chain: [], deadline: deadline, waiter: waiter)
        let admission = hosted[index].gate.arrive(arrival, at: now)
        let epoch = hosted[index].gate.epoch
        switch admission {
        case .run: run(turn, waiter, index)
        case .waiting: break
        case .joined: world.steps.append(.joined)
        case .answer: return reply(waiter, epoch)
        case .redirectHere:
            return answer(waiter, ErrorEnvelope(.refusal(.redirect(Route(node: name, epoch: epoch))), epoch: epoch))
        case .refuse(let refusal): return answer(waiter, ErrorEnvelope(.refusal(refusal), epoch: epoch))
        }
        hosted[index].timers.append(HostedChild.Timer(at: deadline, turn: turn, waiter: waiter, kind: .deadline))
    }

    private func run(_ turn: TurnID, _ waiter: Waiter, _ index: Int) {
        let longest: Time = chance.below(20) == 0 ? .seconds(2) : .milliseconds(20)
        let end = now.advanced(by: .nanoseconds(chance.within(0...longest)))
        hosted[index].timers.append(HostedChild.Timer(at: end, turn: turn, waiter: waiter, kind: .turnEnds))
    }

    /// Turns that are over, and sendings whose time is.
    func endTurns() {
        for index in hosted.indices {
            while let due = hosted[index].timers.indices.filter({ hosted[index].timers[$0].at <= now })
                .min(by: { hosted[index].timers[$0].at < hosted[index].timers[$1].at })
            {
                let timer = hosted[index].timers.remove(at: due)
                if timer.kind == .turnEnds { finish(timer, index) } else { expire(timer, index) }
            }
        }
    }

    private func finish(_ timer: HostedChild.Timer, _ index: Int) {
        world.execute(timer.waiter.number, on: seat)
        let epoch = hosted[index].gate.epoch
        hosted[index].timers.removeAll { $0.turn == timer.turn }
        reply(timer.waiter, epoch)
        let stored = StoredReply(bytes: [], isFailure: false)
        guard case .follow(let next) = hosted[index].gate.finish(timer.turn, reply: stored) else { return }
        for waiter in next.answers { reply(waiter, epoch) }
        for start in next.starts { run(start.turn, start.waiter, index) }
    }

    /// A call that waits was not executed; of one that runs nobody knows what becomes of it.
    private func expire(_ timer: HostedChild.Timer, _ index: Int) {
        let epoch = hosted[index].gate.epoch
        let withdrawal = hosted[index].gate.withdraw(timer.turn, of: timer.waiter.request)
        for waiter in withdrawal.refused {
            answer(waiter, ErrorEnvelope(.refusal(.deadlinePassed), epoch: epoch))
        }
        guard hosted[index].timers.contains(where: { $0.turn == timer.turn && $0.kind == .turnEnds }) else { return }
        world.steps.append(.overdue)
        let failure = HubFailure(HubError(.deadlineExceeded, "overdue", outcome: .unknown))
        answer(timer.waiter, ErrorEnvelope(.hub(failure), epoch: epoch))
    }

    /// The caller no longer waits.
    func cancel(_ stream: UInt64, from peer: NodeName) {
        if let held = dropHeld(stream, from: peer) {
            return answer(held.waiter, ErrorEnvelope(.refusal(.cancelled)))
        }
        for index in hosted.indices {
            let timers = hosted[index].timers
            guard let timer = timers.first(where: { $0.waiter.stream == stream && $0.waiter.peer == peer }) else {
                continue
            }
            let withdrawal = hosted[index].gate.withdraw(timer.turn, of: timer.waiter.request)
            for waiter in withdrawal.refused { answer(waiter, ErrorEnvelope(.refusal(.cancelled))) }
        }
    }

    // MARK: - Answers

    private func reply(_ waiter: Waiter, _ epoch: Epoch) {
        if waiter.peer == name { return replied(waiter.stream, epoch, from: name) }
        guard links[waiter.peer] == waiter.link else { return }
        frame(.reply, waiter.stream, ReplyEnvelope(epoch: epoch), to: waiter.peer)
    }

    private func answer(_ waiter: Waiter, _ error: ErrorEnvelope) {
        if waiter.peer == name { return failed(waiter.stream, error, from: name) }
        guard links[waiter.peer] == waiter.link else { return }
        frame(.error, waiter.stream, error, to: waiter.peer)
    }
}
