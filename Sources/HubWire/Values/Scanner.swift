// SPDX-License-Identifier: Apache-2.0

/// Reads one data item with all that it holds onto a tape and checks everything on the way, in one pass and without
/// recursion: form, lengths, limits, UTF-8, duplicate keys.
struct Scanner: ~Copyable {
    /// Marks an open container of indefinite length. No definite one has so many items: each takes a byte.
    private static let indefinite = UInt32.max
    private static let none = UInt32.max

    private let input: UnsafePointer<UInt8>
    private let end: Int
    private let limits: ValueLimits
    private var tape: Tape
    private var offset: Int
    /// The innermost open container.
    private var open = Scanner.none
    private var depth = 0

    /// Reads the item that begins at the offset and moves the offset behind it.
    static func scan(_ input: UnsafeRawBufferPointer, at offset: inout Int, limits: ValueLimits) throws -> Tape {
        guard offset >= 0, offset < input.count, let base = input.baseAddress else {
            throw ValueError(.truncated, offset: Swift.max(0, Swift.min(offset, input.count)))
        }
        var scanner = Scanner(base.assumingMemoryBound(to: UInt8.self), from: offset, to: input.count, limits)
        try scanner.scanAll()
        guard scanner.offset &- offset <= limits.bytes else { throw ValueError(.tooLarge, offset: offset) }
        offset = scanner.offset
        return scanner.tape
    }

    private init(_ input: UnsafePointer<UInt8>, from offset: Int, to end: Int, _ limits: ValueLimits) {
        self.input = input
        // Places are kept in 32 bits, so nothing beyond the largest value is looked at.
        self.end = Swift.min(end, ValueLimits.largest)
        self.limits = limits
        self.offset = offset
        // Each item takes at least a byte, and most take a few.
        self.tape = Tape(input: input, capacity: Swift.min(end &- offset, 32 &+ (end &- offset) / 8))
    }

    private mutating func scanAll() throws {
        repeat {
            try scanItem()
        } while open != Self.none
    }

    private mutating func scanItem() throws {
        guard offset < end else { throw error(.truncated) }
        let initial = input[offset]
        if initial == Head.stop { return try closeIndefinite() }
        guard tape.items.count < limits.elements else { throw error(.tooManyElements) }
        let start = offset
        let major = initial & 0xE0
        let information = initial & 0x1F
        guard information < 28 else { return try scanIndefinite(major, information) }
        let argument = try takeArgument(information)
        switch major {
        case Head.unsigned: add(.unsigned, start, argument)
        case Head.negative: add(.negative, start, argument)
        case Head.bytes: try addString(.bytes, argument)
        case Head.text: try addString(.text, argument)
        case Head.array: return try openDefinite(.array, start, argument)
        case Head.map: return try openDefinite(.map, start, argument)
        case Head.tag: return try openTag(start, argument)
        default: try addSimple(information, start, argument)
        }
        try finishItem()
    }

    // MARK: Heads and strings

    @inline(__always)
    private mutating func takeArgument(_ information: UInt8) throws -> UInt64 {
        offset &+= 1
        if information < 24 { return UInt64(information) }
        return try takeWideArgument(1 << Int(information &- 24))
    }

    private mutating func takeWideArgument(_ width: Int) throws -> UInt64 {
        guard end &- offset >= width else { throw error(.truncated) }
        var argument: UInt64 = 0
        for step in 0..<width { argument = argument << 8 | UInt64(input[offset &+ step]) }
        offset &+= width
        return argument
    }

    @inline(__always)
    private mutating func add(_ kind: Tape.Item.Kind, _ start: Int, _ argument: UInt64) {
        tape.items.append(
            Tape.Item(
                kind: kind, start: UInt32(truncatingIfNeeded: start),
                next: UInt32(truncatingIfNeeded: tape.items.count &+ 1), argument: argument))
    }

    private mutating func addString(_ kind: Tape.Item.Kind, _ argument: UInt64) throws {
        let length = try takeLength(argument)
        if kind == .text, !TextBytes.isUTF8(input + offset, length) { throw error(.invalidUTF8) }
        add(kind, offset, argument)
        offset &+= length
    }

    /// A declared length, if there are so many bytes.
    @inline(__always)
    private func takeLength(_ argument: UInt64) throws -> Int {
        guard argument <= UInt64(truncatingIfNeeded: end &- offset) else { throw error(.lengthBeyondEnd) }
        return Int(truncatingIfNeeded: argument)
    }

