// SPDX-License-Identifier: Apache-2.0

internal import DequeModule

/// What one node knows of a hub's children: what is wished, and who holds which copy. And how two nodes come to know the
/// same.
///
/// Wishes and copies are kept apart, so that a lost event never loses a child. A wish is the last that was written
/// anywhere, by stamp; copies are written by their holder alone and copied by everyone else. The registry decides nothing
/// about either: its machine writes, and hears of every change in a ``RegistryAction``.
///
/// Nothing here does work in proportion to the number of children within one call, but for what says so.
package struct Registry: Sendable {
    package let node: NodeName
    /// This node's own life of the hub.
    package internal(set) var life: HubLife
    package let settings: RegistrySettings
    var clock: StampClock

    var table = SlotTable(bits: Self.bucketBits)
    var wishes = Column<WishRow>()
    var extras = Pool<WishExtra>(blank: WishExtra())
    var kinds = KindNames()
    var tags = TagIndex()

    var copies = Pool<CopyRow>(blank: CopyRow())
    var targets = Pool<CopyTarget>(blank: CopyTarget())
    /// The first is this life's own.
    var slices: [Slice]

    /// The wishes that this life wrote, in order.
    var log = NumberedLog()
    var digests = [UInt64](repeating: 0, count: 1 << Self.bucketBits)
    var digestCounts = [UInt32](repeating: 0, count: 1 << Self.bucketBits)
    /// Of all wishes.
    var digest: UInt64 = 0
    package internal(set) var counts = Counts()

    var tombstones = PiecedQueue<Grave>()
    /// Tombstones at or below it may be gone from here.
    package internal(set) var horizon = Stamp.zero
    /// How far the tombstones below a raised horizon were looked for.
    var sweep: Int?
    /// Some tombstone's time is over, or there are too many.
    var isCollecting = false

    var peers: [RegistryPeer] = []
    /// Lives that left the settled view: they never come back, whoever still speaks of them.
    var gone: Deque<Incarnation> = []
    /// Children that members let go of, the oldest first.
    var vacancies: Deque<Vacancy> = []
    /// When hosts of some are asked.
    var vacanciesDue: Instant?
    /// The last number given to a delta, a round or a vacancy.
    var lastNumber: UInt64 = 0
    /// When receipts that are owed are sent at the latest.
    var receiptsDue: Instant?
    /// Something may be waiting to be sent.
    package internal(set) var hasNews = false
    /// Whether the first full exchange is done, or there was nobody to have one with: wishes may be taken.
    package internal(set) var isReady = false

    /// Whether this life took part in a full exchange: before that it collects no tombstone, for the horizon that it leaves
    /// would cover what others wish for and this node has not heard of.
    var isCaughtUp = false

    /// Children whose wish or copies changed, for the machine.
    var dirty = PiecedQueue<UInt32>()

    package internal(set) var work = WorkMeter()

    static var bucketBits: Int { 12 }

    /// How many children there are.
    package struct Counts: Hashable, Sendable {
        package var running = 0
        package var stopped = 0
        /// Wishes that record a decision about where the child is to be.
        package var placed = 0
        package var refusedStamps: UInt64 = 0
        package var covered: UInt64 = 0
    }

    /// - Parameter clock: of an earlier life of this hub in the same life of the node: this one is born after it, also if
    ///   the wall clock was set back between them, and no epoch of the two is the same.
    package init(
        node: NodeName, incarnation: Incarnation, at now: Instant, settings: RegistrySettings = RegistrySettings(),
        clock: StampClock? = nil
    ) {
        self.node = node
        self.settings = settings
        self.clock = clock ?? StampClock(incarnation: incarnation)
        self.clock.become(incarnation)
        life = HubLife(node: node, birth: self.clock.mint(at: now))
        slices = [Slice(life: life)]
    }

    /// What all tables counted so far.
    @inline(__always)
    package var totalWork: UInt64 { work.units &+ table.work.units &+ log.work.units &+ tags.work }
}

// MARK: - Stamps

extension Registry {
    /// A stamp above everything that this node has seen: for a wish, or for an activation.
    package mutating func mint(at now: Instant) -> Stamp { clock.mint(at: now) }

    package mutating func mintEpoch(at now: Instant) -> Epoch { Epoch(clock.mint(at: now)) }

    /// Takes note of a stamp that came with a message.
    ///
    /// - Returns: whether it can be one; a stamp more than a year ahead is refused and counted.
    package mutating func observe(
        _ stamp: Stamp, from node: NodeName, at now: Instant, into actions: inout [RegistryAction]
    ) -> Bool {
        if clock.observe(stamp, at: now) { return true }
        counts.refusedStamps += 1
        actions.append(.refusedStamp(stamp, from: node))
        return false
    }
}

extension Registry: Hashable {
    package func hash(into hasher: inout Hasher) {
        hasher.combine(life)
        hasher.combine(digest)
        hasher.combine(slices)
    }
}
