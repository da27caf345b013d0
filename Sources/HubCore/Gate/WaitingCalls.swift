// SPDX-License-Identifier: Apache-2.0

internal import DequeModule

/// The calls that wait for their turns, and the further sendings of requests that wait or run.
struct WaitingCalls: Hashable, Sendable {
    /// In the order they arrived.
    private var queue: Deque<Turn> = []
    private var underWay: [RequestID: UnderWay] = [:]

    /// A request that waits or runs.
    private struct UnderWay: Hashable, Sendable {
        /// The sending that waits in the queue or runs.
        var turn: TurnID
        /// Those that came later, in order.
        var joined: [TurnID] = []

        var newest: TurnID { joined.last ?? turn }
    }

    var isEmpty: Bool { queue.isEmpty }
    var count: Int { queue.count }

    func isUnderWay(_ request: RequestID) -> Bool {
        underWay.isEmpty ? false : underWay[request] != nil
    }

    mutating func append(_ call: Turn) {
        queue.append(call)
        if let request = call.request { begin(request, as: call.id) }
    }

    /// Notes that a request is under way.
    mutating func begin(_ request: RequestID, as turn: TurnID) {
        underWay[request] = UnderWay(turn: turn)
    }

    /// - Returns: `false` if too many sendings of the request wait already.
    mutating func join(_ request: RequestID, _ turn: TurnID) -> Bool {
        guard let count = underWay[request]?.joined.count, count < Limits.joinedSendings else { return false }
        underWay[request]?.joined.append(turn)
        return true
    }

    mutating func popFirst() -> Turn? { queue.popFirst() }

    /// Ends a request that ran.
    ///
    /// - Returns: the sendings that joined it.
    mutating func end(_ request: RequestID) -> [TurnID] {
        underWay.removeValue(forKey: request)?.joined ?? []
    }

    /// Empties the queue.
    ///
    /// - Returns: every sending that waited for a turn.
    mutating func removeAll() -> [TurnID] {
        var sendings: [TurnID] = []
        while let call = popFirst() {
            sendings.append(call.id)
            if let request = call.request { sendings += end(request) }
        }
        return sendings
    }
}

extension WaitingCalls {
    /// Takes out a call from this node that waits.
    mutating func withdraw(_ turn: TurnID) -> Withdrawn {
        Withdrawn(refused: removeQueued(turn) ? [turn] : [])
    }

    /// Takes out one sending of a request.
    ///
    /// A caller has at most one sending whose answer can still reach it, the newest; so the newest decides about the
    /// request, and an older one that goes leaves it to the others.
    mutating func withdraw(_ turn: TurnID, of request: RequestID) -> Withdrawn {
        guard let entry = underWay[request] else { return Withdrawn() }
        if turn == entry.newest { return abandon(request, entry) }
        if turn == entry.turn { return replaceFirst(of: request, entry) }
        guard let index = entry.joined.firstIndex(of: turn) else { return Withdrawn() }
        underWay[request]?.joined.remove(at: index)
        return Withdrawn(refused: [turn])
    }

    /// The caller gave up on the request: one that waits leaves; one that runs is cancelled and still ends by itself.
    private mutating func abandon(_ request: RequestID, _ entry: UnderWay) -> Withdrawn {
        guard removeQueued(entry.turn) else {
            underWay[request]?.joined = []
            return Withdrawn(refused: entry.joined, cancelled: entry.turn)
        }
        underWay[request] = nil
        return Withdrawn(refused: [entry.turn] + entry.joined)
    }

    /// The sending that waits in the queue goes; the next one of the request takes its place.
    private mutating func replaceFirst(of request: RequestID, _ entry: UnderWay) -> Withdrawn {
        guard let index = queue.firstIndex(where: { $0.id == entry.turn }), let next = entry.joined.first else {
            return Withdrawn()
        }
        queue[index].id = next
        underWay[request] = UnderWay(turn: next, joined: Array(entry.joined.dropFirst()))
        return Withdrawn(refused: [entry.turn])
    }

    private mutating func removeQueued(_ turn: TurnID) -> Bool {
        guard let index = queue.firstIndex(where: { $0.id == turn }) else { return false }
        queue.remove(at: index)
        return true
    }
}
