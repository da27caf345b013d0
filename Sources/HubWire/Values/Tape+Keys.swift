// SPDX-License-Identifier: Apache-2.0

extension Tape {
    /// Maps of up to so many keys are searched one by one.
    private static let few = 16

    /// Whether a map that has just been read has a key twice.
    mutating func hasDuplicate(in map: Int) -> Bool {
        let count = items.base[map].count
        if count < 2 { return false }
        if count > Self.few { return hasDuplicateAmongMany(map, count) }
        return mayHaveDuplicate(map) && hasDuplicateAmongFew(map)
    }

    /// Whether two keys fall into one of 64 boxes; if not, which is likely, no two are equal.
    private func mayHaveDuplicate(_ map: Int) -> Bool {
        var boxes: UInt64 = 0
        var index = map &+ 1
        while index < items.count {
            let box = TextBytes.box(print(index))
            if boxes & box != 0 { return true }
            boxes |= box
            index = Int(items.base[Int(items.base[index].next)].next)
        }
        return false
    }

    private func hasDuplicateAmongFew(_ map: Int) -> Bool {
        withUnsafeTemporaryAllocation(of: (print: UInt64, key: Int).self, capacity: Self.few) { seen in
            guard let seen = seen.baseAddress else { return false }
            var index = map &+ 1
            var known = 0
            while index < items.count {
                let print = print(index)
                for other in 0..<known where seen[other].print == print && isEqual(seen[other].key, index) {
                    return true
                }
                (seen + known).initialize(to: (print, index))
                known &+= 1
                index = Int(items.base[Int(items.base[index].next)].next)
            }
            return false
        }
    }

    private mutating func hasDuplicateAmongMany(_ map: Int, _ count: Int) -> Bool {
        var table = KeyTable(capacity: count)
        var index = map &+ 1
        while index < items.count {
            if table.insert(index, hash: hash(index), isEqual: { isEqual($0, index) }) != nil { return true }
            index = Int(items.base[Int(items.base[index].next)].next)
        }
        tables[map] = table
        return false
    }

    /// The place of a key's value.
    ///
    /// - Parameter consume: whether the next key is probably wanted next, else the same one.
    func find(_ name: UnsafeBufferPointer<UInt8>, in map: Int, consume: Bool) -> Int? {
        let item = items.base[map]
        let first = map &+ 1
        let end = Int(item.next)
        let hint = Int(item.cursor)
        if hint < end, let value = value(ofKey: hint, ifNamed: name) {
            if consume { items.base[map].cursor = items.base[value].next }
            return value
        }
        let key = item.count > Self.few ? findWide(name, map) : findFew(name, from: first, to: end)
        guard let key else { return nil }
        let value = Int(items.base[key].next)
        items.base[map].cursor = consume ? items.base[value].next : UInt32(truncatingIfNeeded: key)
        return value
    }

    @inline(__always)
    private func value(ofKey key: Int, ifNamed name: UnsafeBufferPointer<UInt8>) -> Int? {
        let item = items.base[key]
        guard item.isText, item.length == name.count else { return nil }
        if let text = name.baseAddress, !TextBytes.equal(content(item), text, name.count) { return nil }
        return Int(item.next)
    }

    private func findFew(_ name: UnsafeBufferPointer<UInt8>, from first: Int, to end: Int) -> Int? {
        var key = first
        while key < end {
            guard let _ = value(ofKey: key, ifNamed: name) else {
                key = Int(items.base[Int(items.base[key].next)].next)
                continue
            }
            return key
        }
        return nil
    }

    private func findWide(_ name: UnsafeBufferPointer<UInt8>, _ map: Int) -> Int? {
        var hasher = Hasher()
        hasher.combine(true)
        hasher.combine(bytes: UnsafeRawBufferPointer(name))
        return tables[map]?.find(hash: hasher.finalize()) { value(ofKey: $0, ifNamed: name) != nil }
    }

    // MARK: Equality of keys, which may be any value

    private func print(_ index: Int) -> UInt64 {
        let item = items.base[index]
        switch item.kind {
        case .text, .joinedText: return TextBytes.print(content(item), item.length)
        case .unsigned, .negative: return item.argument
        default: return 0
        }
    }

    private func hash(_ index: Int) -> Int {
        var hasher = Hasher()
        if items.base[index].isText {
            hasher.combine(true)
            hasher.combine(bytes: bytes(items.base[index]))
            return hasher.finalize()
        }
        for part in index..<Int(items.base[index].next) {
            let item = items.base[part]
            if item.isText || item.isBytes {
                hasher.combine(bytes: bytes(item))
            } else {
                hasher.combine(meaning(item))
            }
        }
        return hasher.finalize()
    }

    private func isEqual(_ left: Int, _ right: Int) -> Bool {
        let length = Int(items.base[left].next) &- left
        guard Int(items.base[right].next) &- right == length else { return false }
        for step in 0..<length where !isEqual(items.base[left &+ step], items.base[right &+ step]) { return false }
        return true
    }

    private func isEqual(_ left: Item, _ right: Item) -> Bool {
        if left.isText || left.isBytes {
            guard left.isText ? right.isText : right.isBytes, left.length == right.length else { return false }
            return TextBytes.equal(content(left), content(right), left.length)
        }
        // The same float in two widths is the same key.
        return (left.kind == right.kind || left.isFloat && right.isFloat) && meaning(left) == meaning(right)
    }

    private func meaning(_ item: Item) -> UInt64 {
        item.kind == .map || item.kind == .array ? item.argument >> 32 : item.argument
    }
}
