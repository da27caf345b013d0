// SPDX-License-Identifier: Apache-2.0

/// Values that are one item without any container. All are written at the tail.
extension EncodingStore {
    /// Writes any value: directly if it is one item, else as its type says.
    @inline(__always)
    func writeValue<T: Encodable>(_ value: T, in frame: Int, place: Int32) throws {
        if try writeLeaf(value) { return }
        try writeScope(value, in: frame, place: place)
    }

    func writeUnsigned(_ value: UInt64) throws { try writeHead(Head.unsigned, value) }

    func writeSigned(_ value: Int64) throws {
        if value >= 0 {
            try writeHead(Head.unsigned, UInt64(bitPattern: value))
        } else {
            try writeHead(Head.negative, UInt64(bitPattern: ~value))
        }
    }

    func writeWide(_ value: UInt128, in frame: Int) throws {
        if let word = UInt64(exactly: value) { return try writeUnsigned(word) }
        try writeBignum(Head.bignum, value, in: frame)
    }

    func writeWide(_ value: Int128, in frame: Int) throws {
        if value >= 0 { return try writeWide(UInt128(value), in: frame) }
        let magnitude = UInt128(bitPattern: ~value)
        if let word = UInt64(exactly: magnitude) { return try writeHead(Head.negative, word) }
        try writeBignum(Head.negativeBignum, magnitude, in: frame)
    }

    private func writeBignum(_ tag: UInt64, _ value: UInt128, in frame: Int) throws {
        // A tag is a level, and the byte string under it an item of its own.
        if frames.base[frame].level >= limits.depth { throw error(.tooDeep, in: frame) }
        try countItems(1)
        try writeHead(Head.tag, tag)
        let length = 16 &- value.leadingZeroBitCount / 8
        try withUnsafeBytes(of: value.bigEndian) { digits in
            try writeBytes(UnsafeRawBufferPointer(rebasing: digits[(16 &- length)...]))
        }
    }

    func writeBool(_ value: Bool) throws { try writeByte(value ? Head.true : Head.false) }

    func writeNull() throws { try writeByte(Head.null) }

    func writeSingle(_ value: Float) throws { try writeFloat(FloatForms.widened(single: value.bitPattern)) }

    func writeDouble(_ value: Double) throws { try writeFloat(value.bitPattern) }

    private func writeFloat(_ bits: UInt64) throws {
        try reserve(Head.longest)
        let target = UnsafeMutableRawPointer(bytes.base + bytes.count)
        guard let single = FloatForms.single(exactly: bits) else {
            target.storeBytes(of: Head.double, as: UInt8.self)
            target.storeBytes(of: bits.bigEndian, toByteOffset: 1, as: UInt64.self)
            bytes.count &+= 9
            return
        }
        guard let half = FloatForms.half(exactly: single) else {
            target.storeBytes(of: Head.single, as: UInt8.self)
            target.storeBytes(of: single.bigEndian, toByteOffset: 1, as: UInt32.self)
            bytes.count &+= 5
            return
        }
        target.storeBytes(of: Head.half, as: UInt8.self)
        target.storeBytes(of: half.bigEndian, toByteOffset: 1, as: UInt16.self)
        bytes.count &+= 3
    }

    func writeText(_ value: String) throws {
        var value = value
        try value.withUTF8 { try writeString(Head.text, UnsafeRawBufferPointer($0)) }
    }

    func writeBytes(_ value: UnsafeRawBufferPointer) throws { try writeString(Head.bytes, value) }

    @inline(__always)
    private func writeString(_ major: UInt8, _ content: UnsafeRawBufferPointer) throws {
        let length = content.count
        try reserve(length &+ Head.longest)
        let head = Head.write(major, UInt64(truncatingIfNeeded: length), to: bytes.base + bytes.count)
        bytes.count &+= head
        guard let source = content.baseAddress else { return }
        UnsafeMutableRawPointer(bytes.base + bytes.count).copyMemory(from: source, byteCount: length)
        bytes.count &+= length
    }

    @inline(__always)
    private func writeHead(_ major: UInt8, _ argument: UInt64) throws {
        try reserve(Head.longest)
        bytes.count &+= Head.write(major, argument, to: bytes.base + bytes.count)
    }

    @inline(__always)
    private func writeByte(_ byte: UInt8) throws {
        try reserve(1)
        bytes.base[bytes.count] = byte
        bytes.count &+= 1
    }

    /// Room for so many bytes, unless the value grows beyond its limit.
    @inline(__always)
    private func reserve(_ more: Int) throws {
        if bytes.capacity &- bytes.count < more { try grow(more) }
    }

    @inline(never)
    private func grow(_ more: Int) throws {
        // Up to a head's length too early would be wrong by a few bytes; the end is checked to the byte.
        guard more <= limits.bytes &- bytes.count &+ Head.longest else { throw error(.tooLarge) }
        bytes.reserve(more)
    }
}
