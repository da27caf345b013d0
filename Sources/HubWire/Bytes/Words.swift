// SPDX-License-Identifier: Apache-2.0

package import HubCore

// How the words of the vocabulary are packed, in envelopes and messages alike.

extension ByteWriter {
    /// - Throws: ``WireFault`` with ``WireFault/Rule/invalidName`` for a name that no peer would accept.
    package mutating func name(_ name: some TextName) throws(WireFault) {
        let written = name.rawValue.utf8.withContiguousStorageIfAvailable { appendName(UnsafeRawBufferPointer($0)) }
        guard written ?? Array(name.rawValue.utf8).withUnsafeBytes({ appendName($0) }) else {
            throw WireFault(.invalidName, at: count)
        }
    }

    @inline(__always)
    private mutating func appendName(_ source: UnsafeRawBufferPointer) -> Bool {
        guard NameBytes(source) != .invalid else { return false }
        varint(UInt64(source.count))
        bytes.append(contentsOf: source)
        return true
    }

    /// `nil` as an empty text, which is no name.
    package mutating func optionalName(_ name: (some TextName)?) throws(WireFault) {
        guard let name else { return u8(0) }
        try self.name(name)
    }

    package mutating func incarnation(_ incarnation: Incarnation) { u64(incarnation.rawValue) }

    package mutating func stamp(_ stamp: Stamp) { packed { $0.stamp(stamp) } }

    /// One byte for no epoch, 17 for any other.
    package mutating func epoch(_ epoch: Epoch) {
        guard epoch != .none else { return u8(0) }
        packed { words in
            words.u8(1)
            words.stamp(epoch.stamp)
        }
    }

    package mutating func request(_ request: RequestID) {
        packed { words in
            words.u64(request.caller.rawValue)
            words.varint(request.sequence)
        }
    }

    package mutating func turn(_ turn: TurnID) {
        packed { words in
            words.u64(turn.incarnation.rawValue)
            words.varint(turn.sequence)
        }
    }

    package mutating func route(_ route: Route) throws(WireFault) {
        try name(route.node)
        epoch(route.epoch)
    }
}

extension ByteReader {
    /// A name that ``TextName/validate()`` would accept.
    package mutating func name<Name: TextName>(_ type: Name.Type = Name.self) throws(WireFault) -> Name {
        let start = offset
        return try Name(wire: try prefixed(), at: start)
    }

    /// A name, or `nil` for an empty text.
    package mutating func optionalName<Name: TextName>(_ type: Name.Type = Name.self) throws(WireFault) -> Name? {
        var ahead = self
        if try ahead.u8() == 0 {
            self = ahead
            return nil
        }
        return try name(type)
    }

    package mutating func incarnation() throws(WireFault) -> Incarnation { Incarnation(rawValue: try u64()) }

    package mutating func stamp() throws(WireFault) -> Stamp {
        Stamp(time: try u64(), incarnation: try incarnation())
    }

    package mutating func epoch() throws(WireFault) -> Epoch {
        let start = offset
        switch try u8() {
        case 0: return .none
        case 1: return Epoch(try stamp())
        default: throw WireFault(.invalidField, at: start)
        }
    }

    package mutating func request() throws(WireFault) -> RequestID {
        RequestID(caller: try incarnation(), sequence: try varint())
    }

    package mutating func turn() throws(WireFault) -> TurnID {
        TurnID(incarnation: try incarnation(), sequence: try varint())
    }

    package mutating func route() throws(WireFault) -> Route {
        Route(node: try name(), epoch: try epoch())
    }
}

extension TextName {
    /// A name as its bytes came.
    init(wire bytes: UnsafeRawBufferPointer, at start: Int) throws(WireFault) {
        switch NameBytes(bytes) {
        case .ascii:
            self.init(rawValue: String(ascii: bytes))
        case .other:
            guard let text = String(validating: bytes, as: UTF8.self) else { throw WireFault(.invalidText, at: start) }
            self.init(rawValue: text)
        case .invalid:
            throw WireFault(.invalidName, at: start)
        }
    }
}

extension String {
    /// A string of bytes that are known to be ASCII; below 16 of them nothing is allocated, nor anything checked again.
    fileprivate init(ascii source: UnsafeRawBufferPointer) {
        self.init(unsafeUninitializedCapacity: source.count) { text in
            UnsafeMutableRawBufferPointer(text).copyMemory(from: source)
            return source.count
        }
    }
}
