// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubWire

/// The callers and the processes of one simulated node.
final class CallResident: Resident {
    let seat: Int
    let name: NodeName
    /// It keeps its residents, and is not kept by them: else no world would ever be let go.
    unowned let world: CallWorld
    let incarnation: Incarnation
    private let callers: Int
    @exclusivity(unchecked) var chance: SeededGenerator
    @exclusivity(unchecked) var calls: [UInt64: OngoingCall] = [:]
    /// The keys of the calls under way, in the order they began.
    @exclusivity(unchecked) var order: [UInt64] = []
    @exclusivity(unchecked) var pending: [UInt64: Sending] = [:]
    @exclusivity(unchecked) var hosted: [HostedChild] = []
    @exclusivity(unchecked) var links: [NodeName: UInt64] = [:]
    /// Where each child is, as far as this node was told.
    @exclusivity(unchecked) var learned: [Int: Route] = [:]
    @exclusivity(unchecked) var lastNumber: UInt64 = 0
    @exclusivity(unchecked) private var standing = Standing.joining
    /// When the node looked at the time last; `nil` while it never has.
    @exclusivity(unchecked) private var lastPulse: Instant?
    /// The node was silent for so long that it may have been stopped, and has not looked since.
    @exclusivity(unchecked) private var isPresumed = false
    /// Calls that arrived while no turn may begin, in order.
    @exclusivity(unchecked) private var held: [HeldCall] = []
    @exclusivity(unchecked) private var nextBegin: Instant?
    /// When it wants to hear of time, if nothing happened to it since it was asked.
    @exclusivity(unchecked) private var knownTick: Instant??
    @exclusivity(unchecked) private var lastSeen: Instant?
    /// Since when time has passed without a gap.
    @exclusivity(unchecked) private(set) var runsSince = Instant.zero
    @exclusivity(unchecked) var now = Instant.zero
    @exclusivity(unchecked) var orders: [ResidentOrder] = []
    @exclusivity(unchecked) var scratch = ByteWriter(capacity: 512)

    /// A call of this node and what it is about.
    struct OngoingCall {
        var call: OutgoingCall
        let child: Int
        /// Its number in the history.
        let number: Int
    }

    struct HeldCall {
        let child: Int
        let waiter: Waiter
        let mode: CallMode
        let deadline: Instant
    }

    /// A sending whose answer is outstanding.
    struct Sending {
        var key: UInt64
        var number: UInt32
        var peer: NodeName
        var link: UInt64
    }

    init(seat: Int, name: NodeName, incarnation: Incarnation, world: CallWorld, callers: Int, seed: UInt64) {
        self.seat = seat
        self.name = name
        self.incarnation = incarnation
        self.world = world
        self.callers = callers
        chance = SeededGenerator(seed: seed)
    }

    func mint() -> UInt64 {
        lastNumber += 1
        return lastNumber
    }

    var nextTick: Instant? {
        if let knownTick { return knownTick }
        let tick = findTick()
        knownTick = .some(tick)
        return tick
    }

    private func findTick() -> Instant? {
        var next = nextBegin
        for key in order { Instant.lower(&next, to: calls[key]?.call.wakeAt) }
        if isHolding { return next }
        for child in hosted.indices {
            for timer in hosted[child].timers { Instant.lower(&next, to: timer.at) }
        }
        return next
    }

    func handle(_ event: ResidentEvent, at now: Instant, into orders: inout [ResidentOrder]) {
        look(at: now)
        switch event {
        case .viewChanged(let view): stand(view.standing)
        case .linkUp(let peer, _): linked(peer)
        case .linkDown(let peer, _): lost(peer)
        case .renewed: break
        case .frame(let bytes, let peer, _): receive(bytes, from: peer)
        case .told: learn()
        case .timePassed: passTime()
        case .hubOrder: break
        }
        hand(over: &orders)
    }

    func nodeLooked(at now: Instant, into orders: inout [ResidentOrder]) {
        look(at: now)
        lastPulse = now
        isPresumed = false
        release()
        hand(over: &orders)
    }

    private func hand(over orders: inout [ResidentOrder]) {
        orders.append(contentsOf: self.orders)
        self.orders.removeAll(keepingCapacity: true)
    }

    /// A gap means that the process stood still: what was due meanwhile is late for a good reason.
    private func look(at now: Instant) {
        stir()
        if let lastSeen, lastSeen.duration(to: now) > .milliseconds(500) { runsSince = now }
        if let lastPulse, lastPulse.duration(to: now) > world.patience { isPresumed = true }
        if lastSeen == nil { nextBegin = callers > 0 ? now.advanced(by: .milliseconds(400)) : nil }
        lastSeen = now
        self.now = now
    }

    /// Something changes that its next tick may depend on.
    func stir() { knownTick = nil }

