// SPDX-License-Identifier: Apache-2.0

// Writing wishes: this node's own, and those that others wrote.

extension Registry {
    /// Writes a wish under a new stamp, to be told to all members.
    ///
    /// - Returns: `nil` if no more children can be known.
    ///
    /// - Parameter since: the stamp of the start that is changed, or of the request of a start or a stop that is decided
    ///   late; `nil` if the wish begins with its own stamp.
    package mutating func wish(
        _ content: Wish.Content, since: Stamp? = nil, for id: ChildID, origin: RequestID, at now: Instant,
        into actions: inout [RegistryAction]
    ) -> Wished? {
        wish(content, since: since, for: id, at: find(id), origin: origin, now, into: &actions)
    }

    /// The same for a child that was just looked up.
    package mutating func wish(
        _ content: Wish.Content, since: Stamp? = nil, for id: ChildID, at found: Found, origin: RequestID,
        _ now: Instant,
        into actions: inout [RegistryAction]
    ) -> Wished? {
        guard let slot = insert(id, found) else { return nil }
        let wish = Wish(id: id, stamp: clock.mint(at: now), since: since, origin: origin, content: content)
        guard write(wish, to: slot, mark: log.last + 1, at: now) else {
            free(slot)
            return nil
        }
        touch(slot)
        return Wished(slot: slot, stamp: wish.stamp, mark: enter(slot))
    }

    /// Tells all members once more what is wished, without a new stamp: for who wants to know that it is held.
    package mutating func tellAgain(_ slot: Slot) -> WishMark { enter(slot) }

    /// What became of a wish that came from elsewhere.
    package enum Taken: Hashable, Sendable {
        case newer(Slot)
        /// The very same was here.
        case same(Slot)
        /// A later one is here.
        case older(Slot)
        /// A collected tombstone covers it, and nothing is known of the child: not taken.
        case covered
        /// Its stamp is too far ahead, or there is no room.
        case refused
    }

    /// Takes a wish that somebody else wrote, if it is later than what is here.
    package mutating func take(
        _ wish: Wish, from node: NodeName, at now: Instant, into actions: inout [RegistryAction]
    ) -> Taken {
        let found = find(wish.id)
        if let slot = found.slot, wishes[slot.index].state != .none {
            let version = version(of: slot)
            if version >= wish.version { return version == wish.version ? .same(slot) : .older(slot) }
        } else if wish.since <= horizon {
            return .covered
        }
        guard observe(wish.stamp, from: node, at: now, into: &actions), let slot = insert(wish.id, found) else {
            return .refused
        }
        guard write(wish, to: slot, mark: 0, at: now) else {
            free(slot)
            return .refused
        }
        touch(slot)
        return .newer(slot)
    }

    /// Forgets a wish that a collected tombstone covers, unless it changed since. Who else has it hears of that soon.
    mutating func drop(_ key: WishKey, at now: Instant, into actions: inout [RegistryAction]) {
        guard let slot = table.find(key.id.rawValue), wishes[slot.index].state != .none,
            wishes[slot.index].stamp == key.version.stamp
        else { return }
        if wishes[slot.index].state == .running {
            counts.covered += 1
            actions.append(.dropped(key.id))
            let due = now.advanced(by: settings.resend * 4)
            for place in peers.indices where peers[place].isMember {
                peers[place].roundDue = min(peers[place].roundDue, due)
            }
        }
        erase(slot)
        touch(slot)
    }

    /// Does not tell others of a wish of this life until ``release(_:)``, or until this node shows a copy of the child. An
    /// exchange may tell them all the same.
    ///
    /// - Returns: whether the wish is this life's.
    package mutating func withhold(_ slot: Slot) -> Bool {
        guard wishes[slot.index].state == .running, wishes[slot.index].stamp.incarnation == clock.incarnation,
            place(of: slot, in: Slice.own) == nil
        else { return false }
        wishes[slot.index].isWithheld = true
        return true
    }

    @inline(__always)
    package func isWithheld(_ slot: Slot) -> Bool { wishes[slot.index].isWithheld }

    package mutating func release(_ slot: Slot) {
        guard wishes[slot.index].isWithheld else { return }
        wishes[slot.index].isWithheld = false
        hasNews = true
    }

    /// Keeps a slot, whatever becomes of its child, until ``unpin(_:)`` was called as often: nobody who holds it finds another
    /// child in it.
    package mutating func pin(_ slot: Slot) { wishes[slot.index].pins += 1 }

    /// A slot of which nothing is known is among the changed then, and ``free(_:)`` comes with them.
    package mutating func unpin(_ slot: Slot) {
        wishes[slot.index].pins -= 1
        if isUnused(slot) { touch(slot) }
    }
}

// MARK: - Rows

extension Registry {
    mutating func insert(_ id: ChildID, _ found: Found) -> Slot? {
        if let slot = found.slot { return slot }
        guard let slot = table.add(id.rawValue, hash: found.hash) else { return nil }
        wishes.extend(to: table.capacity, with: WishRow())
        return slot
    }

