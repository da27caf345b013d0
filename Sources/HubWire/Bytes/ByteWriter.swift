// SPDX-License-Identifier: Apache-2.0

/// Appends to an array of bytes; fixed widths are big-endian.
package struct ByteWriter: Sendable {
    package var bytes: [UInt8]

    package init() { bytes = [] }

    /// A writer whose first `capacity` bytes cost no allocation.
    package init(capacity: Int) {
        bytes = []
        bytes.reserveCapacity(max(0, capacity))
    }

    /// Goes on where `bytes` ends.
    package init(appendingTo bytes: consuming [UInt8]) { self.bytes = bytes }

    package var count: Int { bytes.count }

    /// Forgets what was written and keeps the memory.
    package mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }
}

extension ByteWriter {
    @inline(__always)
    package mutating func u8(_ value: UInt8) { bytes.append(value) }

    package mutating func u16(_ value: UInt16) { fixedWidth(value) }

    package mutating func u32(_ value: UInt32) { fixedWidth(value) }

    package mutating func u64(_ value: UInt64) { fixedWidth(value) }

    @inline(__always)
    private mutating func fixedWidth(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    /// LEB128: seven bits a byte, the lowest first, in as few bytes as the value needs.
    @inline(__always)
    package mutating func varint(_ value: UInt64) {
        var left = value
        while left >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: left) | 0x80)
            left >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: left))
    }

    /// The bytes alone, without a length.
    package mutating func raw(_ source: UnsafeRawBufferPointer) { bytes.append(contentsOf: source) }

    /// The bytes alone, without a length.
    package mutating func raw(_ source: [UInt8]) { bytes.append(contentsOf: source) }

    /// The length as a varint, then the bytes.
    package mutating func prefixed(_ source: [UInt8]) {
        varint(UInt64(source.count))
        bytes.append(contentsOf: source)
    }

    /// The length in UTF-8 bytes as a varint, then the text.
    package mutating func text(_ source: String) {
        varint(UInt64(source.utf8.count))
        let isWritten: Void? = source.utf8.withContiguousStorageIfAvailable { raw(UnsafeRawBufferPointer($0)) }
        if isWritten == nil { bytes.append(contentsOf: source.utf8) }
    }

    /// As much of the text as fits into `limit` UTF-8 bytes, cut between scalars.
    package mutating func text(_ source: String, cutTo limit: Int) {
        guard source.utf8.count > limit else { return text(source) }
        text(source.cut(toBytes: limit))
    }
}

extension ByteWriter {
    /// What `body` writes, preceded by its length as a varint.
    ///
    /// One byte is kept for the length; only a body of 128 bytes or more is moved, within the same memory.
    /// If `body` throws, the writer is as it was.
    @inline(__always)
    package mutating func lengthPrefixed(
        _ body: (inout ByteWriter) throws(WireFault) -> Void
    ) throws(WireFault) {
        let mark = bytes.count
        bytes.append(0)
        do {
            try body(&self)
        } catch {
            truncate(to: mark)
            throw error
        }
        let length = bytes.count - mark - 1
        if length < 0x80 {
            bytes[mark] = UInt8(truncatingIfNeeded: length)
        } else {
            insertLength(length, at: mark)
        }
    }

    private mutating func insertLength(_ length: Int, at mark: Int) {
        var width = 1
        while length >> (7 * width) > 0 {
            width += 1
            bytes.append(0)
        }
        bytes.withUnsafeMutableBytes { memory in
            let body = UnsafeRawBufferPointer(rebasing: memory[(mark + 1)..<(mark + 1 + length)])
            UnsafeMutableRawBufferPointer(rebasing: memory[(mark + width)...]).copyMemory(from: body)
            for place in 0..<width {
                let isLast = place == width - 1
                memory[mark + place] = UInt8(truncatingIfNeeded: length >> (7 * place)) & 0x7F | (isLast ? 0 : 0x80)
            }
        }
    }

    /// Keeps a place for a `u32` that ``patch(_:at:)`` fills in.
    package mutating func reserveLength() -> Int {
        let mark = bytes.count
        u32(0)
        return mark
    }

    /// Fills in a place that ``reserveLength()`` gave.
    package mutating func patch(_ value: UInt32, at mark: Int) {
        guard mark >= 0, mark <= bytes.count - 4 else { return }
        bytes.withUnsafeMutableBytes { $0.storeBytes(of: value.bigEndian, toByteOffset: mark, as: UInt32.self) }
    }

    /// Forgets everything after the first `count` bytes.
    package mutating func truncate(to count: Int) {
        let surplus = bytes.count - max(0, count)
        if surplus > 0 { bytes.removeLast(surplus) }
    }
}
