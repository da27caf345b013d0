// SPDX-License-Identifier: Apache-2.0

extension EncodingStore {
    func writeKey(_ name: String, in frame: Int) throws {
        try writeText(name)
        let length = name.utf8.count
        let offset = bytes.count &- length
        keys.append(
            Key(
                offset: offset, print: TextBytes.print(bytes.base + offset, length),
                length: Int32(truncatingIfNeeded: length), previous: frames.base[frame].lastKey))
        frames.base[frame].lastKey = Int32(truncatingIfNeeded: keys.count &- 1)
    }

    /// Maps of up to so many keys compare each with each.
    private static let few = 16

    /// Throws when a map got a key twice.
    func refuseDuplicates(_ frame: Int) throws {
        let count = frames.base[frame].count
        if count < 2 { return }
        let twice =
            count > Self.few
            ? hasDuplicateAmongMany(frame, count)
            : mayHaveDuplicate(frame) && hasDuplicateAmongFew(frame)
        if twice { throw error(.duplicateKey, in: frame) }
    }

    /// Whether two keys fall into one of 64 boxes; if not, which is likely, no two are equal.
    private func mayHaveDuplicate(_ frame: Int) -> Bool {
        var boxes: UInt64 = 0
        var index = Int(frames.base[frame].lastKey)
        while index >= 0 {
            let box = TextBytes.box(keys.base[index].print)
            if boxes & box != 0 { return true }
            boxes |= box
            index = Int(keys.base[index].previous)
        }
        return false
    }

    private func hasDuplicateAmongFew(_ frame: Int) -> Bool {
        var index = Int(frames.base[frame].lastKey)
        while index >= 0 {
            let key = keys.base[index]
            var other = Int(key.previous)
            while other >= 0 {
                if isEqual(key, keys.base[other]) { return true }
                other = Int(keys.base[other].previous)
            }
            index = Int(key.previous)
        }
        return false
    }

    private func hasDuplicateAmongMany(_ frame: Int, _ count: Int) -> Bool {
        var table = KeyTable(capacity: count)
        var index = Int(frames.base[frame].lastKey)
        while index >= 0 {
            let key = keys.base[index]
            let hash = KeyTable.hash(bytes.base + key.offset, Int(key.length))
            if table.insert(index, hash: hash, isEqual: { isEqual(key, keys.base[$0]) }) != nil { return true }
            index = Int(key.previous)
        }
        return false
    }

    @inline(__always)
    private func isEqual(_ left: Key, _ right: Key) -> Bool {
        guard left.print == right.print, left.length == right.length else { return false }
        return TextBytes.equal(bytes.base + left.offset, bytes.base + right.offset, Int(left.length))
    }

    // MARK: Coding paths

    /// The keys and indices that lead to a frame; only made when somebody asks.
    func path(of frame: Int) -> [any CodingKey] {
        var steps: [any CodingKey] = []
        var index = frame
        while index >= 0, index < frames.count {
            let parent = Int(frames.base[index].parent)
            if parent >= 0 {
                let place = Int(frames.base[index].place)
                switch frames.base[parent].kind {
                case .map where place < keys.count: steps.append(PathKey(stringValue: keyText(place)))
                case .array: steps.append(PathKey(intValue: place))
                default: break
                }
            }
            index = parent
        }
        return steps.reversed()
    }

    func path(of handle: Handle) -> [any CodingKey] {
        let index = Int(handle.index)
        guard index >= 0, index < frames.count, frames.base[index].serial == handle.serial else { return [] }
        return path(of: index)
    }

    private func keyText(_ index: Int) -> String {
        let key = keys.base[index]
        let text = UnsafeBufferPointer(start: bytes.base + key.offset, count: Int(key.length))
        return String(decoding: text, as: UTF8.self)
    }
}
