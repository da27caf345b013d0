// SPDX-License-Identifier: Apache-2.0

internal import HubCore
package import HubWire

/// Stops the fuzzer if bytes that decode to an envelope do not come back from it.
package func expectSense(of type: FrameType, in payload: UnsafeRawBufferPointer) {
    switch type {
    case .hello: expectSense(Hello.self, payload)
    case .refusal: expectSense(RefusalEnvelope.self, payload)
    case .call, .cast: expectSense(CallEnvelope.self, payload)
    case .reply: expectSense(ReplyEnvelope.self, payload)
    case .error: expectSense(ErrorEnvelope.self, payload)
    case .cancel: expectSense(CancelEnvelope.self, payload)
    case .ping, .pong: expectSense(PingEnvelope.self, payload)
    case .defineMethod: expectSense(MethodDefinition.self, payload)
    case .bulkChunk: expectSense(BulkChunk.self, payload)
    case .bulkAcknowledgement: expectSense(BulkAcknowledgement.self, payload)
    case .machine: expectSense(MachineEnvelope.self, payload)
    case .incarnation: expectSense(IncarnationNotice.self, payload)
    case .goodbye: expectSense(Goodbye.self, payload)
    }
}

/// Stops the fuzzer if bytes that decode to this envelope do not come back from it.
package func expectSense<E: Envelope>(_ type: E.Type, _ payload: UnsafeRawBufferPointer) {
    var reader = ByteReader(payload)
    guard let envelope = try? E(from: &reader) else { return }
    precondition(reader.remaining < payload.count, "an envelope of no bytes")
    var writer = ByteWriter()
    do {
        try envelope.encode(into: &writer)
    } catch {
        fatalError("\(envelope) was read but cannot be written: \(error)")
    }
    let again = writer.bytes.withUnsafeBytes { memory in
        var reader = ByteReader(memory)
        return try? E(from: &reader)
    }
    precondition(again == envelope, "\(envelope) came back as \(String(describing: again))")
}