    /// Frees a slot of which nothing is known, which nobody keeps and which is not among the changed.
    package mutating func free(_ slot: Slot) {
        guard isUnused(slot), !wishes[slot.index].isDirty else { return }
        wishes[slot.index] = WishRow()
        table.remove(slot)
    }

    @inline(__always)
    private func isUnused(_ slot: Slot) -> Bool {
        wishes[slot.index].state == .none && wishes[slot.index].firstCopy == .none && wishes[slot.index].pins == 0
    }

    /// Notes that the wish or a copy of the child changed.
    mutating func touch(_ slot: Slot) {
        guard !wishes[slot.index].isDirty else { return }
        wishes[slot.index].isDirty = true
        dirty.append(slot.index)
    }

    /// Whether the wish or the copies of a child changed since ``takeDirty(_:)``.
    @inline(__always)
    package var hasDirty: Bool { dirty.count > 0 }

    /// What changed of the child up to now was looked at already.
    package mutating func clean(_ slot: Slot) { wishes[slot.index].isDirty = false }

    /// The next child whose wish or copies changed, by whomever; each comes once, however often it changed.
    ///
    /// Once it was looked at, call ``free(_:)``: perhaps nothing is known of it any more.
    package mutating func takeDirty() -> Slot? {
        while let index = dirty.popFirst() {
            guard wishes[index].isDirty else { continue }  // it was cleaned
            wishes[index].isDirty = false
            return Slot(index)
        }
        return nil
    }

    private mutating func enter(_ slot: Slot) -> WishMark {
        hasNews = true
        defer { log.trim(upTo: log.last - min(log.last, UInt64(settings.logRows))) }
        return WishMark(log.append(slot.index))
    }

    /// - Returns: whether there was room for it.
    private mutating func write(_ wish: Wish, to slot: Slot, mark: UInt64, at now: Instant) -> Bool {
        var kind = wishes[slot.index].kind
        if case .running(let child, _) = wish.content {
            guard let number = kinds.number(of: child.kind) else { return false }
            kind = number
        }
        let shutdown = shutdown(of: slot)
        erase(slot)
        work.count()
        wishes[slot.index].stamp = wish.stamp
        wishes[slot.index].origin = wish.origin
        wishes[slot.index].kind = kind
        let since = wish.since == wish.stamp ? .zero : wish.since
        switch wish.content {
        case .stopped:
            wishes[slot.index].state = .stopped
            // How long the instance that ends now may take is kept.
            let extra = WishExtra(since: since, shutdown: shutdown)
            if extra != WishExtra() { wishes[slot.index].extra = extras.insert(extra) }
            counts.stopped += 1
            let due = now.advanced(by: settings.tombstoneLife)
            tombstones.append(Grave(slot: slot.index, stamp: wish.stamp, due: due, mark: mark))
            if tombstones.count > settings.tombstones { isCollecting = true }
        case .running(let child, let placedOn):
            fill(slot, child, placedOn, since: since)
            counts.running += 1
        }
        account(slot, bucketCount: 1)
        return true
    }

    private mutating func fill(_ slot: Slot, _ child: Child, _ placedOn: [NodeName], since: Stamp) {
        wishes[slot.index].state = .running
        wishes[slot.index].arguments = SmallBytes(child.arguments)
        wishes[slot.index].restart = child.restart
        let extra = WishExtra(
            since: since, metadata: child.metadata, tags: tags.add(slot, child.tags), shutdown: child.shutdown,
            placedOn: placedOn)
        if !placedOn.isEmpty { counts.placed += 1 }
        if extra != WishExtra() { wishes[slot.index].extra = extras.insert(extra) }
    }

    /// Takes the wish out of its row; the copies stay.
    mutating func erase(_ slot: Slot) {
        let row = wishes[slot.index]
        guard row.state != .none else { return }
        work.count()
        account(slot, bucketCount: -1)
        if row.state == .running { counts.running -= 1 } else { counts.stopped -= 1 }
        if row.extra != .none {
            let extra = extras.remove(row.extra)
            if !extra.placedOn.isEmpty { counts.placed -= 1 }
            tags.remove(chain: extra.tags)
        }
        wishes[slot.index] = WishRow(
            firstCopy: row.firstCopy, kind: row.kind, pins: row.pins, isDirty: row.isDirty)
    }

    /// Adds the wish to the digests or takes it out: the same step, for they are sums without carry.
    private mutating func account(_ slot: Slot, bucketCount: Int32) {
        let bucket = table.bucket(of: slot)
        let change = WishDigest.of(table.hash(of: slot), wishes[slot.index].stamp)
        digests[bucket] ^= change
        digest ^= change
        digestCounts[bucket] = UInt32(truncatingIfNeeded: Int32(truncatingIfNeeded: digestCounts[bucket]) + bucketCount)
    }
}
