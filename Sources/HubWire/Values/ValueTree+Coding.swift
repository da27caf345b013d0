// SPDX-License-Identifier: Apache-2.0

extension ValueTree {
    /// Reads the value that the bytes are, to the last one. Throws a `ValueError`.
    package init(decoding bytes: UnsafeRawBufferPointer, limits: ValueLimits = .standard) throws {
        guard bytes.count <= limits.bytes else { throw ValueError(.tooLarge, offset: 0) }
        var offset = 0
        let tape = try Scanner.scan(bytes, at: &offset, limits: limits)
        guard offset == bytes.count else { throw ValueError(.trailingBytes, offset: offset) }
        self.init(tape, at: 0)
    }

    /// Reads the value that the bytes are, to the last one. Throws a `ValueError`.
    package init(decoding bytes: [UInt8], limits: ValueLimits = .standard) throws {
        self = try bytes.withUnsafeBytes { try ValueTree(decoding: $0, limits: limits) }
    }

    /// The recursion is as deep as the limit that the tape was read under.
    private init(_ tape: borrowing Tape, at index: Int) {
        let item = tape.items.base[index]
        switch item.kind {
        case .unsigned: self = .unsigned(item.argument)
        case .negative: self = .negative(item.argument)
        case .bytes, .joinedBytes: self = .bytes([UInt8](tape.bytes(item)))
        case .text, .joinedText: self = .text(tape.string(item))
        case .array: self = .array(Self.elements(tape, of: index))
        case .map: self = .map(Self.entries(tape, of: index))
        case .tag: self = .tagged(item.argument, ValueTree(tape, at: index &+ 1))
        case .simple: self = Self.simple(item.argument)
        case .half, .single, .double: self = Self.float(item)
        }
    }

    private static func elements(_ tape: borrowing Tape, of array: Int) -> [ValueTree] {
        var elements: [ValueTree] = []
        var index = array &+ 1
        while index < Int(tape.items.base[array].next) {
            elements.append(ValueTree(tape, at: index))
            index = Int(tape.items.base[index].next)
        }
        return elements
    }

    private static func entries(_ tape: borrowing Tape, of map: Int) -> [Entry] {
        var entries: [Entry] = []
        var key = map &+ 1
        while key < Int(tape.items.base[map].next) {
            let value = Int(tape.items.base[key].next)
            entries.append(Entry(ValueTree(tape, at: key), ValueTree(tape, at: value)))
            key = Int(tape.items.base[value].next)
        }
        return entries
    }

    private static func simple(_ number: UInt64) -> ValueTree {
        switch number {
        case 20: .bool(false)
        case 21: .bool(true)
        case 22: .null
        case 23: .undefined
        default: .simple(UInt8(truncatingIfNeeded: number))
        }
    }

    /// The tape holds all widths as 64 bits; a float that was narrower becomes so again without loss.
    private static func float(_ item: Tape.Item) -> ValueTree {
        guard item.kind != .double, let single = FloatForms.single(exactly: item.argument) else {
            return .double(item.argument)
        }
        guard item.kind == .half, let half = FloatForms.half(exactly: single) else { return .single(single) }
        return .half(half)
    }
}

extension ValueTree {
    /// The value as bytes: definite lengths and shortest heads, floats in the width they have.
    package var encoded: [UInt8] {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return bytes
    }

    private func append(to bytes: inout [UInt8]) {
        switch self {
        case .unsigned(let number): Self.head(Head.unsigned, number, &bytes)
        case .negative(let number): Self.head(Head.negative, number, &bytes)
        case .bytes(let content): Self.string(Head.bytes, content, &bytes)
        case .text(let text): Self.string(Head.text, Array(text.utf8), &bytes)
        case .array(let elements):
            Self.head(Head.array, UInt64(elements.count), &bytes)
            for element in elements { element.append(to: &bytes) }
        case .map(let entries):
            Self.head(Head.map, UInt64(entries.count), &bytes)
            for entry in entries {
                entry.key.append(to: &bytes)
                entry.value.append(to: &bytes)
            }
        case .tagged(let tag, let content):
            Self.head(Head.tag, tag, &bytes)
            content.append(to: &bytes)
        case .bool(let value): bytes.append(value ? Head.true : Head.false)
        case .null: bytes.append(Head.null)
        case .undefined: bytes.append(Head.undefined)
        case .simple(let number): Self.head(Head.simple, UInt64(number), &bytes)
        case .half(let bits): Self.float(Head.half, bits.bigEndian, &bytes)
        case .single(let bits): Self.float(Head.single, bits.bigEndian, &bytes)
        case .double(let bits): Self.float(Head.double, bits.bigEndian, &bytes)
        }
    }

    private static func head(_ major: UInt8, _ argument: UInt64, _ bytes: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Head.longest) { room in
            guard let base = room.baseAddress else { return }
            let length = Head.write(major, argument, to: base)
            bytes.append(contentsOf: UnsafeBufferPointer(start: base, count: length))
        }
    }

    private static func string(_ major: UInt8, _ content: [UInt8], _ bytes: inout [UInt8]) {
        head(major, UInt64(content.count), &bytes)
        bytes.append(contentsOf: content)
    }

    private static func float<Bits: FixedWidthInteger>(_ initial: UInt8, _ bits: Bits, _ bytes: inout [UInt8]) {
        bytes.append(initial)
        withUnsafeBytes(of: bits) { bytes.append(contentsOf: $0) }
    }
}
