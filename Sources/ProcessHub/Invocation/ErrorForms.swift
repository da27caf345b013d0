// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// The error types of a kind that cross the wire as themselves.
struct ErrorForms: Sendable {
    private let encoders: [ObjectIdentifier: Form]
    private let decoders: [String: Form]

    private struct Form: Sendable {
        let name: String
        let encode: @Sendable (any Error, Codec) throws -> [UInt8]
        let decode: @Sendable ([UInt8], Codec) throws -> any Error
    }

    /// - Throws: ``HubError`` with ``HubError/Code/invalidConfiguration`` if two types share a name.
    init(_ types: [any (Error & Codable & Sendable).Type]) throws(HubError) {
        var encoders: [ObjectIdentifier: Form] = [:]
        var decoders: [String: Form] = [:]
        for type in types {
            let form = Self.form(of: type)
            guard encoders.updateValue(form, forKey: ObjectIdentifier(type)) == nil else { continue }
            guard decoders.updateValue(form, forKey: form.name) == nil else {
                throw HubError(
                    .invalidConfiguration, "two registered errors are named \(form.name)", outcome: .notExecuted)
            }
        }
        self.encoders = encoders
        self.decoders = decoders
    }

    private static func form<E: Error & Codable & Sendable>(of type: E.Type) -> Form {
        Form(
            name: String(describing: type),
            encode: { error, codec in
                guard let error = error as? E else { throw ResultFault(reason: "not a \(E.self)") }
                return try codec.encode(error)
            },
            decode: { bytes, codec in try codec.decode(E.self, from: bytes) })
    }

    /// Whether errors of this type arrive as themselves.
    func contains(_ error: any Error) -> Bool {
        encoders[ObjectIdentifier(type(of: error))] != nil
    }

    /// The name and the bytes of a registered error; `nil` for any other, or one that does not encode.
    func encoded(_ error: any Error, with codec: Codec) -> (name: String, bytes: [UInt8])? {
        guard let form = encoders[ObjectIdentifier(type(of: error))] else { return nil }
        return (try? form.encode(error, codec)).map { (form.name, $0) }
    }

    /// The error of a name and its bytes; `nil` if the name is not registered here or the bytes do not decode.
    func decoded(_ name: String, _ bytes: [UInt8], with codec: Codec) -> (any Error)? {
        decoders[name].flatMap { try? $0.decode(bytes, codec) }
    }
}
