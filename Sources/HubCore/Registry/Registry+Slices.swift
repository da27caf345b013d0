// SPDX-License-Identifier: Apache-2.0

internal import DequeModule

// Copying the slices of others, from whoever tells them.

extension Registry {
    /// The slice of a life that may be one: of a node in the view, or that has a connection.
    mutating func livingSlice(of life: HubLife) -> Int? {
        if let known = liveSlice(of: life) { return known }
        guard let place = peer(life.incarnation), peers[place].name == life.node,
            peers[place].birth.map({ $0 <= life.birth }) ?? true,
            !slices.contains(where: { $0.state == .live && life.precedes($0.life) })
        else { return nil }
        loseSlices(before: life)
        if let free = slices.firstIndex(where: { $0.state == .free }) {
            slices[free] = Slice(life: life)
            return free
        }
        guard slices.count < Int(UInt16.max) else { return nil }
        slices.append(Slice(life: life))
        return slices.count - 1
    }

    @inline(__always)
    func liveSlice(of life: HubLife) -> Int? {
        slices.indices.first { slices[$0].state == .live && slices[$0].life == life }
    }

    /// Whether anything is known of what a life has.
    package func knowsCopies(of incarnation: Incarnation) -> Bool {
        slices.contains { $0.state == .live && $0.life.incarnation == incarnation && $0.count > 0 }
    }

    /// Takes a range of a slice, and with it those that came before it and follow it.
    ///
    /// - Returns: where the slice stands now; `nil` if this node does not want it.
    mutating func take(
        _ range: SliceRange, from sender: NodeName, at now: Instant, into actions: inout [RegistryAction]
    ) -> SlicePosition? {
        guard let slice = livingSlice(of: range.life), slice != Int(Slice.own) else { return nil }
        if slices[slice].isBehind(range) {
            takeLoose(range.rows, in: slice, from: sender, at: now, into: &actions)
            return position(of: slice, behind: range, from: sender)
        }
        let follows = write(range, in: slice, from: sender, at: now, into: &actions)
        if follows {
            while let next = slices[slice].takeEarly() {
                _ = write(next, in: slice, from: sender, at: now, into: &actions)
            }
        } else {
            takeLoose(range.rows, in: slice, from: sender, at: now, into: &actions)
            slices[slice].keep(range)
        }
        return position(of: slice, for: range, isGap: !follows)
    }

    /// Writes what a range tells, if it follows what is held.
    private mutating func write(
        _ range: SliceRange, in slice: Int, from sender: NodeName, at now: Instant,
        into actions: inout [RegistryAction]
    ) -> Bool {
        guard !slices[slice].isBehind(range) else { return false }
        let isWhole = slices[slice].needsWhole(range.trimmed)
        let follows = isWhole ? beginWhole(range, in: slice) : range.from <= slices[slice].number
        guard follows else { return false }
        let held = slices[slice].position
        for row in range.rows where row.number > held {
            write(row, in: slice, from: sender, at: now, into: &actions)
        }
        if isWhole {
            let before = slices[slice].resync?.number ?? 0
            slices[slice].resync?.extend(by: range)
            if slices[slice].isDoubtful, slices[slice].position > before {
                slices[slice].doubted = now.advanced(by: settings.resend * 4)
            }
            if let resync = slices[slice].resync, resync.number >= resync.top { closeWhole(slice) }
        } else {
            slices[slice].number = max(held, range.to)
        }
        return true
    }

    private func position(of slice: Int, for range: SliceRange, isGap: Bool) -> SlicePosition {
        let isWhole = slices[slice].resync?.goesOn(with: range.trimmed) ?? false
        let needsWhole = slices[slice].needsWhole(range.trimmed)
        let number = isWhole ? slices[slice].position : needsWhole ? 0 : slices[slice].number
        return SlicePosition(life: range.life, number: number, isGap: isGap, isWhole: isWhole)
    }