    private mutating func addSimple(_ information: UInt8, _ start: Int, _ argument: UInt64) throws {
        switch information {
        case 24 where argument < 32: throw ValueError(.invalidSimple, offset: start)
        case 25: add(.half, start, FloatForms.widened(half: UInt16(truncatingIfNeeded: argument)))
        case 26: add(.single, start, FloatForms.widened(single: UInt32(truncatingIfNeeded: argument)))
        case 27: add(.double, start, argument)
        default: add(.simple, start, argument)
        }
    }

    // MARK: Indefinite lengths

    private mutating func scanIndefinite(_ major: UInt8, _ information: UInt8) throws {
        guard information == 31 else { throw error(.reservedInformation) }
        let start = offset
        switch major {
        case Head.bytes, Head.text:
            offset &+= 1
            try joinChunks(major, start)
            try finishItem()
        case Head.array, Head.map:
            offset &+= 1
            try openContainer(major == Head.array ? .array : .map, start, items: Self.indefinite)
        default: throw error(.indefiniteNotAllowed)
        }
    }

    private mutating func joinChunks(_ major: UInt8, _ start: Int) throws {
        let first = tape.joined.count
        while true {
            guard offset < end else { throw error(.truncated) }
            let initial = input[offset]
            if initial == Head.stop { break }
            guard initial & 0xE0 == major, initial & 0x1F < 28 else { throw error(.wrongChunk) }
            let length = try takeLength(takeArgument(initial & 0x1F))
            // Each piece of a text must be text by itself.
            if major == Head.text, !TextBytes.isUTF8(input + offset, length) { throw error(.invalidUTF8) }
            tape.joined.append(input + offset, length)
            offset &+= length
        }
        offset &+= 1
        let length = UInt64(truncatingIfNeeded: tape.joined.count &- first)
        add(major == Head.text ? .joinedText : .joinedBytes, first, length | UInt64(truncatingIfNeeded: start) << 32)
    }

    private mutating func closeIndefinite() throws {
        guard open != Self.none else { throw error(.unexpectedBreak) }
        let container = tape.items.base[Int(open)]
        guard container.kind != .tag, container.cursor == Self.indefinite else { throw error(.unexpectedBreak) }
        if container.kind == .map, container.count & 1 == 1 { throw error(.unexpectedBreak) }
        offset &+= 1
        try closeContainer()
        try finishItem()
    }

    // MARK: Containers. While one is open, `count` is the items it got and `cursor` how many it will get.

    private mutating func openDefinite(_ kind: Tape.Item.Kind, _ start: Int, _ argument: UInt64) throws {
        let left = UInt64(truncatingIfNeeded: end &- offset)
        guard argument <= (kind == .map ? left / 2 : left) else { throw error(.lengthBeyondEnd) }
        let items = UInt32(truncatingIfNeeded: argument) &* (kind == .map ? 2 : 1)
        guard items <= limits.elements else { throw error(.tooManyElements) }
        try openContainer(kind, start, items: items)
        if items == 0 {
            try closeContainer()
            try finishItem()
        }
    }

    private mutating func openTag(_ start: Int, _ argument: UInt64) throws {
        try enter()
        add(.tag, start, argument)
        tape.items.base[tape.items.count &- 1].next = open
        open = UInt32(truncatingIfNeeded: tape.items.count &- 1)
    }

    private mutating func openContainer(_ kind: Tape.Item.Kind, _ start: Int, items: UInt32) throws {
        try enter()
        add(kind, start, UInt64(items))
        tape.items.base[tape.items.count &- 1].next = open
        open = UInt32(truncatingIfNeeded: tape.items.count &- 1)
    }

    private mutating func enter() throws {
        depth &+= 1
        if depth > limits.depth { throw error(.tooDeep) }
    }

    /// Counts an item in the container around it, and the containers that it completes in those around them.
    @inline(__always)
    private mutating func finishItem() throws {
        while open != Self.none {
            let container = tape.items.base + Int(open)
            if container.pointee.kind != .tag {
                container.pointee.count &+= 1
                guard container.pointee.count == Int(container.pointee.cursor) else { return }
            }
            try closeContainer()
        }
    }

    private mutating func closeContainer() throws {
        let index = Int(open)
        let container = tape.items.base + index
        open = container.pointee.next
        depth &-= 1
        container.pointee.next = UInt32(truncatingIfNeeded: tape.items.count)
        guard container.pointee.kind == .map else { return }
        container.pointee.count >>= 1
        container.pointee.cursor = UInt32(truncatingIfNeeded: index &+ 1)
        if tape.hasDuplicate(in: index) { throw ValueError(.duplicateKey, offset: Int(container.pointee.start)) }
    }

    private func error(_ reason: ValueError.Reason) -> ValueError { ValueError(reason, offset: offset) }
}
