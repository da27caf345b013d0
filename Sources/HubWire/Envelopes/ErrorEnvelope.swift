// SPDX-License-Identifier: Apache-2.0

package import HubCore

/// The call of this stream id failed. What follows it is the error's own bytes if its type is registered.
package struct ErrorEnvelope: Hashable, Sendable {
    /// Of the activation that answered; none if no activation did.
    package var epoch: Epoch
    package var failure: Failure

    package init(_ failure: Failure, epoch: Epoch = .none) {
        self.failure = failure
        self.epoch = epoch
    }

    package enum Failure: Hashable, Sendable {
        /// The gate, or the node, did not execute the sending or cannot say whether it did.
        case refusal(Refusal)
        /// The library failed.
        case hub(HubFailure)
        /// The process threw an error of a registered type; its bytes follow the envelope.
        case thrown(type: String)
        /// The process threw any other error.
        case described(type: String, text: String)
    }
}

/// A ``HubCore/HubError`` as it crosses the wire.
package struct HubFailure: Hashable, Sendable {
    /// The number of a ``HubCore/HubError/Code``; a newer version may send one that is not known here.
    package var code: UInt8
    package var outcome: Outcome
    package var message: String

    package init(code: UInt8, outcome: Outcome, message: String) {
        self.code = code
        self.outcome = outcome
        self.message = message
    }

    package init(_ error: HubError) {
        self.init(code: error.code.number, outcome: error.outcome, message: error.message)
    }

    /// The error; `refused`, with the number in its message, if only a newer version knows the code.
    package var error: HubError {
        guard let known = HubError.Code(number: code) else {
            return HubError(.refused, "the peer answered with code \(code): \(message)", outcome: outcome)
        }
        return HubError(known, message, outcome: outcome)
    }
}

extension ErrorEnvelope: Envelope {
    package func encode(into writer: inout ByteWriter) throws(WireFault) {
        try writer.fields { writer throws(WireFault) in
            writer.epoch(epoch)
            writer.u8(failure.kind)
            try writer.lengthPrefixed { writer throws(WireFault) in
                try failure.encode(into: &writer)
            }
        }
    }

    package init(from reader: inout ByteReader) throws(WireFault) {
        var fields = try reader.fields()
        epoch = try fields.epoch()
        let kind = try fields.u8()
        var details = try fields.prefixedReader()
        failure = try Failure(kind: kind, from: &details)
        try fields.skipExtensionFields()
    }
}

extension ErrorEnvelope.Failure {
    fileprivate var kind: UInt8 {
        switch self {
        case .refusal: 0
        case .hub: 1
        case .thrown: 2
        case .described: 3
        }
    }

    fileprivate func encode(into writer: inout ByteWriter) throws(WireFault) {
        switch self {
        case .refusal(let refusal):
            try writer.refusal(refusal)
        case .hub(let failure):
            writer.u8(failure.code)
            writer.u8(failure.outcome.rawValue)
            writer.text(failure.message, cutTo: Limits.errorTextBytes)
        case .thrown(let type):
            guard type.utf8.count <= Limits.errorTypeBytes else { throw WireFault(.overLimit, at: writer.count) }
            writer.text(type)
        case .described(let type, let text):
            writer.text(type, cutTo: Limits.errorTypeBytes)
            writer.text(text, cutTo: Limits.errorTextBytes)
        }
    }

    /// What a newer version adds at the end of `details` is left unread.
    fileprivate init(kind: UInt8, from details: inout ByteReader) throws(WireFault) {
        switch kind {
        case 0:
            self = .refusal(try details.refusal())
        case 1:
            let code = try details.u8()
            let outcome = Outcome(rawValue: try details.u8()) ?? .unknown
            let message = try details.text(cutTo: Limits.errorTextBytes)
            self = .hub(HubFailure(code: code, outcome: outcome, message: message))
        case 2:
            self = .thrown(type: try details.text(limit: Limits.errorTypeBytes))
        case 3:
            let type = try details.text(cutTo: Limits.errorTypeBytes)
            self = .described(type: type, text: try details.text(cutTo: Limits.errorTextBytes))
        default:
            // A kind of failure that a newer version knows: whether the call was executed cannot be told.
            self = .hub(
                HubFailure(
                    code: HubError.Code.refused.number, outcome: .unknown,
                    message: "the peer answered with a failure of kind \(kind), which this version does not know"))
        }
    }
}
