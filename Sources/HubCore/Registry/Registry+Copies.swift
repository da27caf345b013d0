// SPDX-License-Identifier: Apache-2.0

internal import DequeModule

// Writing this node's own copies, and the list that a slice is.

extension Registry {
    /// Says in this node's slice what its copy of the child is from now on.
    package mutating func set(_ copy: Copy, of slot: Slot) {
        release(slot)
        if let place = place(of: slot, in: Slice.own), self.copy(place) == copy { return }
        slices[Int(Slice.own)].number += 1
        put(copy, of: slot, number: slices[Int(Slice.own)].number, in: Slice.own)
        touch(slot)
        hasNews = true
    }

    /// Takes this node's copy out of its slice.
    package mutating func removeCopy(of slot: Slot) {
        release(slot)
        guard let place = place(of: slot, in: Slice.own) else { return }
        slices[Int(Slice.own)].number += 1
        remove(place, number: slices[Int(Slice.own)].number)
        touch(slot)
        hasNews = true
    }
}

// MARK: - Rows of a slice

extension Registry {
    /// Writes a copy and puts it at the end of its slice's list.
    mutating func put(_ copy: Copy, of slot: Slot, number: UInt64, in slice: UInt16, isLoose: Bool = false) {
        let place: UInt32
        if let known = self.place(of: slot, in: slice) {
            place = known
            unlink(place)
            clearTarget(of: place)
        } else {
            place = copies.insert(CopyRow(child: slot.index, nextOfChild: wishes[slot.index].firstCopy, slice: slice))
            wishes[slot.index].firstCopy = place
            slices[Int(slice)].count += 1
        }
        copies[place].number = number
        copies[place].epoch = copy.epoch.stamp
        copies[place].isComplete = copy.isComplete
        copies[place].isLoose = isLoose
        setStatus(copy.status, version: copy.version, of: place)
        link(place)
    }

    private mutating func setStatus(_ status: Copy.Status, version: UInt64, of place: UInt32) {
        var target: CopyTarget?
        switch status {
        case .active: (copies[place].status, target) = (.active, nil)
        case .passive: (copies[place].status, target) = (.passive, nil)
        case .starting: (copies[place].status, target) = (.starting, nil)
        case .idle: (copies[place].status, target) = (.idle, nil)
        case .moving(let node, let epoch):
            (copies[place].status, target) = (.moving, CopyTarget(node: node, epoch: epoch))
        case .moved(let node, let epoch):
            (copies[place].status, target) = (.moved, CopyTarget(node: node, epoch: epoch))
        case .prepared(let epoch): (copies[place].status, target) = (.prepared, CopyTarget(epoch: epoch))
        }
        if version != 0 { target = target ?? CopyTarget() }
        target?.version = version
        if let target { copies[place].target = targets.insert(target) }
    }

    private mutating func clearTarget(of place: UInt32) {
        guard copies[place].target != .none else { return }
        _ = targets.remove(copies[place].target)
        copies[place].target = .none
    }

    /// Takes a copy out, and remembers for those who still have it that it went.
    mutating func remove(_ place: UInt32, number: UInt64) {
        let (slice, child) = (Int(copies[place].slice), Slot(copies[place].child))
        erase(copyAt: place)
        slices[slice].removals.append(Slice.Removal(number: number, child: id(of: child)))
        trimRemovals(of: slice)
    }

    /// Who lags behind what is forgotten here takes the whole slice, and begins with it again if all that was remembered
    /// then is forgotten meanwhile: as many removals as there are copies, so that it takes as long as the slice does.
    mutating func trimRemovals(of slice: Int) {
        let most = max(settings.removals, slices[slice].count)
        // Each event may lower the count and add a removal.
        for _ in 0..<3 where slices[slice].removals.count > most {
            slices[slice].trimmed = max(slices[slice].trimmed, slices[slice].removals.removeFirst().number)
        }
    }

    /// Takes a copy out of its slice and of its child's chain.
    mutating func erase(copyAt place: UInt32) {
        unlink(place)
        clearTarget(of: place)
        let row = copies.remove(place)
        slices[Int(row.slice)].count -= 1
        if wishes[row.child].firstCopy == place {
            wishes[row.child].firstCopy = row.nextOfChild
            return
        }
        var before = wishes[row.child].firstCopy
        while copies[before].nextOfChild != place { before = copies[before].nextOfChild }
        copies[before].nextOfChild = row.nextOfChild
    }

    private mutating func link(_ place: UInt32) {
        work.count()
        let tail: UInt32
        if copies[place].isLoose {
            tail = slices[Int(copies[place].slice)].loose.append(place)
        } else {
            let linked = slices[Int(copies[place].slice)].link(place, digest(place))
            tail = linked.tail
            if linked.isFirst { copies[place].isMarked = true }
        }
        copies[place].previous = tail
        copies[place].next = .none
        if tail != .none { copies[tail].next = place }
    }

    private mutating func unlink(_ place: UInt32) {
        work.count()
        let row = copies[place]
        let slice = Int(row.slice)
        if row.isMarked { leave(place, row) }
        if row.previous == .none {
            if row.isLoose { slices[slice].loose.head = row.next } else { slices[slice].list.head = row.next }
        } else {
            copies[row.previous].next = row.next
        }
        if row.next == .none {
            if row.isLoose { slices[slice].loose.tail = row.previous } else { slices[slice].list.tail = row.previous }
        } else {
            copies[row.next].previous = row.previous
        }
        if !row.isLoose { slices[slice].hash ^= digest(place) }
    }

    private func digest(_ place: UInt32) -> UInt64 { copies[place].digest(table.hash(of: Slot(copies[place].child))) }

    /// Moves what points at a copy in the list to its neighbour.
    private mutating func leave(_ place: UInt32, _ row: CopyRow) {
        copies[place].isMarked = false
        if slices[Int(row.slice)].resync?.first == place {
            slices[Int(row.slice)].resync?.first = row.next
            if row.next != .none { copies[row.next].isMarked = true }
        }
        for peer in peers.indices { peers[peer].leave(place, for: row.previous, in: row.slice) }
        if row.previous != .none { copies[row.previous].isMarked = true }
    }
}
