// SPDX-License-Identifier: Apache-2.0

internal import HubCore

// Rows go over the wire in columns: what lies beside each other in a column is alike, so that little has to be said.
// Each column begins with its byte length and may end with fields of a newer version.

extension ByteWriter {
    /// A column of `values`, each written by `body`.
    mutating func column<Value>(
        _ values: [Value], _ body: (inout ByteWriter, Value) throws(WireFault) -> Void
    ) throws(WireFault) {
        try fields { writer throws(WireFault) in
            for value in values { try body(&writer, value) }
        }
    }

    /// A count, then columns of so many rows.
    mutating func rowCount(_ count: Int) throws(WireFault) {
        guard count <= Limits.peerRows else { throw WireFault(.overLimit, at: self.count) }
        varint(UInt64(count))
    }

    /// Names, each as how many bytes it shares with the one before, and the rest.
    mutating func names(_ names: [some TextName]) throws(WireFault) {
        var previous: [UInt8] = []
        var bytes: [UInt8] = []
        try column(names) { writer, name throws(WireFault) in
            bytes.removeAll(keepingCapacity: true)
            bytes.append(contentsOf: name.rawValue.utf8)
            guard bytes.withUnsafeBytes({ NameBytes($0) != .invalid }) else {
                throw WireFault(.invalidName, at: writer.count)
            }
            var shared = 0
            while shared < min(bytes.count, previous.count), bytes[shared] == previous[shared] { shared += 1 }
            writer.varint(UInt64(shared))
            writer.varint(UInt64(bytes.count - shared))
            bytes.withUnsafeBytes { writer.raw(UnsafeRawBufferPointer(rebasing: $0[shared...])) }
            swap(&bytes, &previous)
        }
    }

    /// Stamps, each as how far it is from the one before, and whose it is.
    mutating func stamps(_ stamps: [Stamp]) throws(WireFault) {
        var minters = Minters()
        var previous: UInt64 = 0
        try column(stamps) { writer, stamp in
            writer.varint(zigzag(stamp.time &- previous))
            minters.write(stamp.incarnation, into: &writer)
            previous = stamp.time
        }
    }

    mutating func numbers(_ numbers: [UInt64]) throws(WireFault) {
        var previous: UInt64 = 0
        try column(numbers) { writer, number in
            writer.varint(zigzag(number &- previous))
            previous = number
        }
    }
}

extension ByteReader {
    func readRows<Value>(
        _ count: Int, _ body: (inout ByteReader) throws(WireFault) -> Value
    ) throws(WireFault) -> [Value] {
        var reader = self
        var values: [Value] = []
        values.reserveCapacity(min(count, reader.remaining))
        for _ in 0..<count { values.append(try body(&reader)) }
        try reader.skipExtensionFields()
        return values
    }

    /// A column of so many values.
    mutating func column<Value>(
        _ count: Int, _ body: (inout ByteReader) throws(WireFault) -> Value
    ) throws(WireFault) -> [Value] {
        try fields().readRows(count, body)
    }

    /// How many rows the columns that follow have: each takes at least a byte in each.
    mutating func rowCount() throws(WireFault) -> Int { try count(limit: Limits.peerRows) }

    mutating func names<Name: TextName>(_ count: Int) throws(WireFault) -> [Name] {
        var previous: [UInt8] = []
        return try column(count) { reader throws(WireFault) in
            let start = reader.offset
            let shared = try reader.varint()
            guard shared <= UInt64(previous.count) else { throw WireFault(.invalidField, at: start) }
            let rest = try reader.prefixed(limit: Limits.nameBytes)
            previous.removeLast(previous.count - Int(shared))
            previous.append(contentsOf: rest)
            guard previous.withUnsafeBytes({ NameBytes($0) != .invalid }) else {
                throw WireFault(.invalidName, at: start)
            }
            guard let text = String(validating: previous, as: UTF8.self) else {
                throw WireFault(.invalidText, at: start)
            }
            return Name(rawValue: text)
        }
    }

    mutating func stamps(_ count: Int) throws(WireFault) -> [Stamp] {
        var minters = Minters()
        var previous: UInt64 = 0
        return try column(count) { reader throws(WireFault) in
            previous = previous &+ unzigzag(try reader.varint())
            return Stamp(time: previous, incarnation: try minters.read(from: &reader))
        }
    }

    mutating func numbers(_ count: Int) throws(WireFault) -> [UInt64] {
        var previous: UInt64 = 0
        return try column(count) { reader throws(WireFault) in
            previous = previous &+ unzigzag(try reader.varint())
            return previous
        }
    }
}

/// The incarnations of one column: each is written once, and its place from then on.
struct Minters {
    private var known: [Incarnation] = []
    private var places: [Incarnation: Int] = [:]
    /// The one of the row before, which is mostly that of the next.
    private var last: (incarnation: Incarnation, place: Int)?

    mutating func write(_ incarnation: Incarnation, into writer: inout ByteWriter) {
        if let last, last.incarnation == incarnation { return writer.varint(UInt64(last.place + 1)) }
        if let place = places[incarnation] {
            last = (incarnation, place)
            return writer.varint(UInt64(place + 1))
        }
        last = (incarnation, places.count)
        places[incarnation] = places.count
        writer.u8(0)
        writer.incarnation(incarnation)
    }

    mutating func read(from reader: inout ByteReader) throws(WireFault) -> Incarnation {
        let start = reader.offset
        let place = try reader.varint()
        guard place > 0 else {
            known.append(try reader.incarnation())
            return known[known.count - 1]
        }
        guard place <= UInt64(known.count) else { throw WireFault(.invalidField, at: start) }
        return known[Int(place) - 1]
    }
}

/// A difference as a number that is small if the difference is, whichever its sign.
private func zigzag(_ difference: UInt64) -> UInt64 {
    (difference << 1) ^ UInt64(bitPattern: Int64(bitPattern: difference) >> 63)
}

private func unzigzag(_ number: UInt64) -> UInt64 { (number >> 1) ^ (0 &- (number & 1)) }
