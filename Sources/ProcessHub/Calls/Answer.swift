// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubWire

/// What a sending is answered with.
enum Answer: Sendable {
    /// Executed; the encoded result.
    case result([UInt8])
    case failure(ErrorEnvelope.Failure, payload: [UInt8] = [])

    static func refusal(_ refusal: Refusal) -> Answer { .failure(.refusal(refusal)) }
    static func error(_ error: HubError) -> Answer { .failure(.hub(HubFailure(error))) }
}

extension Answer {
    /// The answer as the reply window keeps it: without the epoch, which may be another when it is given again.
    ///
    /// - Returns: `nil` if it cannot be encoded; the window then keeps only that the request was executed.
    var stored: StoredReply? {
        switch self {
        case .result(let bytes):
            return StoredReply(bytes: bytes, isFailure: false)
        case .failure(let failure, let payload):
            var writer = ByteWriter()
            guard (try? ErrorEnvelope(failure).encode(into: &writer)) != nil else { return nil }
            writer.raw(payload)
            return StoredReply(bytes: writer.bytes, isFailure: true)
        }
    }

    /// The answer that the reply window kept.
    init(_ stored: StoredReply) {
        guard stored.isFailure else {
            self = .result(stored.bytes)
            return
        }
        self =
            stored.bytes.withUnsafeBytes { bytes -> Answer? in
                var reader = ByteReader(bytes)
                guard let envelope = try? ErrorEnvelope(from: &reader) else { return nil }
                return .failure(envelope.failure, payload: Array(reader.rest()))
            } ?? .refusal(.replyGone)
    }
}
