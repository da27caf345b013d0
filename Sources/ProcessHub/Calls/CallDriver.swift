// SPDX-License-Identifier: Apache-2.0

internal import Distributed
internal import HubCore
internal import HubTransport
internal import Logging
internal import Synchronization

/// Carries the calls of one node: those its code makes and those that reach its processes.
///
/// The decisions are the core's, in ``Gate`` and ``OutgoingCall``; this is what asks them and does what they say, never
/// under a lock.
@usableFromInline
final class CallDriver: Sendable {
    let name: NodeName
    private let life: Atomic<UInt64>
    let kinds: Kinds
    let table = ReadTable()
    let codec: Codec
    let deadlines = Deadlines()
    let memory = ReplyMemory()
    let pending = Pending()
    let waiting = WaitingCallers()
    let waitingBytes = Budget(limit: Limits.nodeWaitingBytes)
    let underWay = Budget(limit: Limits.callsUnderWay)
    let hold = Hold()
    let watch: TurnWatch
    private let clock: Mutex<StampClock>
    let logger: Logger
    /// How long a call may take whose caller set no limit.
    let callDeadline: Duration
    /// Whether turns that have shown to be short run on the event loops that their calls arrive on.
    let runsOnLoops: Bool
    let meters = Meters()
    let overdueLog = LogRate()
    private let epochLog = LogRate()
    let transportLog = LogRate()

    private let system: SystemBox
    private let switchboardSlot = Mutex<Switchboard?>(nil)
    let reports = Mutex<Deed<TransportNews>?>(nil)
    private let isClosed = Atomic<Bool>(false)
    private let lastTurn = Atomic<UInt64>(0)
    private let lastRequest = Atomic<UInt64>(0)

    init(
        name: NodeName, incarnation: Incarnation, kinds: Kinds, logger: Logger, callDeadline: Duration,
        runsOnLoops: Bool
    ) {
        let system = SystemBox()
        self.name = name
        life = Atomic(incarnation.rawValue)
        self.logger = logger
        self.callDeadline = callDeadline
        self.runsOnLoops = runsOnLoops
        self.kinds = kinds
        self.system = system
        codec = Codec { system.value }
        clock = Mutex(StampClock(incarnation: incarnation))
        watch = TurnWatch(table, callDeadline: callDeadline)
        deadlines.onDue { item in self.due(item) }
        watch.onOverdue { place in self.overdue(place) }
    }

    private func due(_ item: Deadlines.Item) {
        switch item {
        case .turn(let turn, let instance): withdraw(turn, of: instance, .deadlinePassed)
        case .wire(let call): expire(call)
        case .remote(let call): wake(call)
        case .action(let action): action()
        }
    }

    /// Tells in which actor system references are decoded.
    func bind(_ actorSystem: any DistributedActorSystem & AnyObject & Sendable) {
        system.bind(actorSystem)
    }

    // MARK: Names for what happens

    /// The life of the node. It may take a new one; what is under way keeps the ids it has.
    var incarnation: Incarnation { Incarnation(rawValue: life.load(ordering: .relaxed)) }

    func become(_ incarnation: Incarnation) {
        life.store(incarnation.rawValue, ordering: .relaxed)
        clock.withLock { $0.become(incarnation) }
    }

    func mintEpoch() -> Epoch {
        Epoch(clock.withLock { $0.mint(at: Clock.now()) })
    }

    /// Takes note of an epoch of another node, so that every epoch minted here from now on is above it.
    ///
    /// - Returns: `false` for one that lies more than a year ahead, which is no epoch to follow: it was counted.
    func observe(_ epoch: Epoch) -> Bool {
        let isPlausible = clock.withLock { $0.observe(epoch.stamp, at: Clock.now()) }
        if !isPlausible {
            meters.count(.refusedEpoch)
            if epochLog.admits(at: Clock.elapsed()) {
                logger.warning("an epoch lies too far ahead", metadata: ["epoch": "\(epoch)"])
            }
        }
        return isPlausible
    }

    func mintTurn() -> TurnID {
        TurnID(incarnation: incarnation, sequence: lastTurn.add(1, ordering: .relaxed).newValue)
    }

    func mintRequest() -> RequestID {
        RequestID(caller: incarnation, sequence: lastRequest.add(1, ordering: .relaxed).newValue)
    }

    // MARK: The node's life

    /// The way to other nodes, while the node runs.
    var switchboard: Switchboard? { switchboardSlot.withLock { $0 } }

    func connect(_ switchboard: Switchboard) {
        switchboardSlot.withLock { $0 = switchboard }
    }

    /// Tells who else hears what the transport reports.
    func onReport(_ report: @escaping @Sendable (TransportNews) -> Void) {
        reports.withLock { $0 = Deed(report) }
    }

    var isOver: Bool { isClosed.load(ordering: .relaxed) }

    /// The node leaves: what its own callers still wait for ends now.
    func shutDown() {
        isClosed.store(true, ordering: .relaxed)
        switchboardSlot.withLock { $0 = nil }
        for call in pending.removeAll().map(\.call) + waiting.removeAll() { abandon(call) }
    }

    /// Breaks the circles through which a node that is gone would stay in memory.
    func dissolve() {
        system.bind(nil)
        deadlines.onDue(nil)
        watch.end()
        reports.withLock { $0 = nil }
    }
}

/// The actor system, in which references are decoded. It owns the driver, so this is a circle until the node ends; a
/// weak reference would make every retain of the system take the slow path.
private final class SystemBox: Sendable {
    private let system = Mutex<(any AnyObject & Sendable)?>(nil)

    var value: (any Sendable)? { system.withLock { $0 } }

    func bind(_ system: (any AnyObject & Sendable)?) {
        self.system.withLock { $0 = system }
    }
}
