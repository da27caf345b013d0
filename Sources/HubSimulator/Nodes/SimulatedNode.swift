// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// A seat of the cluster and the process that has it: machines, what waits for them, and clocks.
///
/// A class, so that machines are changed where they lie.
final class SimulatedNode {
    enum State: UInt8 {
        /// Its address refuses. → `running`
        case stopped
        /// → `stopped`, `gone`
        case running
        /// Nothing answers at its address. → `running`
        case gone
    }

    let seat: Int
    let name: NodeName
    let address: PeerAddress
    @exclusivity(unchecked) var clock: NodeClock
    @exclusivity(unchecked) var state = State.stopped
    /// Counts the processes that had the seat.
    @exclusivity(unchecked) var life: UInt32 = 0
    /// The end of what holds it up; the past if nothing does.
    @exclusivity(unchecked) var pausedUntil: Time = 0
    @exclusivity(unchecked) var pausedSince: Time = 0
    @exclusivity(unchecked) var slowUntil: Time = 0
    /// When the process began to run, or went on after a pause.
    @exclusivity(unchecked) var runsSince: Time = 0

    @exclusivity(unchecked) var machine: NodeMachine { didSet { machineTick = nil } }
    @exclusivity(unchecked) var links: LinkMachine { didSet { linkTick = nil } }
    /// When they want to hear of time, if they were asked since they changed: they are large to be asked.
    @exclusivity(unchecked) private var machineTick: Instant??
    @exclusivity(unchecked) private var linkTick: Instant??
    @exclusivity(unchecked) var incarnation: Incarnation
    /// Callers and the processes they call.
    @exclusivity(unchecked) var resident: (any Resident)?
    /// The hubs.
    @exclusivity(unchecked) var hubs: HubResident?

    /// What arrived and was not looked at, in order.
    @exclusivity(unchecked) var inputs: [Input] = []
    /// An array that was emptied, to be filled again: what a process needs at each turn takes no memory anew.
    @exclusivity(unchecked) var takenInputs: [Input] = []
    /// The machine's inbox.
    @exclusivity(unchecked) var inbox: [NodeEvent] = []
    @exclusivity(unchecked) var effects: [NodeEffect] = []
    @exclusivity(unchecked) var orders: [ResidentOrder] = []
    /// When the driver gets its turn next; `never` if nothing is planned.
    @exclusivity(unchecked) var wakeAt: Time = SimulatedNode.never
    /// Not before this time: a slow process is still busy.
    @exclusivity(unchecked) var busyUntil: Time = 0

    @exclusivity(unchecked) var lastAccepted: UInt64 = 0
    /// Its ends of connections, oldest first.
    @exclusivity(unchecked) private(set) var wires: [WireRef] = []
    /// By what its links call them.
    @exclusivity(unchecked) private var wiresByLink: [LinkID: WireRef] = [:]
    /// The admitted connection to each peer.
    @exclusivity(unchecked) var connections = Connections()
    /// Its machine said that it goes.
    @exclusivity(unchecked) var isLeaving = false
    @exclusivity(unchecked) var hasLeft = false
    /// It goes because its name is taken; a real process ends with a code of its own then.
    @exclusivity(unchecked) var gaveWay = false
    /// Somebody asked it to leave, and may have to wait until it hears that.
    @exclusivity(unchecked) var isAskedToLeave = false
    /// Somebody wanted it to run again before it had left: it is started once it has.
    @exclusivity(unchecked) var isAwaited = false
    /// Whether this process is the newcomer of two with one name: decided by the shell of a node, not by its machine.
    @exclusivity(unchecked) var contest: NameContest

    static let never = Time.max

    init(seat: Int, name: NodeName, clock: NodeClock) {
        self.seat = seat
        self.name = name
        self.clock = clock
        address = Seats.address(seat)
        incarnation = Incarnation(rawValue: 0)
        machine = NodeMachine(name: name, incarnation: incarnation, seed: 0)
        links = LinkMachine(node: name, incarnation: incarnation, seed: 0)
        var generator = SeededGenerator(seed: 0)
        contest = NameContest(begun: .zero, using: &generator)
    }

    var isRunning: Bool { state == .running }

    func add(_ wire: WireRef, as id: LinkID) {
        wires.append(wire)
        wiresByLink[id] = wire
    }

    func remove(_ wire: WireRef, as id: LinkID) {
        wires.removeAll { $0 == wire }
        wiresByLink[id] = nil
    }

    /// - Returns: those that it had.
    func removeWires() -> [WireRef] {
        defer { (wires, wiresByLink) = ([], [:]) }
        return wires
    }

    func wire(of id: LinkID) -> WireRef? { wiresByLink[id] }

    /// When its machine wants to hear of time.
    var nextMachineTick: Instant? {
        if let machineTick { return machineTick }
        let tick = machine.pulse()
        machineTick = .some(tick)
        return tick
    }

    /// When its links want to.
    var nextLinkTick: Instant? {
        if let linkTick { return linkTick }
        let tick = links.pulse()
        linkTick = .some(tick)
        return tick
    }

    func isPaused(at time: Time) -> Bool { pausedUntil > time }
    func isSlow(at time: Time) -> Bool { slowUntil > time }

    /// Something that a process finds when it gets its turn. Small, for what is frequent is.
    enum Input {
        indirect case event(NodeEvent)
        indirect case resident(ResidentEvent)
        /// A dialed connection stands, or does not.
        indirect case dialed(WireRef, DialFault?)
        case accepted(WireRef)
        case arrived(WireRef, StreamItem)
        case message(WireRef, [UInt8])
        indirect case ended(WireRef, LinkLoss)
    }
}
