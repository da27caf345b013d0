// SPDX-License-Identifier: Apache-2.0

package import HubCore

/// A call or a cast: to whom, which method, under which id, and how long its caller waits. The arguments follow it.
package struct CallEnvelope: Hashable, Sendable {
    package var hub: HubID
    package var child: ChildID
    /// The number that a ``MethodDefinition`` gave on this connection.
    package var method: UInt32
    package var request: RequestID
    package var mode: CallMode
    /// How long the caller still waits; at most ``HubCore/Limits/remainingTimeNanoseconds``, never negative.
    package var remainingNanoseconds: Int64
    /// The turns that wait for this call.
    package var chain: [TurnID]
    /// No bit has a meaning yet; a receiver ignores those it does not know.
    package var flags: UInt8

    package init(
        to child: ChildID, of hub: HubID, method: UInt32, request: RequestID, mode: CallMode
    ) {
        self.hub = hub
        self.child = child
        self.method = method
        self.request = request
        self.mode = mode
        remainingNanoseconds = Limits.remainingTimeNanoseconds
        chain = []
        flags = 0
    }
}

extension CallEnvelope: Envelope {
    package func encode(into writer: inout ByteWriter) throws(WireFault) {
        try writer.fields { writer throws(WireFault) in
            try writer.name(hub)
            try writer.name(child)
            guard chain.count <= Limits.chainTurns else { throw WireFault(.overLimit, at: writer.count) }
            writer.packed { words in
                words.varint(UInt64(method))
                words.u64(request.caller.rawValue)
                words.varint(request.sequence)
                words.mode(mode)
                let remaining = min(max(0, remainingNanoseconds), Limits.remainingTimeNanoseconds)
                words.varint(UInt64(remaining))
                words.u8(UInt8(truncatingIfNeeded: chain.count))
                if chain.isEmpty { words.u8(flags) }
            }
            guard !chain.isEmpty else { return }
            for turn in chain { writer.turn(turn) }
            writer.u8(flags)
        }
    }

    package init(from reader: inout ByteReader) throws(WireFault) {
        var fields = try reader.fields()
        hub = try fields.name()
        child = try fields.name()
        method = try fields.methodNumber()
        request = try fields.request()
        mode = try fields.mode()
        remainingNanoseconds = Int64(min(try fields.varint(), UInt64(Limits.remainingTimeNanoseconds)))
        chain = try fields.chain()
        flags = try fields.u8()
        try fields.skipExtensionFields()
    }
}

/// The byte in front of a mode's epochs, of which it says what need not be written.
private struct ModeBits: OptionSet {
    let rawValue: UInt8
    /// Without it the mode is `first`, and only the hint can follow.
    static let again = ModeBits(rawValue: 1)
    /// The hint follows; without it there is none.
    static let hint = ModeBits(rawValue: 2)
    /// The first epoch follows; without it there is none, or it is the hint.
    static let first = ModeBits(rawValue: 4)
    /// The first epoch is the hint.
    static let same = ModeBits(rawValue: 8)
    static let all: ModeBits = [.again, .hint, .first, .same]

    init(rawValue: UInt8) { self.rawValue = rawValue }

    init(of mode: CallMode) {
        self = mode.hint == .none ? [] : .hint
        guard case .again(let first, let hint) = mode else { return }
        insert(.again)
        if first == hint {
            insert(.same)
        } else if first != .none {
            insert(.first)
        }
    }

    var isValid: Bool {
        guard isSubset(of: .all) else { return false }
        return contains(.again) ? !isSuperset(of: [.first, .same]) : isDisjoint(with: [.first, .same])
    }
}

extension PackedBytes {
    fileprivate mutating func mode(_ mode: CallMode) {
        let bits = ModeBits(of: mode)
        u8(bits.rawValue)
        if bits.contains(.hint) { stamp(mode.hint.stamp) }
        if case .again(let first, _) = mode, bits.contains(.first) { stamp(first.stamp) }
    }
}

extension ByteReader {
    fileprivate mutating func mode() throws(WireFault) -> CallMode {
        let bits = ModeBits(rawValue: try u8())
        guard bits.isValid else { throw fault(.invalidField) }
        let hint = bits.contains(.hint) ? Epoch(try stamp()) : .none
        guard bits.contains(.again) else { return .first(hint: hint) }
        if bits.contains(.same) { return .again(first: hint, hint: hint) }
        return .again(first: bits.contains(.first) ? Epoch(try stamp()) : .none, hint: hint)
    }

    fileprivate mutating func chain() throws(WireFault) -> [TurnID] {
        let turns = try count(limit: Limits.chainTurns, bytesEach: 9)
        guard turns > 0 else { return [] }
        var chain: [TurnID] = []
        chain.reserveCapacity(turns)
        for _ in 0..<turns { chain.append(try turn()) }
        return chain
    }
}
