// SPDX-License-Identifier: Apache-2.0

/// A start, stop or change that a caller of this node waits for: which children were asked for at whom, and what is known.
///
/// It keeps a window of chunks open. Each child is answered once: as soon as it is decided or, where one failure takes
/// the others back, at the end.
package struct AskedOperation: Hashable, Sendable {
    /// The operation's name for other nodes.
    package let key: RequestID
    package let work: Work
    package let deadline: Instant
    /// Sent with every request; renewed when an owner says that it is outdated.
    package var stamp: Stamp
    package internal(set) var phase = Phase.asking
    /// In ascending order of their numbers.
    package internal(set) var open: [OpenChunk] = []
    /// The first child that was not asked for yet or, while it is told, the first that was not told.
    var next = 0
    private var index: BatchIndex
    /// By child, where one failure takes the others back.
    private(set) var kept: [ChildOutcome?]
    var hasFailed = false
    /// The deadline passed before everything was decided.
    var isLate = false
    /// Nodes that were asked, to be told when it is over; sorted.
    package private(set) var askedNodes: [NodeName] = []

    package enum Work: Hashable, Sendable {
        case start([Child], StartOptions)
        case stop([ChildID])
        case change(ChangeItem)
        /// Stop again what a start of these children did, but for those that had failed.
        case undo([Child], failed: [ChildOutcome?])
    }

    package enum Phase: Hashable, Sendable {
        /// → undoing, givingUp, over
        case asking
        /// One child failed, and an operation of its own stops the others again. → telling
        case undoing
        /// The deadline passed: what is undecided fails, step by step. → over
        case givingUp
        /// Everything was taken back and is told, step by step. → over
        case telling
        case over
    }

    package init(key: RequestID, work: Work, stamp: Stamp, deadline: Instant) {
        self.key = key
        self.work = work
        self.stamp = stamp
        self.deadline = deadline
        index = BatchIndex(count: work.count)
        kept = work.rollsBack ? Array(repeating: nil, count: work.count) : []
    }
}

extension AskedOperation.Work {
    package var count: Int {
        switch self {
        case .start(let children, _), .undo(let children, _): children.count
        case .stop(let children): children.count
        case .change: 1
        }
    }

    package func id(at index: Int) -> ChildID {
        switch self {
        case .start(let children, _), .undo(let children, _): children[index].id
        case .stop(let children): children[index]
        case .change(let item): item.child
        }
    }

    package var rollsBack: Bool {
        if case .start(_, let options) = self { options.onFailure == .rollBack } else { false }
    }

    package var isUndo: Bool {
        if case .undo = self { true } else { false }
    }
}

/// Children of an operation that were asked for together.
package struct OpenChunk: Hashable, Sendable {
    package let number: UInt32
    /// By place in the chunk.
    package fileprivate(set) var items: [Item] = []
    fileprivate var waiting = 0
    /// When what is still waiting is asked for again.
    package var retryAt: Instant

    package enum Item: Hashable, Sendable {
        /// → unseen, done
        case waiting
        /// The answer is here, this node's registry does not show it yet. → done
        case unseen(ChildOutcome, Stamp)
        case done
    }

    /// The places that no owner has answered.
    package var waitingPlaces: [UInt8] {
        items.indices.filter { items[$0] == .waiting }.map { UInt8($0) }
    }
}

// MARK: - Asking

extension AskedOperation {
    /// Every child was answered by its owner, and this node's registry shows it.
    package var isAnswered: Bool { open.isEmpty && next >= work.count }
    package var hasMore: Bool {
        phase == .asking && !mustUndo && next < work.count && open.count < Limits.operationChunks
    }

    package func id(chunk: UInt32, place: UInt8) -> ChildID { work.id(at: index(chunk: chunk, place: place)) }

    package func index(chunk: UInt32, place: UInt8) -> Int { Int(chunk) * Limits.operationChunk + Int(place) }

    /// Opens the next chunk.
    ///
    /// - Returns: the number of the chunk, and the children the batch named before: they fail.
    package mutating func openChunk(retryAt: Instant) -> (number: UInt32, duplicates: [ChildAnswer]) {
        var chunk = OpenChunk(number: UInt32(next / Limits.operationChunk), retryAt: retryAt)
        let last = min(next + Limits.operationChunk, work.count)
        var duplicates: [ChildAnswer] = []
        let work = work
        for place in next..<last {
            let isAsked = isAskedFor(place)
            let isFirst = isAsked && index.insert(place, id: { work.id(at: $0) })
            chunk.items.append(isFirst ? .waiting : .done)
            if isFirst { chunk.waiting += 1 }
            if isAsked, !isFirst, !work.isUndo {
                let answer = ChildAnswer(work.id(at: place), .failed(.duplicate), at: place)
                if let told = settle(answer, at: place) { duplicates.append(told) }
            }
        }
        next = last
        if chunk.waiting > 0 { open.append(chunk) }
        return (chunk.number, duplicates)
    }

