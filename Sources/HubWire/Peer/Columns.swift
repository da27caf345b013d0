// SPDX-License-Identifier: Apache-2.0

internal import HubCore

// Rows go over the wire in columns: what lies beside each other in a column is alike, so that little has to be said.
// Each column begins with its byte length and may end with fields of a newer version.
//
// Columns are written straight from the rows, and read side by side, row by row: most messages have one row, and an array
// for each of its columns would cost more than all else.

extension ByteWriter {
    /// A column of `values`, each written by `body`.
    mutating func column<Value>(
        _ values: [Value], _ body: (inout ByteWriter, Value) throws(WireFault) -> Void
    ) throws(WireFault) {
        try fields { writer throws(WireFault) in
            for value in values { try body(&writer, value) }
        }
    }

    /// No rows: of all their columns the lengths alone, each nothing.
    mutating func noRows(columns: Int) {
        packed { words in
            words.u8(UInt8(columns) + 1)
            for _ in 0...columns { words.u8(0) }
        }
    }

    /// A count, then columns of so many rows.
    mutating func rowCount(_ count: Int) throws(WireFault) {
        guard count <= Limits.peerRows else { throw WireFault(.overLimit, at: self.count) }
        varint(UInt64(count))
    }

    mutating func names(_ names: [some TextName]) throws(WireFault) { try self.names(of: names) { $0 } }

    /// Names of rows, each as how many bytes it shares with the one before, and the rest.
    mutating func names<Row>(of rows: [Row], _ name: (Row) -> some TextName) throws(WireFault) {
        var previous = ""
        try column(rows) { writer, row throws(WireFault) in
            var text = name(row).rawValue
            let isName = text.withUTF8 { bytes in
                previous.withUTF8 { writer.shorten(UnsafeRawBufferPointer(bytes), after: UnsafeRawBufferPointer($0)) }
            }
            guard isName else { throw WireFault(.invalidName, at: writer.count) }
            previous = text
        }
    }

    /// - Returns: whether it is a name; else nothing was written.
    private mutating func shorten(_ name: UnsafeRawBufferPointer, after previous: UnsafeRawBufferPointer) -> Bool {
        guard NameBytes(name) != .invalid else { return false }
        let most = min(name.count, previous.count)
        var shared = 0
        while shared < most, name[shared] == previous[shared] { shared += 1 }
        varint(UInt64(shared))
        varint(UInt64(name.count - shared))
        raw(UnsafeRawBufferPointer(rebasing: name[shared...]))
        return true
    }

    mutating func stamps(_ stamps: [Stamp]) throws(WireFault) { try self.stamps(of: stamps) { $0 } }

    /// Stamps of those rows that have one, each as how far it is from the one before, and whose it is.
    mutating func stamps<Row>(of rows: [Row], _ stamp: (Row) -> Stamp?) throws(WireFault) {
        var minters = ShortIndex<Incarnation>()
        var previous: UInt64 = 0
        try column(rows) { writer, row in
            guard let stamp = stamp(row) else { return }
            writer.varint(zigzag(stamp.time &- previous))
            previous = stamp.time
            let (place, isNew) = minters.place(of: stamp.incarnation)
            if isNew {
                writer.u8(0)
                writer.incarnation(stamp.incarnation)
            } else {
                writer.varint(UInt64(place + 1))
            }
        }
    }

    mutating func numbers<Row>(of rows: [Row], _ number: (Row) -> UInt64) throws(WireFault) {
        var previous: UInt64 = 0
        try column(rows) { writer, row in
            let number = number(row)
            writer.varint(zigzag(number &- previous))
            previous = number
        }
    }
}

extension ByteReader {
    /// A column of so many values.
    mutating func column<Value>(
        _ count: Int, _ body: (inout ByteReader) throws(WireFault) -> Value
    ) throws(WireFault) -> [Value] {
        var reader = try fields()
        var values: [Value] = []
        values.reserveCapacity(min(count, reader.remaining))
        for _ in 0..<count { values.append(try body(&reader)) }
        try reader.skipExtensionFields()
        return values
    }

    /// Whether nothing follows but columns of nothing, and no fields of a newer version.
    func holdsNoRows() -> Bool {
        var ahead = self
        return ahead.rest().allSatisfy { $0 == 0 }
    }

    /// How many rows the columns that follow have: each takes at least a byte in each.
    mutating func rowCount() throws(WireFault) -> Int { try count(limit: Limits.peerRows) }

    mutating func names<Name: TextName>(_ count: Int) throws(WireFault) -> [Name] {
        var column = NameColumn(try fields())
        var names: [Name] = []
        names.reserveCapacity(min(count, column.reader.remaining))
        for _ in 0..<count { names.append(try column.next()) }
        try column.reader.skipExtensionFields()
        return names
    }

