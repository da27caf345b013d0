// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubTransport
internal import HubWire
internal import Logging
internal import Synchronization

/// Runs a node's machine: tells it what happens on its connections, and does what it decides.
///
/// What happens before ``begin(at:seeds:found:hubs:)`` waits for it.
final class NodeDriver: Sendable {
    private let driver: Driver<NodeMachine>
    let errands: NodeErrands

    init(_ machine: NodeMachine, _ errands: NodeErrands) {
        self.errands = errands
        driver = Driver(machine, onTick: { errands.calls.pulse() }) { errands.perform($0) }
    }

    /// Lets the machine begin.
    ///
    /// - Parameters:
    ///   - address: where the node can be dialed, `nil` if it cannot, or does not know.
    ///   - seeds: addresses that may lead to others; none if nobody is to be looked for.
    ///   - found: those that discovery found.
    func begin(at address: PeerAddress?, seeds: [PeerAddress], found: [PeerAddress], hubs: [HubID]) {
        driver.start(
            with: [.started(address: address, seeds: seeds, found: found)] + hubs.map(NodeEvent.hubStarted))
    }

    /// Shows what the node sees there too; to be called before it begins.
    func show(on status: StatusBoard?) { errands.status.withLock { $0 = status } }

    func post(_ event: NodeEvent) { driver.post(event) }

    /// - Returns: whether there was room for what the peer caused.
    func post(_ event: NodeEvent, from peer: NodeName, bytes: Int) -> Bool {
        driver.post(event, from: peer, bytes: bytes)
    }

    /// Tells the members that this node leaves, and waits until they know, for a moment at most.
    func leave() async {
        driver.post(.leaveAsked)
        _ = await errands.hasLeft.wait(atMost: Limits.farewell)
    }

    /// The connections are closed: nothing is decided any more.
    func end() {
        errands.isOver.store(true, ordering: .relaxed)
        driver.stop()
        errands.calls.hold.rest()
        errands.board.close()
    }
}

/// Does what a node's machine decides.
final class NodeErrands: Sendable {
    let name: NodeName
    let calls: CallDriver
    let life: NodeLife
    let board: ViewBoard
    let residents: Residents
    let status = Mutex<StatusBoard?>(nil)
    let log: MembershipLog
    /// Takes a new incarnation: what this node mints from now on is of that life.
    let become: @Sendable (Incarnation) -> Void
    /// The machine has told everybody that the node leaves.
    let hasLeft = Milestone()
    /// Nothing is decided any more; what was under way on another thread changes nothing.
    let isOver = Atomic(false)

    init(
        name: NodeName, calls: CallDriver, life: NodeLife, board: ViewBoard, residents: Residents, log: MembershipLog,
        become: @escaping @Sendable (Incarnation) -> Void
    ) {
        self.name = name
        self.calls = calls
        self.life = life
        self.board = board
        self.residents = residents
        self.log = log
        self.become = become
    }

    func perform(_ effect: NodeEffect) {
        switch effect {
        case .send(let message, let peer): send(message, to: peer)
        case .connect(let peer, let address): calls.switchboard?.want(peer, at: address)
        case .dialSeed(let address): calls.switchboard?.add(seed: address)
        case .forgetSeed(let address): calls.switchboard?.remove(seed: address)
        case .disconnect(let peer, let incarnation): calls.switchboard?.forget(peer, incarnation)
        case .renew(let incarnation):
            become(incarnation)
            calls.switchboard?.announce(incarnation)
        case .viewChanged(let view):
            board.publish(view)
            for resident in residents.all { resident.viewChanged(view) }
            status.withLock { $0 }?.show(view)
        case .rosterChanged(let roster):
            heed(roster.standing)
            status.withLock { $0 }?.show(roster)
        case .nameTaken(let other): leave(to: other)
        case .left: hasLeft.reach()
        case .note(let note): log.note(note)
        }
    }

    private func send(_ message: NodeMessage, to peer: NodeName) {
        guard let connection = calls.switchboard?.connection(to: peer) else {
            return calls.meters.count(.droppedMessage)
        }
        let result = connection.send(.control) { writer, _ in
            do {
                try writer.frame(.machine, stream: 0) { writer throws(WireFault) in
                    try MachineEnvelope(.node).encode(into: &writer)
                    try message.encode(into: &writer)
                }
                return true
            } catch {
                return false
            }
        }
        if result != .queued { calls.meters.count(.droppedMessage) }
    }

    /// A node that does not know whether it is still a member serves nothing.
    private func heed(_ standing: Standing) {
        guard !isOver.load(ordering: .relaxed) else { return }
        if standing == .unsure { calls.holdTurns() } else if calls.hold.hasBegun { calls.serve() }
    }

    private func leave(to other: Incarnation?) {
        let life = other.map { ", incarnation \($0)" } ?? ", and the members refuse this one"
        self.life.leave(
            because: HubError(
                .nameTaken,
                "another node named \(Escaped(name.rawValue)) is in the cluster\(life)",
                outcome: .executed))
    }
}
