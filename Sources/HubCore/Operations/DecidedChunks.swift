// SPDX-License-Identifier: Apache-2.0

internal import DequeModule

/// What this node, as the owner, decided for the operations of all nodes: what each child still waits for, and what was
/// answered, so that a chunk that comes twice is decided once.
package struct DecidedChunks: Hashable, Sendable {
    private var numbers: [ChunkKey: UInt32] = [:]
    private var chunks = ChunkTable()
    private var lastNumber: UInt32 = 0
    /// By slot, the children of chunks that wait for something to happen to it. Bounded by what askers keep open.
    private var watches = NumberMap<UInt32, Watchers>()
    /// Slots that nobody watches any more, until they are taken.
    private var unwatched: [Slot] = []
    /// Chunks in the order they came: the oldest makes room.
    private var order = Deque<UInt32>()
    /// Operations that nobody waits for any more; the oldest makes room.
    private var abandoned = Deque<RequestID>()

    package init() {}
}

/// Names a chunk of an operation of any node.
package struct ChunkKey: Hashable, Sendable {
    package var operation: RequestID
    package var chunk: UInt32
}

/// One child of a chunk that this node decided.
package struct ItemPlace: Hashable, Sendable {
    package var chunk: UInt32
    package var place: UInt8
}

package struct DecidedChunk: Hashable, Sendable {
    fileprivate let number: UInt32
    package let key: ChunkKey
    package let asker: NodeName
    fileprivate let forgetAt: Instant
    /// By place in the chunk, as far as any was decided here.
    fileprivate var items: [Item?] = []
    /// Those that are not answered.
    fileprivate var open = 0

    struct Item: Hashable, Sendable {
        var slot: Slot?
        var state: ItemState

        var isOpen: Bool { if case .answered = state { false } else { true } }
    }

    fileprivate func state(at place: UInt8) -> ItemState? {
        Int(place) < items.count ? items[Int(place)]?.state : nil
    }

    fileprivate mutating func put(_ item: Item?, at place: UInt8) {
        while items.count <= Int(place) { items.append(nil) }
        if items[Int(place)]?.isOpen ?? false { open -= 1 }
        if item?.isOpen ?? false { open += 1 }
        items[Int(place)] = item
    }
}

/// Chunks by their numbers, whose low bits are their places: whoever numbers a chunk picks a number whose place is free.
private struct ChunkTable: Hashable, Sendable {
    private var rows: [DecidedChunk?] = []
    private var count = 0

    private func place(_ number: UInt32) -> Int { Int(number) & (rows.count - 1) }

    func contains(_ number: UInt32) -> Bool { !rows.isEmpty && rows[place(number)]?.number == number }

    /// What a chunk says, read where it lies: it is large to be copied.
    @inline(__always)
    func read<Value>(_ number: UInt32, _ value: (borrowing DecidedChunk) -> Value?) -> Value? {
        guard contains(number), let chunk = rows[place(number)] else { return nil }
        return value(chunk)
    }

    /// The next number whose place is free.
    mutating func number(after last: UInt32) -> UInt32 {
        if (count + 1) * 2 > rows.count { grow() }
        var number = last &+ 1
        while rows[place(number)] != nil { number &+= 1 }
        return number
    }

    mutating func insert(_ chunk: DecidedChunk) {
        rows[place(chunk.number)] = chunk
        count += 1
    }

    mutating func put(_ item: DecidedChunk.Item?, at place: ItemPlace) {
        guard !rows.isEmpty, rows[self.place(place.chunk)]?.number == place.chunk else { return }
        rows[self.place(place.chunk)]?.put(item, at: place.place)
    }

    mutating func remove(_ number: UInt32) -> DecidedChunk? {
        guard !rows.isEmpty, rows[place(number)]?.number == number else { return nil }
        count -= 1
        return rows[place(number)].take()
    }

    /// Twice as long: what had places of its own keeps them.
    private mutating func grow() {
        let old = rows
        rows = Array(repeating: nil, count: max(8, old.count * 2))
        for chunk in old { if let chunk { rows[place(chunk.number)] = chunk } }
    }
}

/// The children of chunks that wait for one slot: almost always one, which needs no array.
package struct Watchers: Hashable, Sendable, Sequence, IteratorProtocol {
    private var first: ItemPlace?
    private var others: [ItemPlace] = []

    /// - Returns: whether it is the first.
    fileprivate mutating func add(_ item: ItemPlace) -> Bool {
        if first == nil {
            first = item
            return true
        }
        if first != item, !others.contains(item) { others.append(item) }
        return false
    }

    /// - Returns: whether nobody is left.
    fileprivate mutating func remove(_ item: ItemPlace) -> Bool {
        if first == item {
            first = others.isEmpty ? nil : others.removeFirst()
        } else {
            others.removeAll { $0 == item }
        }
        return first == nil
    }

    package mutating func next() -> ItemPlace? {
        defer { if first != nil { first = others.isEmpty ? nil : others.removeFirst() } }
        return first
    }
}

