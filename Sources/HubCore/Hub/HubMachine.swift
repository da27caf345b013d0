// SPDX-License-Identifier: Apache-2.0

/// Decides what runs where in one hub: one per hub and node, fed with views by the node's machine.
///
/// What is wished and what runs stands in the registry; every change there marks its child, and a marked child is looked
/// at: published to readers, compared with what should be, and whoever waits for it is answered. So nothing depends on
/// the order in which messages arrive, nor on one of them arriving.
///
/// No event does work in proportion to the number of children. What may be much waits in queues, and at most
/// ``Limits/batchWork`` rows are looked at between two ``HubEvent/workContinued``, whatever else happens.
package struct HubMachine: Machine, Hashable {
    package let hub: HubID
    package let node: NodeName
    let settings: HubSettings

    // What is known.
    package internal(set) var incarnation: Incarnation
    package internal(set) var registry: Registry
    /// The first view came.
    var isBorn = false
    var view: MemberView?
    /// Of the members in the view.
    var memberLives: Set<Incarnation> = []
    var otherMembers = 0
    var candidates: Candidates
    /// Activations of before belong to a life that was declared dead.
    var lifeBegan = Stamp.zero
    /// When members that have not compared their copies stop keeping this node from starting what was lost.
    var confirmedAnyway = Instant(nanoseconds: .min)
    var random: SeededGenerator

    // What is to be done.
    var budget = Limits.batchWork
    /// ``HubEffect/continueWork`` was asked for.
    var isContinued = false
    var intake = PiecedQueue<Intake>()
    /// Children that are being started and are not told to others yet, in the order they were wished.
    var withheld = PiecedQueue<Withheld>()
    /// Until when what is new waits to be told to others.
    var flushDue: Instant?
    var sweep = Sweep()
    var due = DueQueue<Due>()

    // What runs here.
    var places = Column<UInt32>()
    var hosted = Pool<Hosted?>(blank: nil)
    var startQueue = PiecedQueue<SlotReference>()
    var moveQueue = PiecedQueue<SlotReference>()
    /// Initializers under way, and claims to begin some.
    var starting = 0
    var pace = RestartPace()
    var leaving: MoveSlots
    var arriving: MoveSlots
    var arrivals: [ExpectedChild] = []
    /// Of all activations whose records are gone.
    var highestEnded = Epoch.none
    var isAuthorityLost = false
    var drain: Drain?
    /// Records of children that arrived elsewhere.
    var arrivedRecords = 0

    // Operations that callers of this node wait for, and what this node decided for others.
    var asked = NumberMap<UInt64, AskedOperation>()
    var runnable = PiecedQueue<UInt64>()
    var unseen = PiecedQueue<UnseenItem>()
    var decided = DecidedChunks()
    var refusals = Refusals()
    var holding = HolderQueue()
    /// Stopped children whose hosts have not acknowledged the tombstone.
    var awaitingHosts = PiecedQueue<Slot>()
    var isAwaitingHosts: Set<Slot> = []
    /// How many of them are to be looked at, because a member acknowledged more.
    var awaitingDue = 0
    /// Answers to other nodes' chunks, gathered in a step.
    var said: [Said] = []
    private var spare = SpareArray<RegistryAction>()

    /// - Parameter clock: of an earlier life of this hub on the node, if there was one since the node began.
    package init(
        hub: HubID, node: NodeName, incarnation: Incarnation, seed: UInt64, settings: HubSettings = HubSettings(),
        clock: StampClock? = nil
    ) {
        self.hub = hub
        self.node = node
        self.incarnation = incarnation
        self.settings = settings
        registry = Registry(
            node: node, incarnation: incarnation, at: .zero, settings: settings.registry, clock: clock)
        candidates = Candidates(settings.distribution, node: node)
        random = SeededGenerator(seed: seed)
        leaving = MoveSlots(limit: settings.parallelMoves)
        arriving = MoveSlots(limit: settings.parallelMoves)
    }

    package static var timePassed: HubEvent { .timePassed }

    package var nextTick: Instant? { findTick() }

    @inline(__always)
    private func findTick() -> Instant? {
        guard isBorn else { return due.next }
        var next = registry.nextTick
        Instant.lower(&next, to: due.next)
        Instant.lower(&next, to: decided.nextForgetting)
        Instant.lower(&next, to: flushDue)
        Instant.lower(&next, to: withheld.first?.until)
        return next
    }

    package mutating func handle(_ event: HubEvent, at now: Instant, into effects: inout [HubEffect]) {
        var step = HubStep(now: now, actions: spare.take(), effects: &effects)
        take(event, &step)
        pump(&step)
        step.finish(needsMore: wantsToContinue(), into: &effects)
        spare.keep(&step.actions)
    }

    private mutating func take(_ event: HubEvent, _ step: inout HubStep) {
        switch event {
        case .viewChanged(let view): see(view, &step)
        case .linkUp(let node, let incarnation): linked(node, incarnation, &step)
        case .received(let message, let node, let incarnation): enqueue(message, from: node, incarnation)
        case .drainAsked(let deadline): beginDrain(deadline, &step)
        case .timePassed: timePassed(&step)
        case .workContinued: (budget, isContinued) = (Limits.batchWork, false)
        case .startAsked(let id, let children, let options):
            ask(id, .start(children, options), deadline: options.deadline, &step)
        case .stopAsked(let id, let children, let options):
            ask(id, .stop(children), deadline: options.deadline, &step)
        case .changeAsked(let id, let child, let metadata, let tags, let deadline):
            let item = ChangeItem(child: child, known: .zero, metadata: metadata, tags: tags)
            ask(id, .change(item), deadline: deadline, &step)
        case .instancesStarted(let instances): for instance in instances { started(instance, &step) }
        case .instanceFailed(let instance, let fault): failed(instance, fault, &step)
        case .instanceEnded(let instance, let reason): ended(instance, reason, &step)
        case .authorityAnswered(let answer): authority(answer, &step)
        }
    }
}

extension HubMachine {
    /// For a later life of this hub on the same node.
    package var clock: StampClock { registry.clock }

    /// ``nextTick``, ``isIdle`` and what all tables counted, for who asks after every event: where the machine lies, for it is
    /// copied to answer anything that does not say that it changes it.
    package mutating func pulse() -> (tick: Instant?, isIdle: Bool, work: UInt64) {
        (findTick(), isIdle, registry.totalWork)
    }

    /// Nothing waits for the next batch of the driver.
    package var isIdle: Bool { !isContinued }
}
