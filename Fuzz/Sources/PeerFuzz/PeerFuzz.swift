// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubWire

/// What one peer sends to the machines of a node. The first byte says to which one; then message follows message.
///
/// Each message that decodes has to come back from its own bytes, and the machine has to live through it: whatever it
/// answers, now or when time passes, must be a message that can be sent.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzPeers(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 1 else { return 0 }
    var reader = ByteReader(UnsafeRawBufferPointer(start: start + 1, count: count - 1))
    switch start[0] & 1 {
    case 0:
        var target = NodeTarget()
        while !reader.isAtEnd, let message = try? NodeMessage(from: &reader) {
            expectSame(message, NodeMessage.init(from:)) { message, writer throws(WireFault) in
                try message.encode(into: &writer)
            }
            target.receive(message)
        }
    default:
        var target = HubTarget()
        while !reader.isAtEnd, let message = try? HubMessage(from: &reader) {
            expectSame(message, HubMessage.init(from:)) { message, writer throws(WireFault) in
                try message.encode(into: &writer)
            }
            target.receive(message)
        }
    }
    return 0
}

/// Stops the fuzzer if a message that was read does not come back from its own bytes.
private func expectSame<M: Equatable>(
    _ message: M, _ read: (inout ByteReader) throws(WireFault) -> M,
    _ write: (M, inout ByteWriter) throws(WireFault) -> Void
) {
    var writer = ByteWriter()
    do throws(WireFault) {
        try write(message, &writer)
    } catch {
        fatalError("\(message) was read but cannot be written: \(error)")
    }
    let again = writer.bytes.withUnsafeBytes { memory in
        var reader = ByteReader(memory)
        return try? read(&reader)
    }
    precondition(again == message, "\(message) came back as \(String(describing: again))")
}