    private func stand(_ standing: Standing) {
        self.standing = standing
        release()
    }

    private func receive(_ bytes: [UInt8], from peer: NodeName) {
        bytes.withUnsafeBytes { memory in
            guard case .frame(let frame, _)? = try? FrameDecoder(admitted: true).next(in: memory) else { return }
            var reader = frame.reader
            switch frame.type {
            case .call: serve(frame.stream, &reader, from: peer)
            case .cancel: cancel(frame.stream, from: peer)
            case .reply:
                guard let reply = try? ReplyEnvelope(from: &reader) else { return }
                replied(frame.stream, reply.epoch, from: peer)
            case .error:
                guard let error = try? ErrorEnvelope(from: &reader) else { return }
                failed(frame.stream, error, from: peer)
            default: break
            }
        }
    }

    private func passTime() {
        if !isHolding { endTurns() }
        for key in order {
            guard let wake = calls[key]?.call.wakeAt, wake <= now else { continue }
            perform(calls[key]?.call.timePassed(at: now), of: key)
        }
        if let due = nextBegin, due <= now, standing == .serving || standing == .leaving {
            for _ in 0..<callers { begin() }
            nextBegin = now.advanced(by: .nanoseconds(chance.within(.milliseconds(20)...(.milliseconds(1_500)))))
        } else if let due = nextBegin, due <= now {
            nextBegin = now.advanced(by: .milliseconds(200))
        }
    }

    // MARK: What is held back

    /// Whether no turn may begin, nor have its effect: the node does not know whether it is a member.
    var isHolding: Bool { standing == .unsure || isPresumed }

    func hold(_ call: HeldCall) { held.append(call) }

    /// - Returns: the call, if it was held, and is no longer.
    func dropHeld(_ stream: UInt64, from peer: NodeName) -> HeldCall? {
        guard let index = held.firstIndex(where: { $0.waiter.stream == stream && $0.waiter.peer == peer }) else {
            return nil
        }
        return held.remove(at: index)
    }

    /// What came over a connection that is no more is brought to no gate: nobody could be answered, and what the caller
    /// sends again over the next connection is not to find it.
    private func dropHeld(over link: UInt64) {
        let count = held.count
        held.removeAll { $0.waiter.link == link }
        if held.count < count { world.steps.append(.heldInVain) }
    }

    private func release() {
        guard !isHolding else { return }
        let arrived = held
        held = []
        for call in arrived { arrive(call.child, call.waiter, call.mode, call.deadline) }
    }

    /// The process ended.
    func abandon() {
        for key in order {
            if let number = calls[key]?.number { world.note(number, .forgotten) }
        }
        calls = [:]
        order = []
    }

    /// A call that should have ended long ago, in words.
    var oldestOverdue: String? {
        for key in order {
            guard let call = calls[key] else { continue }
            if call.call.deadline.advanced(by: .seconds(1)) < now, runsSince < call.call.deadline {
                return "call \(call.number) waits beyond its deadline (L4)"
            }
        }
        return nil
    }
}

// MARK: - The caller's half

extension CallResident {
    private func begin() {
        guard world.childCount > 0, order.count < 64 else { return }
        let child = chance.index(below: world.childCount)
        let key = mint()
        let deadline = now.advanced(by: .milliseconds(chance.pick([200, 1_000, 5_000])))
        let call = OutgoingCall(request: RequestID(caller: incarnation, sequence: key), deadline: deadline)
        calls[key] = OngoingCall(call: call, child: child, number: world.history.begin(child))
        order.append(key)
        perform(calls[key]?.call.begin(.route(known(child)), at: now), of: key)
    }

    /// What this node has heard last of where a child is.
    private func known(_ child: Int) -> Route {
        if let route = hosted.first(where: { $0.child == child })?.here(name) { return route }
        return learned[child] ?? world.routing(child)
    }

    /// Hears where everything is.
    private func learn() {
        for child in 0..<world.childCount { learned[child] = world.routing(child) }
        for key in order {
            guard let child = calls[key]?.child else { continue }
            perform(calls[key]?.call.routeChanged(.route(known(child)), at: now), of: key)
        }
    }

    private func linked(_ peer: NodeName) {
        links[peer] = mint()
        for key in order { perform(calls[key]?.call.linkUp(peer, at: now), of: key) }
    }

    private func lost(_ peer: NodeName) {
        guard let link = links.removeValue(forKey: peer) else { return }
        dropHeld(over: link)
        for stream in pending.keys.sorted() {
            guard let sending = pending[stream], sending.link == link else { continue }
            pending[stream] = nil
            world.steps.append(.cutOff)
            perform(calls[sending.key]?.call.connectionLost(sending: sending.number, at: now), of: sending.key)
        }
    }

