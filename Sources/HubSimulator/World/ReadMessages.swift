// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubWire

/// Messages of hubs that were read lately. What goes to several peers is encoded once, so each of them is given the very
/// same memory: the first reads it, the others take what the first read.
struct ReadMessages {
    struct Entry {
        /// Kept, so that nothing else comes to lie where it lies.
        fileprivate let bytes: [UInt8]
        let hub: HubID
        let message: HubMessage
    }

    private var entries: [Entry?] = Array(repeating: nil, count: 256)

    @inline(__always)
    private func place(of bytes: [UInt8]) -> (place: Int, address: UInt) {
        let address = bytes.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
        return (Int(truncatingIfNeeded: (address >> 4 &* 0x9E37_79B9) >> 12) & (entries.count - 1), address)
    }

    /// What was read from this very memory, if it was.
    subscript(bytes: [UInt8]) -> Entry? {
        let (place, address) = place(of: bytes)
        guard let entry = entries[place],
            entry.bytes.withUnsafeBufferPointer({ UInt(bitPattern: $0.baseAddress) }) == address
        else { return nil }
        return entry
    }

    /// Takes note of what others may be given too.
    mutating func note(_ message: HubMessage, of hub: HubID, in bytes: [UInt8]) {
        guard case .registry(let registry) = message, case .delta = registry.body else { return }
        entries[place(of: bytes).place] = Entry(bytes: bytes, hub: hub, message: message)
    }
}
