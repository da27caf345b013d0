// SPDX-License-Identifier: Apache-2.0

internal import DequeModule

/// The calls that wait for their turns, and the further sendings of requests that wait or run.
struct WaitingCalls: Hashable, Sendable {
    /// In the order they arrived.
    private var queue: Deque<Turn> = []
    private var underWay = RequestsUnderWay()

    var isEmpty: Bool { queue.isEmpty }
    var count: Int { queue.count }

    func isUnderWay(_ request: RequestID) -> Bool {
        underWay[request] != nil
    }

    mutating func append(_ call: Turn) {
        queue.append(call)
        if let request = call.request { begin(request, as: call.id) }
    }

    /// Notes that a request is under way.
    mutating func begin(_ request: RequestID, as turn: TurnID) {
        underWay.set(request, RequestUnderWay(turn: turn))
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
        underWay.remove(request)?.joined ?? []
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
    private mutating func abandon(_ request: RequestID, _ entry: RequestUnderWay) -> Withdrawn {
        guard removeQueued(entry.turn) else {
            underWay[request]?.joined = []
            return Withdrawn(refused: entry.joined, cancelled: entry.turn)
        }
        _ = underWay.remove(request)
        return Withdrawn(refused: [entry.turn] + entry.joined)
    }

    /// The sending that waits in the queue goes; the next one of the request takes its place.
    private mutating func replaceFirst(of request: RequestID, _ entry: RequestUnderWay) -> Withdrawn {
        guard let index = queue.firstIndex(where: { $0.id == entry.turn }), let next = entry.joined.first else {
            return Withdrawn()
        }
        queue[index].id = next
        underWay[request] = RequestUnderWay(turn: next, joined: Array(entry.joined.dropFirst()))
        return Withdrawn(refused: [entry.turn])
    }

    private mutating func removeQueued(_ turn: TurnID) -> Bool {
        guard let index = queue.firstIndex(where: { $0.id == turn }) else { return false }
        queue.remove(at: index)
        return true
    }
}

/// A request that waits or runs.
private struct RequestUnderWay: Hashable, Sendable {
    /// The sending that waits in the queue or runs.
    var turn: TurnID
    /// Those that came later, in order.
    var joined: [TurnID] = []

    var newest: TurnID { joined.last ?? turn }
}

/// The requests that wait or run: often one, which needs no table.
private struct RequestsUnderWay: Hashable, Sendable {
    private struct Only: Hashable, Sendable {
        var request: RequestID
        var entry: RequestUnderWay
    }

    /// `nil` if there are none or several.
    private var only: Only?
    /// Empty if there is one or none.
    private var several: [RequestID: RequestUnderWay] = [:]

    subscript(request: RequestID) -> RequestUnderWay? {
        get {
            if let only { return only.request == request ? only.entry : nil }
            return several.isEmpty ? nil : several[request]
        }
        _modify {
            var entry = self[request]
            yield &entry
            if let entry { set(request, entry) } else { _ = remove(request) }
        }
    }

    mutating func set(_ request: RequestID, _ entry: RequestUnderWay) {
        if several.isEmpty, only == nil || only?.request == request {
            only = Only(request: request, entry: entry)
            return
        }
        if let only { several[only.request] = only.entry }
        only = nil
        several[request] = entry
    }

    mutating func remove(_ request: RequestID) -> RequestUnderWay? {
        if let only {
            guard only.request == request else { return nil }
            self.only = nil
            return only.entry
        }
        guard let entry = several.removeValue(forKey: request) else { return nil }
        if several.count == 1, let last = several.popFirst() { only = Only(request: last.key, entry: last.value) }
        return entry
    }
}
