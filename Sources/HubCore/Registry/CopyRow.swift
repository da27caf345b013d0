// SPDX-License-Identifier: Apache-2.0

internal import DequeModule

/// One copy in a slice. Copies of a slice hang together in the order of their numbers, those of a child in a chain.
struct CopyRow: Hashable, Sendable {
    var number: UInt64 = 0
    var epoch = Stamp.zero
    var child = UInt32.none
    var nextOfChild = UInt32.none
    var previous = UInt32.none
    var next = UInt32.none
    /// Into the pool of targets, for a copy that moves or has a version.
    var target = UInt32.none
    var slice: UInt16 = 0
    var status = Status.active
    /// Bits: complete; the place of a stream may be here; not yet in the slice's order.
    var flags: UInt8 = 0

    /// The numbers are those of the wire.
    enum Status: UInt8, Hashable, Sendable {
        case active = 0
        case moving = 1
        case moved = 2
        case prepared = 3
        case passive = 4
        case starting = 5
        case idle = 6
    }

    var isComplete: Bool {
        get { flags & 1 != 0 }
        set { flags = newValue ? flags | 1 : flags & ~1 }
    }

    var isMarked: Bool {
        get { flags & 2 != 0 }
        set { flags = newValue ? flags | 2 : flags & ~2 }
    }

    /// It came before what precedes it: it counts, but is in the list of the loose.
    var isLoose: Bool {
        get { flags & 4 != 0 }
        set { flags = newValue ? flags | 4 : flags & ~4 }
    }

    /// What the hash of a slice is made of.
    func digest(_ childHash: UInt64) -> UInt64 {
        Mix.finish(childHash ^ Mix.finish(number ^ Mix.finish(epoch.time) &+ UInt64(status.rawValue)))
    }
}

/// What few copies have: where it moves or moved, or under which epoch it will be, and the version of its state.
struct CopyTarget: Hashable, Sendable {
    var node: NodeName?
    var epoch = Epoch.none
    var version: UInt64 = 0
}

/// The copies of one life, as a numbered list: written by that life alone, copied by all others.
struct Slice: Hashable, Sendable {
    /// The place of this node's own among the slices.
    static var own: UInt16 { 0 }

    var life: HubLife
    var state = State.live
    /// Everything up to here is held; of the own slice, the last number given.
    var number: UInt64 = 0
    /// Of all copies held.
    var hash: UInt64 = 0
    /// By number.
    var list = Ends()
    /// Copies that came before what precedes them.
    var loose = Ends()
    var count = 0
    /// Copies that are gone, by number, for those who still have them.
    var removals: Deque<Removal> = []
    /// Removals up to here are not told any more.
    var trimmed: UInt64 = 0
    /// Set while the whole slice is taken anew.
    var resync: Resync?
    /// The hash told of a difference: the whole slice is to be taken. Until then it is left to whoever tells it.
    var doubted: Instant?
    /// What came before what precedes it, in no order.
    var early: [SliceRange] = []

    enum State: UInt8, Hashable, Sendable {
        /// → lost
        case live = 0
        /// Its life is over; its copies count for nothing and go bit by bit. → free
        case lost = 1
        /// Its place may become another's. → live
        case free = 2
    }

    struct Ends: Hashable, Sendable {
        var head = UInt32.none
        var tail = UInt32.none

        /// - Returns: what was the last before.
        mutating func append(_ place: UInt32) -> UInt32 {
            if tail == .none { head = place }
            defer { tail = place }
            return tail
        }
    }

    struct Removal: Hashable, Sendable {
        var number: UInt64
        var child: ChildID
    }

    /// How far the whole slice has been taken, from one teller or from several, each of which has what it has, and
    /// forgot the removals that it forgot.
    struct Resync: Hashable, Sendable {
        var number: UInt64 = 0
        /// The tellers had the slice up to there at least: what they told was not removed by then.
        var floor = UInt64.max
        /// It ends there, where the furthest of them was: what that one did not tell any more lies not before it.
        var top: UInt64 = 0
        /// Removals up to there may not have been told.
        var trimmed: UInt64 = 0
        /// What lies before this copy in the list was not in it.
        var first = UInt32.none
        /// All was taken; what was not in it is still to go.
        var isClosing = false

        /// Whether a teller that forgot the removals up to there may go on with it: what they removed was not told before,
        /// or they were told themselves.
        func goesOn(with trimmed: UInt64) -> Bool { !isClosing && trimmed <= max(number, floor) }

        mutating func extend(by range: SliceRange) {
            guard range.to > number else { return }
            number = range.to
            floor = min(floor, range.top)
            top = max(top, range.top)
            trimmed = max(trimmed, range.trimmed)
        }
    }

    var isDoubtful: Bool { doubted != nil }

    /// Whether one that is told whole, or goes on being told so, tells too old a state to count: it would take back what is
    /// held, or lacks what another teller forgot, which would have to begin again.
    func isBehind(_ range: SliceRange) -> Bool { needsWhole(range.trimmed) && isBehind(range.top) }

    /// Whether one who has the slice up to there is of no help to take it whole.
    func isBehind(_ top: UInt64) -> Bool { top < max(number, resync?.trimmed ?? 0) }

    /// Whether only the whole slice helps, told by one that forgot the removals up to there. Once begun, it is taken to
    /// its end: the copies taken so far are not where their numbers belong.
    func needsWhole(_ trimmed: UInt64) -> Bool {
        isDoubtful || number < trimmed || resync.map { !$0.isClosing } ?? false
    }

    // Here, where a slice lies: it is large to be copied.

    /// Puts a copy at the end of the list.
    ///
    /// - Returns: the copy before it, and whether it is the first that the whole slice being taken anew has in it.
    mutating func link(_ place: UInt32, _ digest: UInt64) -> (tail: UInt32, isFirst: Bool) {
        hash ^= digest
        let isFirst = resync?.first == UInt32.none
        if isFirst { resync?.first = place }
        return (list.append(place), isFirst)
    }

    /// Up to where the holder wants no more.
    var position: UInt64 {
        guard let resync, !resync.isClosing else { return number }
        return resync.number
    }
}
