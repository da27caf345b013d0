// SPDX-License-Identifier: Apache-2.0

/// What this node knows of one life of another, and what is on its way there.
struct RegistryPeer: Hashable, Sendable {
    let name: NodeName
    let incarnation: Incarnation
    /// When its life of the hub began, once it said so.
    var birth: Stamp?
    var isMember = false
    /// Another life of the node has a connection: this one hears nothing any more.
    var isSuperseded = false
    /// Whether it has had its own first exchange, as it said last.
    var isReady = false
    /// Whether this node completed an exchange with it.
    var isExchanged = false

    var flights: [DeltaFlight] = []
    var resendAt: Instant?
    var attempts = 0

    /// The own log when the peer came, or when it fell behind it: what is older it gets by an exchange.
    var base: UInt64
    var wishSent: UInt64
    /// Everything between the base and here is acknowledged.
    var wishAcknowledged: UInt64
    /// Everything up to here was held when an exchange was completed.
    var exchangedMark: UInt64 = 0
    var own = SliceStream(slice: Slice.own)
    var relays: [SliceStream] = []

    /// Receipts for what it sent last, which nobody there waits for.
    var owed: [Receipt] = []

    var round: ExchangeRound?
    /// The exchange that the peer began here.
    var answered: Answered?
    var roundDue: Instant
    /// When a peer that is in no view is forgotten.
    var strangerUntil: Instant

    init(_ name: NodeName, _ incarnation: Incarnation, base: UInt64, at now: Instant) {
        self.name = name
        self.incarnation = incarnation
        self.base = base
        wishSent = base
        wishAcknowledged = base
        roundDue = now
        strangerUntil = now.advanced(by: Limits.strangerTime)
    }

    /// What an exchange that the peer began will have compared.
    struct Answered: Hashable, Sendable {
        var round: UInt64
        /// The own log when it began.
        var mark: UInt64
        /// What its own slice must have reached here.
        var sliceTarget: UInt64
        var horizon: Stamp
        var isCompleted = false
    }

    var rowsInFlight: Int { flights.reduce(0) { $0 + ($1.isAcknowledged ? 0 : $1.rows) } }

    // Asked with every message, and mutating so that it is asked where it lies: nearly always there is nothing.

    /// The round whose wishes were all compared.
    @inline(never)
    mutating func comparedRound() -> ExchangeRound? { round?.isCompared == true ? round : nil }

    /// The exchange that the peer began, and says is done.
    @inline(never)
    mutating func completedAnswer() -> Answered? { answered?.isCompleted == true ? answered : nil }

    func holds(_ mark: WishMark) -> Bool {
        mark.number <= exchangedMark || (mark.number > base && mark.number <= wishAcknowledged)
    }

    /// A copy leaves its place in the list: a stream that stands there stands before it from now on.
    mutating func leave(_ place: UInt32, for previous: UInt32, in slice: UInt16) {
        if own.slice == slice, own.cursor == place { own.cursor = previous }
        for relay in relays.indices where relays[relay].slice == slice && relays[relay].cursor == place {
            relays[relay].cursor = previous
        }
    }
}

/// One delta on its way.
struct DeltaFlight: Hashable, Sendable {
    var number: UInt64
    /// The last wish in it, by its number in the own log.
    var wishes: UInt64
    var rows: Int
    var isAcknowledged = false
}

/// How far a peer has one slice of this node's.
struct SliceStream: Hashable, Sendable {
    var slice: UInt16
    var acknowledged: UInt64 = 0
    var sent: UInt64 = 0
    /// The last copy sent, or one before it; none: at the beginning.
    var cursor = UInt32.none
    /// The whole slice is being sent, as it was when its last number was this: removals up to there need not be told.
    var whole: UInt64?
    /// The last delta before the stream went back.
    var restarted: UInt64 = 0

    /// Whether the same comes next as in the other.
    func isAbreast(of other: SliceStream) -> Bool {
        slice == other.slice && sent == other.sent && cursor == other.cursor && whole == other.whole
    }
}

/// One exchange that this node began with a peer.
struct ExchangeRound: Hashable, Sendable {
    let number: UInt64
    /// The own log when it began: what is in it is compared.
    let mark: UInt64
    /// The own horizon when it began.
    let horizon: Stamp
    var retryAt: Instant
    var attempts = 0
    /// What the peer said of itself; `nil` until it did.
    var theirs: Summary?
    /// What its own slice must have reached here.
    var sliceTarget: UInt64 = 0
    /// Rows that the peer has in each bucket.
    var counts: [UInt32] = []
    /// Buckets still to be compared, the next last.
    var queue: [UInt16] = []
    /// Buckets whose keys were sent, message by message.
    var asked: [[UInt16]] = []
    var passes: [UInt16: Int] = [:]
    /// Some bucket could not be made equal: the horizon is not taken over.
    var isIncomplete = false
    /// All wishes were compared.
    var isCompared: Bool { theirs != nil && queue.isEmpty && asked.isEmpty }
}

// Where a round lies: it is large to be copied.
extension ExchangeRound {
    /// What carries the keys of more buckets, if not too many are under way and some are left.
    mutating func beginKeys() -> BucketKeys? {
        asked.count < 2 && !queue.isEmpty ? BucketKeys(round: number, horizon: horizon, buckets: []) : nil
    }

    /// Takes the next bucket out of the queue, if no more rows than `room` are in it here and there.
    mutating func takeBucket(of room: Int, beside own: [UInt32]) -> (index: UInt16, rows: Int)? {
        guard let index = queue.last else { return nil }
        let rows = Int(own[Int(index)]) + Int(counts[Int(index)])
        guard rows <= room else { return nil }
        queue.removeLast()
        return (index, rows)
    }

    /// - Returns: whether the bucket may be compared once more in this exchange.
    mutating func countPass(of index: UInt16) -> Bool {
        let count = passes[index, default: 0] + 1
        passes[index] = count
        if count <= Limits.bucketPasses { return true }
        isIncomplete = true
        return false
    }
}
