// SPDX-License-Identifier: Apache-2.0

internal import FuzzSupport
internal import HubCore
internal import HubWire

/// Decodes the bytes as each envelope in turn.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzEnvelopes(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = UnsafeRawBufferPointer(start: start, count: count)
    expectSense(Hello.self, bytes)
    expectSense(RefusalEnvelope.self, bytes)
    expectSense(PingEnvelope.self, bytes)
    expectSense(MachineEnvelope.self, bytes)
    expectSense(IncarnationNotice.self, bytes)
    expectSense(Goodbye.self, bytes)
    expectSense(MethodDefinition.self, bytes)
    expectSense(CallEnvelope.self, bytes)
    expectSense(CancelEnvelope.self, bytes)
    expectSense(ReplyEnvelope.self, bytes)
    expectSense(ErrorEnvelope.self, bytes)
    expectSense(BulkChunk.self, bytes)
    expectSense(BulkAcknowledgement.self, bytes)
    return 0
}
