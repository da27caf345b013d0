// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif
internal import HubCore
internal import HubWire
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// Feeds the link machine with what happens on a node's connections and does what it decides.
///
/// The machine lives on one event loop, so that its orders reach each connection in the order it gave them.
final class LinkDriver: Sendable {
    struct State {
        var machine: LinkMachine
        var handles: [LinkID: LinkHandle] = [:]
        var timer: Scheduled<Void>?
        var timerDue: Instant?
        var whenEmpty: EventLoopPromise<Void>?
    }

    let settings: TransportSettings
    let receiver: any TransportReceiver
    let directory: Directory
    let loop: any EventLoop
    let trust: Mutex<TrustContexts?>
    let identity: Mutex<NodeIdentity>
    let lastAccepted = Atomic<UInt64>(0)
    let unfinished = UnfinishedCount()
    /// Bounded by the number of loops.
    private let allowances = Mutex<[ObjectIdentifier: LoopAllowance]>([:])
    private let state: NIOLoopBoundBox<State>

    init(settings: TransportSettings, receiver: any TransportReceiver) {
        self.settings = settings
        self.receiver = receiver
        directory = Directory(limit: settings.limits.peers)
        loop = settings.eventLoops.next()
        trust = Mutex(nil)
        identity = Mutex(settings.identity)
        let machine = LinkMachine(
            node: settings.identity.node, incarnation: settings.identity.incarnation, limits: settings.limits,
            seed: settings.jitterSeed)
        state = .makeBoxSendingValue(State(machine: machine), eventLoop: loop)
    }

    var now: Instant { Instant(nanoseconds: Int64(clamping: NIODeadline.now().uptimeNanoseconds)) }

    /// Tells the machine that something happened, on its loop, and does what it says.
    func step(_ event: @escaping @Sendable (inout LinkMachine, Instant) -> [LinkAction]) {
        loop.execute { self.handle(event) }
    }

    private func handle(_ event: (inout LinkMachine, Instant) -> [LinkAction]) {
        let actions = event(&state.value.machine, now)
        for action in actions { perform(action) }
        reschedule()
        if state.value.machine.isLeaving, state.value.handles.isEmpty {
            state.value.whenEmpty?.succeed()
            state.value.whenEmpty = nil
        }
    }

    private func reschedule() {
        let due = state.value.machine.nextTick
        guard due != state.value.timerDue else { return }
        state.value.timer?.cancel()
        state.value.timerDue = due
        state.value.timer = due.map { due in
            loop.scheduleTask(deadline: .uptimeNanoseconds(UInt64(max(0, due.nanoseconds)))) {
                self.state.value.timerDue = nil
                self.handle { machine, now in machine.tick(at: now) }
            }
        }
    }

    /// Ends every connection; the future succeeds when none is left.
    func leave() -> EventLoopFuture<Void> {
        loop.flatSubmit {
            let promise = self.state.value.whenEmpty ?? self.loop.makePromise(of: Void.self)
            self.state.value.whenEmpty = promise
            self.handle { machine, _ in machine.leave() }
            return promise.futureResult
        }
    }

    /// Takes note of a connection's handler; from now on it can be given orders.
    func register(_ handle: LinkHandle, _ id: LinkID) {
        loop.execute { self.state.value.handles[id] = handle }
    }

    private func perform(_ action: LinkAction) {
        switch action {
        case .dial(let id, let address, let expected, let lane): dial(id, address, expecting: expected, lane)
        case .greet(let id, let generation): order(id) { $0.greet(generation: generation) }
        case .answer(let id, let generation): order(id) { $0.answer(generation: generation) }
        case .admit(let id): order(id) { $0.admit() }
        case .refuse(let id, let reason): order(id) { $0.end(.refused(reason), telling: reason) }
        case .close(let id, .shutdown): order(id) { $0.leave() }
        case .close(let id, .evicted): order(id) { $0.end(.evicted, telling: .busy) }
        case .close(let id, let loss): order(id) { $0.end(loss) }
        case .challenge(let id): order(id) { $0.challengePeer() }
        }
    }

    private func order(_ id: LinkID, _ body: @escaping @Sendable (LinkHandler) -> Void) {
        guard let handle = state.value.handles[id] else {
            // It is still being connected: it ends as soon as it stands.
            return loop.execute { self.handle { machine, now in machine.closed(id, at: now) } }
        }
        handle.order(body)
    }