    mutating func stamps(_ count: Int) throws(WireFault) -> [Stamp] {
        var column = StampColumn(try fields())
        var stamps: [Stamp] = []
        stamps.reserveCapacity(min(count, column.reader.remaining))
        for _ in 0..<count { stamps.append(try column.next()) }
        try column.reader.skipExtensionFields()
        return stamps
    }
}

/// Names as they are read one after the other.
struct NameColumn {
    var reader: ByteReader
    /// The bytes of the name before where they came, if it shared none with the one before it.
    private var whole: UnsafeRawBufferPointer?
    /// Else what it shared, and its rest; as long as the longest name once it is needed.
    private var built: [UInt8] = []
    private var length = 0

    init(_ reader: ByteReader) { self.reader = reader }

    mutating func next<Name: TextName>() throws(WireFault) -> Name {
        let start = reader.offset
        let shared = try reader.varint()
        guard shared <= UInt64(length) else { throw WireFault(.invalidField, at: start) }
        let rest = try reader.prefixed(limit: Limits.nameBytes)
        guard shared > 0 else {
            (whole, length) = (rest, rest.count)
            return try Name(wire: rest, at: start)
        }
        length = Int(shared) + rest.count
        guard length <= Limits.nameBytes else { throw WireFault(.invalidName, at: start) }
        build(Int(shared), rest)
        return try built.withUnsafeBytes { bytes in
            Result { () throws(WireFault) -> Name in try Name(wire: .init(rebasing: bytes[..<length]), at: start) }
        }.get()
    }

    private mutating func build(_ shared: Int, _ rest: UnsafeRawBufferPointer) {
        if built.isEmpty { built = Array(repeating: 0, count: Limits.nameBytes) }
        built.withUnsafeMutableBytes { bytes in
            if let whole { bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: whole[..<shared])) }
            UnsafeMutableRawBufferPointer(rebasing: bytes[shared...]).copyMemory(from: rest)
        }
        whole = nil
    }
}

/// Stamps as they are read one after the other.
struct StampColumn {
    var reader: ByteReader
    private var minters = ShortIndex<Incarnation>()
    private var previous: UInt64 = 0

    init(_ reader: ByteReader) { self.reader = reader }

    mutating func next() throws(WireFault) -> Stamp {
        previous = previous &+ unzigzag(try reader.varint())
        let start = reader.offset
        let place = try reader.varint()
        if place == 0 {
            let incarnation = try reader.incarnation()
            minters.append(incarnation)
            return Stamp(time: previous, incarnation: incarnation)
        }
        guard place <= UInt64(minters.count) else { throw WireFault(.invalidField, at: start) }
        return Stamp(time: previous, incarnation: minters[Int(place) - 1])
    }
}

/// Numbers as they are read one after the other.
struct NumberColumn {
    var reader: ByteReader
    private var previous: UInt64 = 0

    init(_ reader: ByteReader) { self.reader = reader }

    mutating func next() throws(WireFault) -> UInt64 {
        previous = previous &+ unzigzag(try reader.varint())
        return previous
    }
}

/// What a column writes once, and by its place from then on. Mostly that is one thing, or a few: they are compared, and
/// only more are hashed.
struct ShortIndex<Key: Hashable> {
    private var first: Key?
    private var others: [Key] = []
    /// Of all, once they are many.
    private var places: [Key: Int] = [:]
    /// Of the row before, which is mostly that of the next.
    private var last = 0

    private static var few: Int { 8 }

    var count: Int { first == nil ? 0 : 1 + others.count }

    /// - Precondition: below ``count``.
    subscript(place: Int) -> Key { place == 0 ? first ?? others[0] : others[place - 1] }

    /// In the order of their places.
    var keys: [Key] { first.map { [$0] + others } ?? [] }

    /// The place of a key, which is put at the end if it has none.
    mutating func place(of key: Key) -> (place: Int, isNew: Bool) {
        if let known = find(key) {
            last = known
            return (known, false)
        }
        last = count
        append(key)
        if count > Self.few {
            if places.isEmpty { for (place, key) in keys.enumerated() { places[key] = place } }
            places[key] = last
        }
        return (last, true)
    }

    /// Without a look whether it has a place: for who only asks for the keys of places.
    mutating func append(_ key: Key) {
        if first == nil { first = key } else { others.append(key) }
    }

    private func find(_ key: Key) -> Int? {
        guard let first else { return nil }
        if last > 0, others[last - 1] == key { return last }
        if first == key { return 0 }
        if count > Self.few { return places[key] }
        return others.firstIndex(of: key).map { $0 + 1 }
    }
}

/// A difference as a number that is small if the difference is, whichever its sign.
private func zigzag(_ difference: UInt64) -> UInt64 {
    (difference << 1) ^ UInt64(bitPattern: Int64(bitPattern: difference) >> 63)
}

private func unzigzag(_ number: UInt64) -> UInt64 { (number >> 1) ^ (0 &- (number & 1)) }