    private func isAskedFor(_ index: Int) -> Bool {
        guard case .undo(_, let failed) = work else { return true }
        return !(failed[index]?.isFailure ?? false)
    }

    package mutating func noteAsked(_ node: NodeName) {
        let place = askedNodes.firstIndex { $0 >= node } ?? askedNodes.count
        if place == askedNodes.count || askedNodes[place] != node { askedNodes.insert(node, at: place) }
    }

    package mutating func setRetry(_ number: UInt32, at instant: Instant) {
        guard let place = position(of: number) else { return }
        open[place].retryAt = instant
    }

    /// The first chunk that is to be asked for again.
    package func dueChunk(at now: Instant) -> UInt32? {
        phase == .asking ? open.first { $0.retryAt <= now }?.number : nil
    }

    /// Everything that is not answered is to be asked for again at once.
    package mutating func hurry(at now: Instant) {
        for place in open.indices { open[place].retryAt = now }
    }

    /// Chunks with children of these kinds that no owner has answered for are to be asked for again at once.
    ///
    /// - Returns: whether there are any.
    package mutating func hurry(at now: Instant, for kinds: some Collection<ProcessKind>) -> Bool {
        guard phase == .asking, case .start(let children, _) = work else { return false }
        var mustAsk = false
        for place in open.indices {
            let number = open[place].number
            let waits = open[place].waitingPlaces.contains {
                kinds.contains(children[index(chunk: number, place: $0)].kind)
            }
            if waits { open[place].retryAt = now }
            mustAsk = mustAsk || waits
        }
        return mustAsk
    }

    package func chunk(_ number: UInt32) -> OpenChunk? { position(of: number).map { open[$0] } }

    private func position(of number: UInt32) -> Int? { open.firstIndex { $0.number == number } }
}

// MARK: - Answers

extension OpenChunk {
    private func isWaiting(_ place: UInt8) -> Bool { Int(place) < items.count && items[Int(place)] == .waiting }

    /// Of what was asked once, the children that no owner has answered since.
    package func stillWaiting(_ work: OperationRequest.Work) -> OperationRequest.Work {
        switch work {
        case .start(let items, let existing):
            if items.allSatisfy({ isWaiting($0.place) }) { return work }
            return .start(items.filter { isWaiting($0.place) }, existing)
        case .stop(let items): return .stop(items.filter { isWaiting($0.place) })
        case .undo(let items): return .undo(items.filter { isWaiting($0.place) })
        case .change: return isWaiting(0) ? work : .stop([])
        }
    }
}

extension AskedOperation {
    /// An owner's word about one child.
    ///
    /// - Returns: whether it is news: the caller then looks whether its registry shows it.
    package mutating func heard(_ outcome: ChildOutcome, _ stamp: Stamp, chunk: UInt32, place: UInt8) -> Bool {
        guard phase == .asking, let position = position(of: chunk), Int(place) < open[position].items.count,
            open[position].items[Int(place)] == .waiting
        else { return false }
        open[position].items[Int(place)] = .unseen(outcome, stamp)
        return true
    }

    /// What an owner said about a child that this node's registry did not show yet.
    package func unseen(chunk: UInt32, place: UInt8) -> (outcome: ChildOutcome, stamp: Stamp)? {
        guard let position = position(of: chunk),
            case .unseen(let outcome, let stamp) = open[position].items[Int(place)]
        else { return nil }
        return (outcome, stamp)
    }

    /// The registry of this node shows what the owner said.
    ///
    /// - Returns: what the caller of the operation is told now, if anything.
    package mutating func seen(chunk: UInt32, place: UInt8) -> ChildAnswer? {
        guard let position = position(of: chunk), case .unseen(let outcome, _) = open[position].items[Int(place)] else {
            return nil
        }
        open[position].items[Int(place)] = .done
        open[position].waiting -= 1
        if open[position].waiting == 0 { open.remove(at: position) }
        let index = index(chunk: chunk, place: place)
        return settle(ChildAnswer(work.id(at: index), outcome, at: index), at: index)
    }

    /// One child is decided: told at once, unless the failure of another could still take it back.
    private mutating func settle(_ answer: ChildAnswer, at index: Int) -> ChildAnswer? {
        if work.isUndo { return nil }
        guard work.rollsBack else { return answer }
        kept[index] = answer.outcome
        hasFailed = hasFailed || answer.outcome.isFailure
        return nil
    }
}