    private func dial(_ id: LinkID, _ address: PeerAddress, expecting node: NodeName?, _ lane: LinkLane) {
        connect(id, address, expecting: node, lane).whenFailure { error in
            let remote = RemoteEnd(isDialed: true, node: node, address: address.description, dialed: address)
            self.closed(id, remote, LinkLoss(dialing: error), wasUp: false)
        }
    }
}

/// A connection's handler and the loop it belongs to.
struct LinkHandle: Sendable {
    let loop: any EventLoop
    let handler: NIOLoopBound<LinkHandler>

    func order(_ body: @escaping @Sendable (LinkHandler) -> Void) {
        loop.execute { body(handler.value) }
    }
}

// MARK: - What connections tell

extension LinkDriver: LinkHost {
    func established(_ id: LinkID) {
        loop.execute {
            guard self.state.value.machine.knows(id) else { return self.order(id) { $0.end(.shutdown) } }
            self.handle { machine, _ in machine.established(id) }
        }
    }

    func offered(_ id: LinkID, _ greeting: Greeting, from host: String?) {
        step { machine, now in machine.offered(id, greeting, from: host, at: now) }
    }

    func confirmed(_ id: LinkID) { step { machine, now in machine.confirmed(id, at: now) } }

    func refused(_ id: LinkID, by refusal: HandshakeRefusal) {
        step { machine, _ in
            machine.refused(id, refusal)
            return []
        }
    }

    func answered(_ id: LinkID) { step { machine, now in machine.answered(id, at: now) } }

    func announced(_ id: LinkID, _ incarnation: Incarnation) {
        step { machine, _ in
            machine.announced(id, incarnation)
            return []
        }
    }

    func closed(_ id: LinkID, _ remote: RemoteEnd, _ loss: LinkLoss, wasUp: Bool) {
        loop.execute {
            self.state.value.handles[id] = nil
            // An attempt and its channel both tell of their end.
            let isNews = !wasUp && self.state.value.machine.knows(id)
            let dialed = isNews ? self.state.value.machine.dialed(id) : nil
            if isNews, loss.isWorthTelling { self.tell(.failed(remote, loss), of: remote) }
            self.handle { machine, now in machine.closed(id, at: now) }
            if let dialed { self.receiver.dialFailed(dialed.address, expecting: dialed.node, loss) }
        }
    }

    private func tell(_ event: TransportEvent, of remote: RemoteEnd) {
        directory.note(event, with: remote)
        receiver.report(event)
    }

    func up(_ connection: PeerConnection, toldOf incarnation: Incarnation) {
        directory.add(connection)
        // An announcement that came after the hello and before this found no connection to go out on.
        let own = identity.withLock { $0.incarnation }
        if own != incarnation { connection.announce(IncarnationNotice(old: incarnation, new: own)) }
        receiver.linkUp(connection)
    }

    func down(_ connection: PeerConnection, _ loss: LinkLoss) {
        directory.remove(connection)
        receiver.linkDown(connection, loss)
    }

    func allowance(of loop: any EventLoop) -> LoopAllowance {
        allowances.withLock { allowances in
            if let known = allowances[ObjectIdentifier(loop)] { return known }
            let allowance = LoopAllowance(loop)
            allowances[ObjectIdentifier(loop)] = allowance
            return allowance
        }
    }

    func mainConnection(to node: NodeName) -> PeerConnection? { directory.connection(to: node) }

    func needsBulk(_ node: NodeName) {
        loop.execute {
            // A bulk connection that the peer dialed, or that lost a race, will do.
            for handle in self.state.value.handles.values { handle.order { $0.attachBulk(to: node) } }
            self.handle { machine, now in machine.openBulk(to: node, at: now) }
        }
    }
}

extension LinkLoss {
    /// Why an address led to nobody.
    init(dialing error: any Error) {
        if let refusal = error as? DialRefusal {
            self = refusal.loss
        } else if let attempts = error as? NIOConnectionError, !attempts.connectionErrors.isEmpty,
            attempts.connectionErrors.allSatisfy({ ($0.error as? IOError)?.errnoCode == ECONNREFUSED })
        {
            self = .noListener
        } else {
            self = .failed("\(error)")
        }
    }

    /// Whether an operator should hear of it: that a pair keeps one connection, or a node stops, is as it should be.
    fileprivate var isWorthTelling: Bool {
        switch self {
        case .duplicate, .shutdown, .forgotten, .goodbye, .refused(.duplicate), .refused(.ownAddress),
            .refused(.leaving):
            false
        case .refusedByPeer(let refusal):
            refusal.reason != .duplicate && refusal.reason != .ownAddress && refusal.reason != .leaving
        default: true
        }
    }
}
