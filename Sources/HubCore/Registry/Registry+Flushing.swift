// SPDX-License-Identifier: Apache-2.0

internal import DequeModule

// Telling the others what changed here, as much as is not on its way already.

extension Registry {
    /// Sends what is new, in as few messages as possible; call it at the end of every event.
    ///
    /// - Parameters:
    ///   - isAwaited: whether somebody waits until members hold what is sent: they are to say so at once.
    ///   - budget: rows; what is left when it is spent follows by ``work(_:at:into:)``.
    package mutating func flush(
        isAwaited: Bool, at now: Instant, budget: inout Int, into actions: inout [RegistryAction]
    ) {
        guard hasNews else { return }
        hasNews = false
        var place = 0
        while place < peers.count {
            guard mayLack(place), peers[place].flights.count < Limits.windowMessages,
                peers[place].rowsInFlight < settings.windowRows
            else {
                place += 1
                continue
            }
            if budget <= 0 {
                hasNews = true
                break
            }
            if !sendDelta(place, isAwaited, at: now, budget: &budget, into: &actions) { place += 1 }
        }
        trimLog()
        if isCollectable(at: now) { isCollecting = true }
        if hasNews || isCollecting { actions.append(.continueWork) }
    }

    /// Whether there may be something that was not sent to the peer: after most events there is nothing.
    private func mayLack(_ place: Int) -> Bool {
        !peers[place].isSuperseded
            && (peers[place].own.sent < slices[Int(peers[place].own.slice)].number
                || peers[place].wishSent < log.last || !peers[place].relays.isEmpty)
    }

    /// Sends one delta to a peer, and to those after it that stand exactly where it does.
    ///
    /// - Returns: whether there may be more for it.
    private mutating func sendDelta(
        _ place: Int, _ isAwaited: Bool, at now: Instant, budget: inout Int, into actions: inout [RegistryAction]
    ) -> Bool {
        var room = MessageRoom(rows: min(settings.messageRows, settings.windowRows - peers[place].rowsInFlight))
        var delta = Delta(number: 0)
        var receivers = [place]
        // What is passed on for others and what is this node's own take turns.
        if lastNumber % 2 == 0 { delta.slice = relayRange(for: place, room: &room) }
        if delta.slice == nil {
            receivers += abreast(of: place, room.rows)
            addOwn(to: &delta, for: receivers, room: &room, at: now)
        }
        if delta.slice == nil, delta.wishes.isEmpty {
            receivers = [place]
            delta.slice = relayRange(for: place, room: &room)
        }
        budget -= room.looked
        guard delta.slice != nil || !delta.wishes.isEmpty else { return room.looked > 0 }
        delta.number = nextNumber()
        let rows = delta.wishes.count + (delta.slice?.rows.count ?? 0) + delta.loose.count
        delta.isPatient = !isAwaited && rows <= Limits.patientRows && receivers.allSatisfy(hasFewUnderWay)
        let message = message(.delta(delta))
        actions.reserveCapacity(actions.count + receivers.count)
        for receiver in receivers {
            payReceipts(to: receiver, into: &actions)
            let flight = DeltaFlight(number: delta.number, wishes: peers[receiver].wishSent, rows: rows)
            peers[receiver].flights.append(flight)
            if peers[receiver].resendAt == nil {
                peers[receiver].resendAt = now.advanced(by: resendDelay(receiver))
            }
            actions.append(.send(message, to: peers[receiver].name))
        }
        return true
    }

    private func hasFewUnderWay(_ place: Int) -> Bool {
        peers[place].flights.count < Limits.windowMessages / 4 && !mayLack(place)
    }

    /// The peers after this one that are to be told the very same next, and have room for as much.
    private func abreast(of place: Int, _ rows: Int) -> [Int] {
        let (own, wishSent) = (peers[place].own, peers[place].wishSent)
        guard own.whole == nil, own.sent >= slices[Int(own.slice)].trimmed, wishSent >= log.trimmed
        else { return [] }
        return peers.indices.dropFirst(place + 1).filter { other in
            !peers[other].isSuperseded && peers[other].wishSent == wishSent && peers[other].own.isAbreast(of: own)
                && peers[other].flights.count < Limits.windowMessages
                && settings.windowRows - peers[other].rowsInFlight >= rows
        }
    }

