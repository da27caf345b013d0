// SPDX-License-Identifier: Apache-2.0

// What the machine asks about a child. Nothing here changes anything but the count of work.
//
// Small questions are inlined: a registry that is part of what changes is copied to be asked, though only to the stack.

extension Registry {
    package mutating func slot(of id: ChildID) -> Slot? { table.find(id.rawValue) }

    /// The same without counting it as work: for who watches a machine, and is no part of it.
    package func peek(_ id: ChildID) -> Slot? { table.peek(id.rawValue) }

    /// Where a child stands in the table, for who asks about it and then writes it.
    package struct Found: Sendable {
        package let hash: UInt64
        package let slot: Slot?
    }

    package mutating func find(_ id: ChildID) -> Found {
        let hash = SlotTable.hash(id.rawValue)
        return Found(hash: hash, slot: table.find(id.rawValue, hash: hash))
    }

    @inline(__always)
    package func id(of slot: Slot) -> ChildID { ChildID(rawValue: table.key(of: slot)) }

    /// The hash by which strategies place the child.
    @inline(__always)
    package func hash(of slot: Slot) -> UInt64 { table.hash(of: slot) }

    @inline(__always)
    package func reference(to slot: Slot) -> SlotReference { table.reference(to: slot) }

    /// The slot, unless it was freed meanwhile.
    @inline(__always)
    package func slot(of reference: SlotReference) -> Slot? { table.slot(of: reference) }

    /// Slots ever given out: what the machine's own columns are as long as.
    package var slotCapacity: Int { table.capacity }

    /// What is wished; `nil` if nothing is known of it but copies.
    @inline(__always)
    package func desired(of slot: Slot) -> Desired? {
        switch wishes[slot.index].state {
        case .none: nil
        case .stopped: .stopped
        case .running: .running
        }
    }

    /// The stamp of the wish, `.zero` if there is none.
    @inline(__always)
    package func stamp(of slot: Slot) -> Stamp { wishes[slot.index].stamp }

    /// The stamp from which the wish counts: its own, that of the start it changes, or that of a request decided late.
    @inline(__always)
    package func since(of slot: Slot) -> Stamp {
        let extra = wishes[slot.index].extra
        guard extra != .none, extras[extra].since != .zero else { return wishes[slot.index].stamp }
        return extras[extra].since
    }

    /// From when a start or a stop counts that this node decides now: `nil` from its own stamp.
    package func since(_ request: Stamp, at now: Instant) -> Stamp? {
        clock.isLate(for: request, at: now) ? request : nil
    }

    @inline(__always)
    package func version(of slot: Slot) -> Wish.Version {
        Wish.Version(since: since(of: slot), stamp: wishes[slot.index].stamp)
    }

    /// The operation that asked for the wish.
    @inline(__always)
    package func origin(of slot: Slot) -> RequestID { wishes[slot.index].origin }

    /// The kind of a running child, and of one that this node saw running before it was stopped.
    @inline(__always)
    package func kind(of slot: Slot) -> ProcessKind? {
        let kind = wishes[slot.index].kind
        return wishes[slot.index].state == .none || kind == KindNames.none ? nil : kinds[kind]
    }

    @inline(__always)
    package func restart(of slot: Slot) -> RestartPolicy { wishes[slot.index].restart }

    /// Whether a decision about where it is to be was recorded.
    @inline(__always)
    package func isPlaced(_ slot: Slot) -> Bool {
        wishes[slot.index].extra != .none && !extras[wishes[slot.index].extra].placedOn.isEmpty
    }

    /// Where the recorded decision places the child; empty if nothing was recorded.
    @inline(__always)
    package func placedOn(_ slot: Slot) -> [NodeName] {
        wishes[slot.index].extra == .none ? [] : extras[wishes[slot.index].extra].placedOn
    }

    @inline(__always)
    package func tags(of slot: Slot) -> Set<String> {
        let extra = wishes[slot.index].extra
        return extra == .none || extras[extra].tags == .none ? [] : tags.names(chain: extras[extra].tags)
    }

    @inline(__always)
    package func metadata(of slot: Slot) -> [String: MetadataValue] {
        let extra = wishes[slot.index].extra
        return extra == .none ? [:] : extras[extra].metadata
    }

    /// How long the child's instance may take to end.
    package func shutdown(of slot: Slot) -> Duration {
        let extra = wishes[slot.index].extra
        return extra == .none ? Limits.childShutdown : extras[extra].shutdown
    }

    /// The whole child, if it is wished for.
    package func child(of slot: Slot) -> Child? {
        let row = wishes[slot.index]
        guard row.state == .running else { return nil }
        var child = Child(
            id: id(of: slot), kind: kinds[row.kind], arguments: row.arguments.bytes, restart: row.restart)
        if row.extra != .none {
            child.metadata = extras[row.extra].metadata
            child.tags = tags(of: slot)
            child.shutdown = extras[row.extra].shutdown
        }
        return child
    }

    package func wish(of slot: Slot) -> Wish? {
        let row = wishes[slot.index]
        switch row.state {
        case .none: return nil
        case .stopped:
            return Wish(
                id: id(of: slot), stamp: row.stamp, since: since(of: slot), origin: row.origin, content: .stopped)
        case .running:
            guard let child = child(of: slot) else { return nil }
            return Wish(
                id: child.id, stamp: row.stamp, since: since(of: slot), origin: row.origin,
                content: .running(child, placedOn: placedOn(slot)))
        }
    }

