// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// What a trace is made of, as `ByteWriter` of the wire writes it, in memory that is its own: a trace is written with each
/// event, and an array would be asked each time whether somebody else holds it.
final class TraceBytes {
    @exclusivity(unchecked) private var memory: UnsafeMutableRawBufferPointer
    @exclusivity(unchecked) private(set) var count = 0

    init(capacity: Int) { memory = .allocate(byteCount: max(64, capacity), alignment: 8) }

    deinit { memory.deallocate() }

    func hash(seed: UInt64) -> UInt64 {
        XXHash64.hash(UnsafeRawBufferPointer(rebasing: memory[..<count]), seed: seed)
    }

    func removeAll() { count = 0 }

    /// Makes sure that so many bytes more fit.
    @inline(__always)
    private func reserve(_ more: Int) { if memory.count - count < more { grow(more) } }

    @inline(never)
    private func grow(_ more: Int) {
        let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * memory.count + more, alignment: 8)
        larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[..<count]))
        memory.deallocate()
        memory = larger
    }

    @inline(__always)
    private func put(_ byte: UInt8) {
        memory[count] = byte
        count += 1
    }

    @inline(__always)
    func u8(_ value: UInt8) {
        reserve(1)
        put(value)
    }

    @inline(__always)
    func u16(_ value: UInt16) { fixedWidth(value) }

    @inline(__always)
    func u64(_ value: UInt64) { fixedWidth(value) }

    @inline(__always)
    private func fixedWidth<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
        reserve(MemoryLayout<Value>.size)
        memory.storeBytes(of: value.bigEndian, toByteOffset: count, as: Value.self)
        count += MemoryLayout<Value>.size
    }

    @inline(__always)
    func varint(_ value: UInt64) {
        reserve(10)
        count = Self.put(value, memory, count)
    }

    /// The beginning of a record, at once: every event and every effect has one.
    func record(_ tag: UInt8, _ kind: UInt8, _ time: UInt64, _ seat: UInt64) {
        reserve(22)
        let memory = memory
        var place = count
        memory[place] = tag
        memory[place + 1] = kind
        place = Self.put(time, memory, place + 2)
        count = Self.put(seat, memory, place)
    }

    /// - Returns: the place after the number, for which there is room.
    @inline(__always)
    private static func put(_ value: UInt64, _ memory: UnsafeMutableRawBufferPointer, _ start: Int) -> Int {
        var (left, place) = (value, start)
        while left >= 0x80 {
            memory[place] = UInt8(truncatingIfNeeded: left) | 0x80
            left >>= 7
            place += 1
        }
        memory[place] = UInt8(truncatingIfNeeded: left)
        return place + 1
    }

    @inline(__always)
    func raw(_ source: UnsafeRawBufferPointer) {
        guard let start = source.baseAddress else { return }
        reserve(source.count)
        memory.baseAddress?.advanced(by: count).copyMemory(from: start, byteCount: source.count)
        count += source.count
    }

    func raw(_ source: [UInt8]) { source.withUnsafeBytes { raw($0) } }

    /// The letters of a text, or the digits of a number, alone.
    func letters(_ source: String) {
        var source = source
        source.withUTF8 { raw(UnsafeRawBufferPointer($0)) }
    }

    func digits(_ value: UInt64, radix: UInt64) {
        withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { memory in
            var (left, place) = (value, memory.count)
            repeat {
                let digit = UInt8(left % radix)
                place -= 1
                memory[place] = digit < 10 ? 0x30 + digit : 0x57 + digit
                left /= radix
            } while left > 0
            raw(UnsafeRawBufferPointer(rebasing: memory[place...]))
        }
    }

    /// What `body` writes after its length.
    func prefixed(_ body: (TraceBytes) -> Void) {
        let mark = count
        u8(0)
        body(self)
        let length = count - mark - 1
        if length < 0x80 { return memory[mark] = UInt8(length) }
        let written = Array(memory[(mark + 1)..<count])
        count = mark
        varint(UInt64(length))
        raw(written)
    }

    /// The length in UTF-8 bytes, then the text.
    func text(_ source: String) {
        let isWritten: Void? = source.utf8.withContiguousStorageIfAvailable { utf8 in
            varint(UInt64(utf8.count))
            raw(UnsafeRawBufferPointer(utf8))
        }
        if isWritten == nil { text(String(decoding: Array(source.utf8), as: UTF8.self)) }
    }
}