    /// What is new of this node's own: the next of its slice, and the next of its wishes.
    private mutating func addOwn(to delta: inout Delta, for receivers: [Int], room: inout MessageRoom, at now: Instant)
    {
        let (first, others) = (receivers[0], receivers.dropFirst())
        var stream = peers[first].own
        delta.slice = range(for: &stream, room: &room)
        peers[first].own = stream
        let acknowledged = receivers.reduce(stream.acknowledged) { min($0, peers[$1].own.acknowledged) }
        addWishes(to: &delta, for: receivers, acknowledged: acknowledged, room: &room, at: now)
        for other in others {
            (peers[other].own.sent, peers[other].own.cursor) = (stream.sent, stream.cursor)
            peers[other].wishSent = peers[first].wishSent
        }
    }

    private mutating func addWishes(
        to delta: inout Delta, for receivers: [Int], acknowledged: UInt64, room: inout MessageRoom, at now: Instant
    ) {
        let place = receivers[0]
        if peers[place].wishSent < log.trimmed { fallBehind(place, at: now) }
        while room.hasSpace, let index = log.row(peers[place].wishSent + 1), !wishes[index].isWithheld {
            peers[place].wishSent += 1
            room.looked += 1
            guard table.isUsed(Slot(index)), let wish = wish(of: Slot(index)) else {
                for receiver in receivers { leaveOut(peers[place].wishSent, for: receiver, at: now) }
                continue
            }
            if let row = looseRow(of: Slot(index), beside: delta.slice, acknowledged: acknowledged) {
                delta.loose.append(row)
                room.take(SliceRow.weight)
            }
            delta.wishes.append(wish)
            room.take(wish.weight)
        }
    }

    /// What was written up to there was not told, for it is forgotten already, or not taken: an acknowledgement says
    /// nothing about it, and an exchange shows what the peer holds.
    mutating func leaveOut(_ mark: UInt64, for place: Int, at now: Instant) {
        guard mark > peers[place].exchangedMark else { return }
        peers[place].base = max(peers[place].base, mark)
        peers[place].roundDue = now
    }

    /// What this node has of a child whose wish it tells, unless the receiver has it or it is in the range beside.
    private mutating func looseRow(
        of slot: Slot, beside range: SliceRange?, acknowledged: UInt64
    ) -> SliceRow? {
        guard let own = place(of: slot, in: Slice.own), copies[own].number > acknowledged else { return nil }
        let number = copies[own].number
        // Only a range that begins where the receiver surely stands is surely applied.
        if let range, range.from <= acknowledged, number <= range.to, range.trimmed <= range.from { return nil }
        return SliceRow(child: id(of: slot), number: number, copy: copy(own))
    }

    /// The log was trimmed beyond the peer: it takes an exchange, and then what is new.
    private mutating func fallBehind(_ place: Int, at now: Instant) {
        peers[place].base = log.last
        peers[place].wishSent = log.last
        peers[place].wishAcknowledged = log.last
        peers[place].exchangedMark = 0
        peers[place].round = nil
        peers[place].roundDue = now
    }

    /// The next rows of a slice that the peer takes by way of this node.
    private mutating func relayRange(for place: Int, room: inout MessageRoom) -> SliceRange? {
        for relay in peers[place].relays.indices {
            var stream = peers[place].relays[relay]
            let range = range(for: &stream, room: &room)
            peers[place].relays[relay] = stream
            if let range { return range }
        }
        return nil
    }

    /// Forgets of the own log what everybody has.
    private mutating func trimLog() {
        guard log.count > 0 else { return }
        var held = log.last
        for place in peers.indices where !peers[place].isSuperseded { held = min(held, peers[place].wishAcknowledged) }
        log.trim(upTo: held)
    }

    func resendDelay(_ place: Int) -> Duration {
        peers[place].attempts == 0 ? settings.resend : settings.resend * (1 << min(peers[place].attempts, 4))
    }

    /// Begins again after the last that the peer acknowledged.
    mutating func sendAgain(_ place: Int) {
        peers[place].flights = []
        peers[place].resendAt = nil
        peers[place].wishSent = peers[place].wishAcknowledged
        peers[place].own = rewound(peers[place].own)
        for relay in peers[place].relays.indices {
            peers[place].relays[relay] = rewound(peers[place].relays[relay])
        }
        hasNews = true
    }
}

