// SPDX-License-Identifier: Apache-2.0

/// Entries: a pair of a map, an element of an array, the one value of an open place.
extension EncodingStore {
    /// Writes a key and then, at the tail, what the closure writes: exactly one item.
    @inline(__always)
    func putPair(_ handle: Handle, _ name: String, _ write: (_ frame: Int, _ place: Int32) throws -> Void) throws {
        let gap = try enter(handle)
        let index = Int(handle.index)
        let before = mark
        let lastKey = frames.base[index].lastKey
        do {
            try countItems(2)
            try writeKey(name, in: index)
            try write(index, frames.base[index].lastKey)
        } catch {
            rewind(to: before)
            frames.base[index].lastKey = lastKey
            throw error
        }
        frames.base[index].count &+= 1
        if gap >= 0 { splice(from: before.start, to: gap, replacing: 0, of: index) }
    }

    /// Writes what the closure writes, exactly one item, behind the last element of an array.
    @inline(__always)
    func putElement(_ handle: Handle, _ write: (_ frame: Int, _ place: Int32) throws -> Void) throws {
        let gap = try enter(handle)
        let index = Int(handle.index)
        let before = mark
        do {
            try countItems(1)
            try write(index, Int32(truncatingIfNeeded: frames.base[index].count))
        } catch {
            rewind(to: before)
            throw error
        }
        frames.base[index].count &+= 1
        if gap >= 0 { splice(from: before.start, to: gap, replacing: 0, of: index) }
    }

    /// Writes what the closure writes, exactly one item, into a place that has no value yet.
    @inline(__always)
    func putSingle(_ handle: Handle, _ write: (_ frame: Int, _ place: Int32) throws -> Void) throws {
        let gap = try enter(handle)
        let index = Int(handle.index)
        guard frames.base[index].kind == .open else { throw error(.placeTaken, in: index) }
        // At the tail, the byte that keeps the place is the last one.
        if gap < 0 { bytes.count &-= 1 }
        let before = mark
        do {
            try write(index, 0)
        } catch {
            rewind(to: before)
            if gap < 0 { bytes.append(Head.map) }
            throw error
        }
        frames.base[index].kind = .finished
        if gap >= 0 { splice(from: before.start, to: frames.base[index].head, replacing: 1, of: index) }
    }

    /// Makes an open place a map or an array, or finds that it is one already.
    func openPlace(_ handle: Handle, as kind: Frame.Kind) -> Handle {
        guard isLive(handle) else {
            fail(.containerClosed)
            return .dead
        }
        let frame = frames.base + Int(handle.index)
        if frame.pointee.kind == kind { return handle }
        guard frame.pointee.kind == .open else {
            fail(.placeTaken)
            return .dead
        }
        frame.pointee.kind = kind
        frame.pointee.level &+= 1
        if frame.pointee.level > limits.depth { fail(.tooDeep) }
        return handle
    }

    /// Opens a frame as a pair of a map, or, without a name, as an element of an array.
    func openNested(_ handle: Handle, _ name: String?, as kind: Frame.Kind) -> Handle {
        var nested = Handle.dead
        do {
            if let name {
                try putPair(handle, name) { nested = pushFrame(kind, in: $0, place: $1) }
            } else {
                try putElement(handle) { nested = pushFrame(kind, in: $0, place: $1) }
            }
        } catch {
            if failure == nil { failure = error as? ValueError }
            return .dead
        }
        let index = Int(nested.index)
        if frames.base[index].head == bytes.count &- 1 { current = index }
        if frames.base[index].level > limits.depth { fail(.tooDeep) }
        return nested
    }

    func entryCount(_ handle: Handle) -> Int { isLive(handle) ? frames.base[Int(handle.index)].count : 0 }

    // MARK: Where an entry goes

    private func isLive(_ handle: Handle) -> Bool {
        let index = Int(handle.index)
        return index >= scope && index >= 0 && index < frames.count && frames.base[index].serial == handle.serial
    }

    /// Prepares a frame for an entry: −1 when the tail is its end, else where its end is.
    @inline(__always)
    private func enter(_ handle: Handle) throws -> Int {
        let index = Int(handle.index)
        if index == current, index >= 0, frames.base[index].serial == handle.serial, failure == nil { return -1 }
        return try enterElsewhere(handle)
    }

    private func enterElsewhere(_ handle: Handle) throws -> Int {
        if let failure { throw failure }
        guard isLive(handle) else { throw error(.containerClosed) }
        let index = Int(handle.index)
        var walk = current
        while walk > index { walk = Int(frames.base[walk].parent) }
        guard walk == index else { return frames.base[index].end }
        // Its children that are at the tail are left behind.
        walk = current
        while walk != index {
            frames.base[walk].end = bytes.count
            walk = Int(frames.base[walk].parent)
        }
        current = index
        return -1
    }

    /// Moves the bytes from `start` to the tail's end to where they belong, over so many bytes that are there.
    private func splice(from start: Int, to gap: Int, replacing removed: Int, of frame: Int) {
        let added = bytes.count &- start
        let piece = UnsafeMutablePointer<UInt8>.allocate(capacity: Swift.max(added, 1))
        defer { piece.deallocate() }
        piece.update(from: bytes.base + start, count: added)
        let behind = gap &+ removed
        (bytes.base + (gap &+ added)).update(from: bytes.base + behind, count: start &- behind)
        (bytes.base + gap).update(from: piece, count: added)
        bytes.count &-= removed
        let shift = added &- removed
        moveFrames(behind: behind, by: shift, start: start, to: gap, within: frame)
        for index in 0..<keys.count where keys.base[index].offset >= behind {
            keys.base[index].offset &+= keys.base[index].offset >= start ? gap &- start : shift
        }
    }

    private func moveFrames(behind: Int, by shift: Int, start: Int, to gap: Int, within frame: Int) {
        for index in scope..<frames.count {
            let moved = frames.base + index
            if moved.pointee.head >= start {
                moved.pointee.head &+= gap &- start
                moved.pointee.end &+= gap &- start
            } else if moved.pointee.head >= behind {
                moved.pointee.head &+= shift
                moved.pointee.end &+= shift
            }
        }
        var around = frame
        while around >= scope, around >= 0 {
            frames.base[around].end &+= shift
            around = Int(frames.base[around].parent)
        }
    }
}