    func perform(_ first: CallAction?, of key: UInt64) {
        var action = first ?? .none
        while true {
            switch action {
            case .none, .waitForRoute, .repeatRequest: return
            case .send(let node, let mode, let sending): action = transmit(key, to: node, mode, sending)
            case .waitForLink(let node):
                guard links[node] != nil else { return }
                action = calls[key]?.call.linkUp(node, at: now) ?? .none
            case .deliver: return end(key, .answered)
            case .deliverFailure(let outcome): return end(key, .failed(outcome))
            case .fail(_, let outcome, let cancelled):
                if let cancelled { sendCancel(key, to: cancelled) }
                return end(key, .failed(outcome))
            }
        }
    }

    private func end(_ key: UInt64, _ end: CallHistory.End) {
        guard let call = calls.removeValue(forKey: key) else { return }
        order.removeAll { $0 == key }
        for (stream, sending) in pending where sending.key == key { pending[stream] = nil }
        switch end {
        case .answered: world.steps.append(.answered)
        case .failed(.notExecuted): world.steps.append(.notExecuted)
        case .failed(.unknown): world.steps.append(.unknown)
        default: break
        }
        if call.call.deadline.advanced(by: .seconds(1)) < now, runsSince < call.call.deadline {
            world.history.complain(.endless, "call \(call.number) ended more than a second late (L4)")
        }
        world.note(call.number, end)
    }

    private func transmit(_ key: UInt64, to node: NodeName, _ mode: CallMode, _ sending: UInt32) -> CallAction {
        guard let call = calls[key] else { return .none }
        if case .again = mode { world.steps.append(.sentAgain) }
        let stream = mint()
        for (old, other) in pending where other.key == key { pending[old] = nil }
        if node == name {
            pending[stream] = Sending(key: key, number: sending, peer: name, link: 0)
            arrive(call.child, Waiter(call, key, stream, name, 0), mode, call.call.deadline)
            return .none
        }
        guard let link = links[node] else { return calls[key]?.call.notSent(.noLink, sending: sending) ?? .none }
        pending[stream] = Sending(key: key, number: sending, peer: node, link: link)
        var envelope = CallEnvelope(
            to: CallWorld.name(call.child), of: CallWorld.hub, method: 0, request: call.call.request, mode: mode)
        envelope.remainingNanoseconds = now.duration(to: call.call.deadline).wholeNanoseconds
        var payload = ByteWriter(capacity: 8)
        payload.u64(UInt64(call.number))
        frame(.call, stream, envelope, payload.bytes, to: node)
        return .none
    }

    private func sendCancel(_ key: UInt64, to node: NodeName) {
        guard let call = calls[key]?.call else { return }
        for (stream, sending) in pending.sorted(by: { $0.key < $1.key }) where sending.key == key {
            if node == name {
                cancel(stream, from: name)
            } else if links[node] == sending.link {
                frame(.cancel, stream, CancelEnvelope(call.request), to: node)
            }
        }
    }

    func replied(_ stream: UInt64, _ epoch: Epoch, from peer: NodeName) {
        guard let sending = take(stream, from: peer) else { return }
        perform(calls[sending.key]?.call.replied(epoch, sending: sending.number, at: now), of: sending.key)
    }

    func failed(_ stream: UInt64, _ error: ErrorEnvelope, from peer: NodeName) {
        guard let sending = take(stream, from: peer) else { return }
        let key = sending.key
        switch error.failure {
        case .refusal(let refusal):
            if case .redirect(let route) = refusal {
                world.steps.append(.redirected)
                if let child = calls[key]?.child, route.epoch > (learned[child]?.epoch ?? .none) {
                    learned[child] = route
                }
            } else {
                world.steps.append(.refused)
            }
            perform(calls[key]?.call.refused(refusal, sending: sending.number, at: now), of: key)
        case .hub(let failure):
            perform(
                calls[key]?.call.failed(failure.outcome, epoch: error.epoch, sending: sending.number, at: now), of: key)
        case .thrown, .described:
            perform(calls[key]?.call.replied(error.epoch, sending: sending.number, at: now), of: key)
        }
    }

    private func take(_ stream: UInt64, from peer: NodeName) -> Sending? {
        guard let sending = pending[stream], sending.peer == peer, sending.link == (links[peer] ?? 0) else {
            return nil
        }
        pending[stream] = nil
        return sending
    }

    func frame(
        _ type: FrameType, _ stream: UInt64, _ envelope: some Envelope, _ payload: [UInt8] = [], to node: NodeName
    ) {
        scratch.removeAll()
        guard (try? scratch.frame(type, stream: stream, envelope, payload: payload)) != nil else { return }
        orders.append(.send(scratch.bytes, to: node))
    }
}