    /// Whether this node holds the wish as it was then, or a later one.
    package mutating func holds(_ id: ChildID, at stamp: Stamp) -> Bool {
        guard let slot = slot(of: id) else { return false }
        return holds(slot, at: stamp)
    }

    @inline(__always)
    package func holds(_ slot: Slot, at stamp: Stamp) -> Bool {
        wishes[slot.index].state != .none && wishes[slot.index].stamp >= stamp
    }

    /// The children that carry a tag: work in proportion to their number.
    package mutating func children(tagged tag: String) -> [Slot] { tags.children(of: tag) }

    /// The next known children from `index` on, for whoever walks over all in bounded steps.
    ///
    /// - Parameters:
    ///   - index: where to begin, 0 at first; set to where to go on.
    ///   - steps: how many rows may be looked at; set to how many are left.
    /// - Returns: `nil` when the steps are used up, or with steps left when there are no more.
    package mutating func nextSlot(from index: inout UInt32, steps: inout Int) -> Slot? {
        table.next(from: &index, steps: &steps)
    }
}

// MARK: - Copies

extension Registry {
    /// All copies of the child in living slices, by the name of their node.
    package func copies(of slot: Slot) -> [KnownCopy] {
        var held: [KnownCopy] = []
        forEachCopy(of: slot) { held.append($0) }
        if held.count > 1 { held.sort { $0.node < $1.node } }
        return held
    }

    /// In the order in which they came to be known, which is not the same on every node.
    package func forEachCopy(of slot: Slot, _ body: (KnownCopy) -> Void) {
        var place = wishes[slot.index].firstCopy
        while place != .none {
            if slices[Int(copies[place].slice)].state == .live { body(held(place)) }
            place = copies[place].nextOfChild
        }
    }

    /// Where a walk through the copies of a child stands.
    package struct CopyWalk: Sendable {
        fileprivate var place: UInt32
    }

    /// The same as ``forEachCopy(of:_:)`` for who asks the registry, or changes it, in between.
    @inline(__always)
    package func walk(_ slot: Slot) -> CopyWalk { CopyWalk(place: wishes[slot.index].firstCopy) }

    package func next(_ walk: inout CopyWalk) -> KnownCopy? {
        while walk.place != .none {
            let place = walk.place
            walk.place = copies[place].nextOfChild
            if slices[Int(copies[place].slice)].state == .live { return held(place) }
        }
        return nil
    }

    /// The copy that is known of a child, if there is one and no other, not even one whose life is over.
    @inline(__always)
    package func onlyCopy(of slot: Slot) -> KnownCopy? {
        let place = wishes[slot.index].firstCopy
        guard place != .none, copies[place].nextOfChild == .none, slices[Int(copies[place].slice)].state == .live else {
            return nil
        }
        return held(place)
    }

    /// Whether a living slice says that the child moved to this node.
    package func isMoved(_ slot: Slot, to node: NodeName) -> Bool {
        var place = wishes[slot.index].firstCopy
        while place != .none {
            if copies[place].status == .moved, slices[Int(copies[place].slice)].state == .live,
                case .moved(node, _) = copy(place).status
            {
                return true
            }
            place = copies[place].nextOfChild
        }
        return false
    }

    /// Whether another node's slice shows a copy, or showed one that is still to go.
    @inline(__always)
    package func hasForeignCopy(_ slot: Slot) -> Bool {
        let first = wishes[slot.index].firstCopy
        return first != .none && (copies[first].slice != Slice.own || copies[first].nextOfChild != .none)
    }

    @inline(__always)
    package func hasCopies(_ slot: Slot) -> Bool { wishes[slot.index].firstCopy != .none }

    /// This node's own copy.
    package func ownCopy(of slot: Slot) -> Copy? {
        place(of: slot, in: Slice.own).map(copy)
    }

    /// Where callers are sent: the highest epoch first.
    package func routes(of slot: Slot) -> [Route] {
        var routes: [Route] = []
        forEachCopy(of: slot) { held in
            if let route = held.copy.route(on: held.node) { routes.append(route) }
        }
        if routes.count > 1 { routes.sort { $0.epoch > $1.epoch } }
        return routes
    }

    /// The copies that this node holds.
    package var ownCopies: Int { slices[Int(Slice.own)].count }

    func held(_ place: UInt32) -> KnownCopy {
        let life = slices[Int(copies[place].slice)].life
        return KnownCopy(node: life.node, incarnation: life.incarnation, copy: copy(place))
    }

    @inline(__always)
    func copy(_ place: UInt32) -> Copy {
        let row = copies[place]
        let target = row.target == .none ? CopyTarget() : targets[row.target]
        return Copy(
            epoch: Epoch(row.epoch), status: status(row, target), version: target.version, isComplete: row.isComplete)
    }

    @inline(__always)
    private func status(_ row: CopyRow, _ target: CopyTarget) -> Copy.Status {
        switch row.status {
        case .active: .active
        case .passive: .passive
        case .starting: .starting
        case .idle: .idle
        case .moving: .moving(to: target.node ?? node, target.epoch)
        case .moved: .moved(to: target.node ?? node, target.epoch)
        case .prepared: .prepared(target.epoch)
        }
    }

    @inline(__always)
    func place(of slot: Slot, in slice: UInt16) -> UInt32? {
        var place = wishes[slot.index].firstCopy
        while place != .none, copies[place].slice != slice { place = copies[place].nextOfChild }
        return place == .none ? nil : place
    }
}
