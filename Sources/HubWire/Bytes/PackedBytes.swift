// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// A few words put together on the stack: appending each of them to an array costs more than encoding it.
struct PackedBytes: ~Copyable {
    private let memory: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    /// More than any use of it writes.
    static let capacity = 96

    fileprivate init(_ memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

    @inline(__always)
    mutating func u8(_ value: UInt8) {
        memory[count] = value
        count &+= 1
    }

    @inline(__always)
    mutating func u32(_ value: UInt32) {
        memory.storeBytes(of: value.bigEndian, toByteOffset: count, as: UInt32.self)
        count &+= 4
    }

    @inline(__always)
    mutating func u64(_ value: UInt64) {
        memory.storeBytes(of: value.bigEndian, toByteOffset: count, as: UInt64.self)
        count &+= 8
    }

    @inline(__always)
    mutating func varint(_ value: UInt64) {
        var left = value
        while left >= 0x80 {
            u8(UInt8(truncatingIfNeeded: left) | 0x80)
            left >>= 7
        }
        u8(UInt8(truncatingIfNeeded: left))
    }

    @inline(__always)
    mutating func stamp(_ stamp: Stamp) {
        u64(stamp.time)
        u64(stamp.incarnation.rawValue)
    }
}

extension ByteWriter {
    /// Appends what `body` packs, at most ``PackedBytes/capacity`` bytes, in one step.
    @inline(__always)
    mutating func packed(_ body: (inout PackedBytes) -> Void) {
        withUnsafeTemporaryAllocation(byteCount: PackedBytes.capacity, alignment: 8) { memory in
            var packed = PackedBytes(memory)
            body(&packed)
            bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: memory[..<packed.count]))
        }
    }
}
