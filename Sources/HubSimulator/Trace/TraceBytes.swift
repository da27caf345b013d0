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
        var left = value
        while left >= 0x80 {
            put(UInt8(truncatingIfNeeded: left) | 0x80)
            left >>= 7
        }
        put(UInt8(truncatingIfNeeded: left))
    }

    func raw(_ source: UnsafeRawBufferPointer) {
        reserve(source.count)
        UnsafeMutableRawBufferPointer(rebasing: memory[count...]).copyMemory(from: source)
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
        varint(UInt64(source.utf8.count))
        var source = source
        source.withUTF8 { raw(UnsafeRawBufferPointer($0)) }
    }
}