    /// Whoever passes on what is behind is done with it, and asked again once it has more; the owner has that already, and
    /// goes on from where the slice stands.
    private func position(of slice: Int, behind range: SliceRange, from sender: NodeName) -> SlicePosition {
        guard sender != range.life.node else { return position(of: slice, for: range, isGap: true) }
        return SlicePosition(life: range.life, number: range.top, isGap: false, isWhole: false)
    }

    /// Takes copies that came before what precedes them: they count at once, and take their place in the order later.
    mutating func takeLoose(
        _ rows: [SliceRow], in slice: Int, from sender: NodeName, at now: Instant,
        into actions: inout [RegistryAction]
    ) {
        guard slice != Int(Slice.own) else { return }
        for row in rows where row.number > slices[slice].number {
            guard let copy = row.copy, observe(copy, from: sender, at: now, into: &actions) else { continue }
            guard let slot = insert(row.child, find(row.child)) else { continue }
            if let known = place(of: slot, in: UInt16(slice)), copies[known].number >= row.number { continue }
            put(copy, of: slot, number: row.number, in: UInt16(slice), isLoose: true)
            touch(slot)
        }
    }

    private mutating func write(
        _ row: SliceRow, in slice: Int, from sender: NodeName, at now: Instant, into actions: inout [RegistryAction]
    ) {
        let found = find(row.child)
        let known = found.slot
        let place = known.flatMap { self.place(of: $0, in: UInt16(slice)) }
        guard let copy = row.copy else {
            remember(Slice.Removal(number: row.number, child: row.child), in: slice)
            guard let known, let place, copies[place].number <= row.number else { return }
            erase(copyAt: place)
            noteVacancy(known, in: slice, at: now)
            touch(known)
            return
        }
        if let place, copies[place].number > row.number { return }
        guard observe(copy, from: sender, at: now, into: &actions),
            let slot = insert(row.child, found)
        else { return }
        let isNews = place.map { self.copy($0) != copy } ?? true
        put(copy, of: slot, number: row.number, in: UInt16(slice))
        if isNews { touch(slot) }
    }

    /// Takes note of the epochs that a copy names.
    private mutating func observe(
        _ copy: Copy, from sender: NodeName, at now: Instant, into actions: inout [RegistryAction]
    ) -> Bool {
        guard observe(copy.epoch.stamp, from: sender, at: now, into: &actions) else { return false }
        switch copy.status {
        case .moving(_, let next), .moved(_, let next), .prepared(let next):
            return observe(next.stamp, from: sender, at: now, into: &actions)
        case .starting, .active, .idle, .passive: return true
        }
    }

    private mutating func remember(_ removal: Slice.Removal, in slice: Int) {
        if let last = slices[slice].removals.last, last.number >= removal.number { return }
        slices[slice].removals.append(removal)
        trimRemovals(of: slice)
    }
}

// MARK: - A whole slice

extension Registry {
    /// Begins to take the whole slice anew, or goes on with it.
    ///
    /// - Returns: whether the range follows what was taken of it.
    private mutating func beginWhole(_ range: SliceRange, in slice: Int) -> Bool {
        if let resync = slices[slice].resync, resync.goesOn(with: range.trimmed) { return range.from <= resync.number }
        guard range.from == 0, slices[slice].resync?.isClosing != true else { return false }
        slices[slice].resync = Slice.Resync()
        return true
    }

    /// All was taken: what lies before it in the list was not in it.
    private mutating func closeWhole(_ slice: Int) {
        guard let resync = slices[slice].resync else { return }
        slices[slice].number = resync.number
        slices[slice].trimmed = max(slices[slice].trimmed, resync.trimmed)
        slices[slice].doubted = nil
        slices[slice].resync?.isClosing = true
    }