// MARK: - Ranges of a slice

/// What still fits into a message, and what was looked at for it.
struct MessageRoom {
    var rows: Int
    var bytes = Limits.registryMessageBytes
    var looked = 0

    var hasSpace: Bool { rows > 0 && bytes > 0 }

    mutating func take(_ weight: Int) {
        rows -= 1
        bytes -= weight
    }
}

extension SliceRow {
    static var weight: Int { 64 }
}

extension Wish {
    /// What it weighs in a message, about.
    var weight: Int {
        guard case .running(let child, let placedOn) = content else { return 64 }
        return 96 + child.arguments.count + child.metadata.packedBytes + child.tags.count * 32 + placedOn.count * 32
    }
}

extension Registry {
    /// A slice that is being taken anew is not passed on.
    func isTellable(_ slice: UInt16) -> Bool {
        let slice = Int(slice)
        return slices[slice].state == .live && !slices[slice].isDoubtful && slices[slice].resync == nil
    }

    /// The next rows of a slice for a peer; `nil` if there are none.
    mutating func range(for stream: inout SliceStream, room: inout MessageRoom) -> SliceRange? {
        let slice = Int(stream.slice)
        guard stream.sent < slices[slice].number, isTellable(stream.slice) else { return nil }
        let (top, trimmed) = (slices[slice].number, slices[slice].trimmed)
        if stream.sent < trimmed, stream.whole.map({ $0 < trimmed }) ?? true {
            stream = SliceStream(slice: stream.slice, whole: top, restarted: lastNumber)
        }
        var range = SliceRange(
            life: slices[slice].life, from: stream.sent, to: stream.sent, top: top, trimmed: trimmed, rows: [])
        if fill(&range, from: slices[slice].removals, stream: &stream, room: &room) {
            range.to = top
            stream.whole = nil
        }
        guard range.to > range.from else { return nil }
        stream.sent = range.to
        return range
    }

    /// - Returns: whether nothing is left in the slice after these rows.
    private mutating func fill(
        _ range: inout SliceRange, from removals: Deque<Slice.Removal>, stream: inout SliceStream,
        room: inout MessageRoom
    ) -> Bool {
        var place = stream.cursor == .none ? slices[Int(stream.slice)].list.head : copies[stream.cursor].next
        var removal = firstRemoval(after: max(range.from, range.trimmed), in: removals)
        let most = room.looked + 4 * settings.messageRows
        defer { mark(stream.cursor) }
        while room.hasSpace, room.looked < most {
            room.looked += 1
            let live = place == .none ? UInt64.max : copies[place].number
            let dead = removal < removals.count ? removals[removal].number : .max
            if live == .max, dead == .max { return true }
            if dead < live {
                range.rows.append(SliceRow(child: removals[removal].child, number: dead, copy: nil))
                removal += 1
            } else {
                stream.cursor = place
                place = copies[place].next
                if live <= range.from { continue }
                let child = Slot(copies[stream.cursor].child)
                range.rows.append(SliceRow(child: id(of: child), number: live, copy: copy(stream.cursor)))
            }
            range.to = min(live, dead)
            room.take(SliceRow.weight)
        }
        return place == .none && removal >= removals.count
    }

    private mutating func mark(_ place: UInt32) {
        if place != .none { copies[place].isMarked = true }
    }

    private func firstRemoval(after number: UInt64, in removals: Deque<Slice.Removal>) -> Int {
        var low = 0
        var high = removals.count
        while low < high {
            let middle = (low + high) / 2
            if removals[middle].number <= number { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The stream where its peer stands.
    mutating func rewound(_ stream: SliceStream) -> SliceStream {
        var stream = stream
        stream.sent = stream.acknowledged
        // What is on its way is bounded, so this walk is; from further off it begins anew and skips.
        var steps = 2 * settings.windowRows
        while stream.cursor != .none, copies[stream.cursor].number > stream.acknowledged, steps > 0 {
            stream.cursor = copies[stream.cursor].previous
            steps -= 1
        }
        if steps == 0 { stream.cursor = .none }
        mark(stream.cursor)
        return stream
    }
}