/// What a decided child waits for.
package enum ItemState: Hashable, Sendable {
    /// The wish `stamp` is written; an instance is to run. `isOurs`: the operation made the wish, which falls with it.
    /// → holding, answered, or passed on
    case starting(stamp: Stamp, mark: UInt64, isOurs: Bool)
    /// The tombstone is written; these nodes are to hold it and to show no copy. → holding
    case stopping(stamp: Stamp, mark: UInt64, hosts: [NodeName])
    /// It is done here; enough members are to hold the wish. → answered
    case holding(ChildOutcome, stamp: Stamp, mark: UInt64)
    case answered(ItemResult)
}

extension DecidedChunks {
    package var count: Int { numbers.count }

    /// The chunk of a request, a new one if it was not asked for before.
    ///
    /// - Returns: `nil` if nobody waits for the operation any more.
    package mutating func open(_ key: ChunkKey, asker: NodeName, forgetAt: Instant) -> UInt32? {
        if let number = numbers[key] { return number }
        if abandoned.contains(key.operation) { return nil }
        if numbers.count >= Limits.decidedChunks { forgetOldest() }
        lastNumber = chunks.number(after: lastNumber)
        chunks.insert(DecidedChunk(number: lastNumber, key: key, asker: asker, forgetAt: forgetAt))
        numbers[key] = lastNumber
        order.append(lastNumber)
        return lastNumber
    }

    package func asker(of number: UInt32) -> NodeName? { chunks.read(number) { $0.asker } }

    package func key(of number: UInt32) -> ChunkKey? { chunks.read(number) { $0.key } }

    package func state(of item: ItemPlace) -> ItemState? { chunks.read(item.chunk) { $0.state(at: item.place) } }

    package mutating func set(_ state: ItemState, of item: ItemPlace, slot: Slot) {
        chunks.put(DecidedChunk.Item(slot: slot, state: state), at: item)
    }

    /// Remembers what was answered, so that the same question gets the same answer.
    package mutating func answer(_ result: ItemResult, _ item: ItemPlace) {
        chunks.put(DecidedChunk.Item(slot: nil, state: .answered(result)), at: item)
    }

    /// Forgets a child that another owner was asked for.
    package mutating func passOn(_ item: ItemPlace) {
        chunks.put(nil, at: item)
    }
}

// MARK: - Who waits for a child

extension DecidedChunks {
    package func isWatched(_ slot: Slot) -> Bool { watches.contains(slot.index) }

    package func watchers(of slot: Slot) -> Watchers {
        watches[slot.index] ?? Watchers()
    }

    /// - Returns: whether it is the first that waits for this slot, which is to stay the child's until ``takeUnwatched()``
    ///   names it.
    package mutating func watch(_ slot: Slot, _ item: ItemPlace) -> Bool {
        watches.change(slot.index, from: Watchers()) { $0.add(item) }
    }

    package mutating func unwatch(_ slot: Slot, _ item: ItemPlace) {
        if watches.reduce(slot.index, { $0.remove(item) }) { unwatched.append(slot) }
    }

    package mutating func takeUnwatched() -> Slot? { unwatched.popLast() }
}

// MARK: - Forgetting

extension DecidedChunks {
    package var nextForgetting: Instant? { order.first.flatMap { chunks.read($0) { $0.forgetAt } } }

    /// Forgets a chunk of this node's own callers once all of it is answered and they have heard: what is remembered of
    /// many children is much.
    package mutating func forgetAnswered(_ key: ChunkKey) {
        guard let number = numbers[key], chunks.read(number, { $0.open }) == 0 else { return }
        _ = chunks.remove(number)
        numbers[key] = nil
        dropForgotten()
    }

    /// What was forgotten early leaves the line when it comes to its head.
    private mutating func dropForgotten() {
        while let first = order.first, !chunks.contains(first) { order.removeFirst() }
    }

    /// Forgets chunks whose time is over, at most `limit`.
    package mutating func forget(at now: Instant, limit: Int) {
        var left = limit
        while left > 0, let at = nextForgetting, at <= now {
            forgetOldest()
            left -= 1
        }
    }

    private mutating func forgetOldest() {
        dropForgotten()
        defer { dropForgotten() }
        guard let number = order.popFirst(), let chunk = chunks.remove(number) else { return }
        numbers[chunk.key] = nil
        for (place, item) in chunk.items.enumerated() {
            if let slot = item?.slot { unwatch(slot, ItemPlace(chunk: number, place: UInt8(place))) }
        }
    }

    /// The asking node does not wait for the operation any more: what it asked for and is still on its way comes to
    /// nothing.
    package mutating func abandon(_ operation: RequestID) {
        if abandoned.contains(operation) { return }
        if abandoned.count >= Limits.abandonedOperations { abandoned.removeFirst() }
        abandoned.append(operation)
    }
}