    /// Lets go, bit by bit, of what was not in a slice that was taken whole.
    mutating func close(_ slice: Int, budget: inout Int, at now: Instant, into actions: inout [RegistryAction]) {
        while budget > 0, let place = stale(in: slice) {
            let child = Slot(copies[place].child)
            erase(copyAt: place)
            noteVacancy(child, in: slice, at: now)
            touch(child)
            budget -= 1
        }
        if stale(in: slice) == nil { slices[slice].resync = nil }
    }

    private func stale(in slice: Int) -> UInt32? {
        guard let resync = slices[slice].resync else { return nil }
        let (listed, loose) = (slices[slice].list.head, slices[slice].loose.head)
        if listed != .none, listed != resync.first { return listed }
        return loose != .none && copies[loose].number <= resync.number ? loose : nil
    }

    /// Lets go, bit by bit, of what a life held that is over.
    mutating func bury(_ slice: Int, budget: inout Int, into actions: inout [RegistryAction]) {
        while budget > 0, let place = lastCopy(of: slice) {
            let child = Slot(copies[place].child)
            let held = held(place)
            erase(copyAt: place)
            touch(child)
            actions.append(.copyLost(child, held))
            budget -= 1
        }
        if lastCopy(of: slice) == nil { slices[slice].state = .free }
    }

    private func lastCopy(of slice: Int) -> UInt32? {
        if slices[slice].list.head != .none { return slices[slice].list.head }
        return slices[slice].loose.head == .none ? nil : slices[slice].loose.head
    }
}

// MARK: - Telling others

extension Registry {
    /// The peer wants this slice from there on.
    mutating func addStream(of life: HubLife, after number: UInt64, for place: Int) {
        guard let slice = liveSlice(of: life) else { return }
        hasNews = true
        let stream = SliceStream(
            slice: UInt16(slice), acknowledged: number, sent: number, restarted: lastNumber)
        if slice == Int(Slice.own) {
            peers[place].own = stream
        } else if let known = peers[place].relays.firstIndex(where: { Int($0.slice) == slice }) {
            if number < peers[place].relays[known].acknowledged { peers[place].relays[known] = stream }
        } else if peers[place].relays.count < Limits.relays, isTellable(UInt16(slice)) {
            peers[place].relays.append(stream)
        }
    }

    var sliceSummaries: [SliceSummary] {
        // With loose copies, the hash is not that of the number.
        slices.indices.filter { isTellable(UInt16($0)) && slices[$0].loose.head == .none }
            .map { SliceSummary(life: slices[$0].life, number: slices[$0].number, hash: slices[$0].hash) }
    }

    /// Asks a peer for slices of which it has more, or others at the same number.
    mutating func askForSlices(
        _ summaries: [SliceSummary], of place: Int, at now: Instant, into actions: inout [RegistryAction]
    ) {
        for summary in summaries {
            guard let slice = livingSlice(of: summary.life), slice != Int(Slice.own),
                lacks(summary, in: slice, isDirect: summary.life.node == peers[place].name, at: now)
            else { continue }
            let from = slices[slice].isDoubtful ? slices[slice].resync?.number ?? 0 : slices[slice].position
            actions.append(.send(message(.sliceWanted(summary.life, from: from)), to: peers[place].name))
        }
    }

    /// Whether a peer is to tell its slice: what is new of its own it tells unasked.
    private mutating func lacks(_ summary: SliceSummary, in slice: Int, isDirect: Bool, at now: Instant) -> Bool {
        // Until something comes everybody is asked; who was asked and stops in the middle is not waited for long.
        if let doubted = slices[slice].doubted { return now >= doubted && !slices[slice].isBehind(summary.number) }
        guard slices[slice].number == summary.number else {
            return slices[slice].number < summary.number && !isDirect && !slices[slice].isBehind(summary.number)
        }
        guard slices[slice].hash != summary.hash, slices[slice].resync == nil, slices[slice].loose.head == .none
        else { return false }
        slices[slice].doubted = now
        return true
    }
}
