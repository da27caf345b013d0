// SPDX-License-Identifier: Apache-2.0

/// Reads bytes that a peer sent: every read is checked against the end, every length before anything is allocated.
///
/// It borrows the memory, so it must not outlive the closure that lent it.
package struct ByteReader {
    private let memory: UnsafeRawBufferPointer
    private let end: Int
    /// How many bytes into the memory the next read begins; what a ``WireFault`` reports.
    package private(set) var offset: Int

    /// A reader of `memory` that begins after its first `start` bytes.
    package init(_ memory: UnsafeRawBufferPointer, from start: Int = 0) {
        self.memory = memory
        end = memory.count
        offset = min(max(0, start), memory.count)
    }

    private init(_ memory: UnsafeRawBufferPointer, _ range: Range<Int>) {
        self.memory = memory
        offset = range.lowerBound
        end = range.upperBound
    }

    package var remaining: Int { end - offset }
    package var isAtEnd: Bool { offset == end }

    /// The fault of `rule` at the next byte.
    package func fault(_ rule: WireFault.Rule) -> WireFault { WireFault(rule, at: offset) }

    /// Moves past `count` bytes and returns where they began.
    @inline(__always)
    private mutating func advance(by count: Int) throws(WireFault) -> Int {
        guard count >= 0, count <= end - offset else { throw fault(.truncated) }
        let start = offset
        offset = start &+ count
        return start
    }
}

extension ByteReader {
    @inline(__always)
    package mutating func u8() throws(WireFault) -> UInt8 { memory[try advance(by: 1)] }

    package mutating func u16() throws(WireFault) -> UInt16 { try fixedWidth(UInt16.self) }

    package mutating func u32() throws(WireFault) -> UInt32 { try fixedWidth(UInt32.self) }

    package mutating func u64() throws(WireFault) -> UInt64 { try fixedWidth(UInt64.self) }

    @inline(__always)
    private mutating func fixedWidth<T: FixedWidthInteger & BitwiseCopyable>(
        _ type: T.Type
    ) throws(WireFault) -> T {
        T(bigEndian: memory.loadUnaligned(fromByteOffset: try advance(by: MemoryLayout<T>.size), as: type))
    }

    /// A LEB128 number of at most ten bytes, in its shortest form.
    @inline(__always)
    package mutating func varint() throws(WireFault) -> UInt64 {
        if offset < end, memory[offset] < 0x80 {
            defer { offset &+= 1 }
            return UInt64(memory[offset])
        }
        return try longVarint()
    }

    private mutating func longVarint() throws(WireFault) -> UInt64 {
        let start = offset
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try u8()
            if shift == 63, byte > 1 { throw WireFault(.varintTooLong, at: start) }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 {
                if byte == 0, shift > 0 { throw WireFault(.varintNotShortest, at: start) }
                return value
            }
            shift += 7
        }
    }

    /// A length as a varint, not above `limit` and not beyond the end.
    package mutating func length(limit: Int = .max) throws(WireFault) -> Int {
        let start = offset
        let value = try varint()
        guard value <= UInt64(max(0, limit)) else { throw WireFault(.overLimit, at: start) }
        guard value <= UInt64(remaining) else { throw WireFault(.truncated, at: start) }
        return Int(value)
    }

    /// The number of elements that follow: not above `limit`, nor more than the rest can hold at `bytesEach`.
    package mutating func count(limit: Int, bytesEach: Int = 1) throws(WireFault) -> Int {
        let start = offset
        let value = try varint()
        guard value <= UInt64(max(0, limit)) else { throw WireFault(.overLimit, at: start) }
        guard value <= UInt64(remaining / max(1, bytesEach)) else { throw WireFault(.truncated, at: start) }
        return Int(value)
    }
}

extension ByteReader {
    /// The next `count` bytes, where they lie.
    package mutating func raw(_ count: Int) throws(WireFault) -> UnsafeRawBufferPointer {
        let start = try advance(by: count)
        return UnsafeRawBufferPointer(rebasing: memory[start..<offset])
    }

    /// A varint length not above `limit`, then so many bytes, where they lie.
    package mutating func prefixed(limit: Int = .max) throws(WireFault) -> UnsafeRawBufferPointer {
        try raw(try length(limit: limit))
    }

    /// A varint length not above `limit`, then a reader of so many bytes; this reader moves past them.
    package mutating func prefixedReader(limit: Int = .max) throws(WireFault) -> ByteReader {
        let start = try advance(by: try length(limit: limit))
        return ByteReader(memory, start..<offset)
    }

    /// Everything up to the end, where it lies.
    package mutating func rest() -> UnsafeRawBufferPointer {
        defer { offset = end }
        return UnsafeRawBufferPointer(rebasing: memory[offset..<end])
    }

    /// A varint length not above `limit`, then so many bytes of UTF-8.
    package mutating func text(limit: Int = .max) throws(WireFault) -> String {
        let start = offset
        let source = try prefixed(limit: limit)
        guard let text = String(validating: source, as: UTF8.self) else { throw WireFault(.invalidText, at: start) }
        return text
    }

    /// A text of any length, of which at most `limit` bytes are kept, cut between scalars.
    package mutating func text(cutTo limit: Int) throws(WireFault) -> String {
        try text().cut(toBytes: limit)
    }

    /// - Throws: ``WireFault`` with ``WireFault/Rule/trailingBytes`` unless everything was read.
    package func expectEnd() throws(WireFault) {
        guard isAtEnd else { throw fault(.trailingBytes) }
    }
}
