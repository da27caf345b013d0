// SPDX-License-Identifier: Apache-2.0

public import Distributed
internal import HubCore
internal import HubWire

/// Gives a method its arguments: the caller's own values, or values decoded from the wire.
public struct HubInvocationDecoder: DistributedTargetInvocationDecoder {
    public typealias SerializationRequirement = any Codable

    private enum Source {
        case values(Arguments)
        case bytes([UInt8], Codec)
    }

    private let source: Source
    /// The index of the next value, or the offset of the next bytes.
    private var position: Int
    /// How many arguments are still to be decoded from bytes.
    private var left = 0

    init(_ arguments: Arguments) {
        source = .values(arguments)
        position = 0
    }

    /// - Throws: ``ArgumentFault`` if the bytes do not hold exactly `count` arguments.
    init(bytes: [UInt8], count: Int, codec: Codec) throws {
        guard let header = CallArray.header(of: bytes), header.count == count else {
            throw ArgumentFault(reason: "the method takes \(count) arguments, the call does not carry as many")
        }
        source = .bytes(bytes, codec)
        position = header.offset
        left = count
        try expectEnd(of: bytes)
    }

    public mutating func decodeGenericSubstitutions() throws -> [any Any.Type] { [] }
    public mutating func decodeErrorType() throws -> (any Any.Type)? { nil }
    public mutating func decodeReturnType() throws -> (any Any.Type)? { nil }

    public mutating func decodeNextArgument<Argument: Codable>() throws -> Argument {
        switch source {
        case .values(let values):
            guard let value = values[position] else { throw ArgumentFault(reason: "an argument is missing") }
            position += 1
            return try Self.take(value)
        case .bytes(let bytes, let codec):
            let argument: Argument
            do {
                argument = try codec.decodePrefix(Argument.self, from: bytes, at: &position)
            } catch {
                throw ArgumentFault(reason: "\(error)")
            }
            left -= 1
            try expectEnd(of: bytes)
            return argument
        }
    }

    /// Nothing may follow the last argument.
    private func expectEnd(of bytes: [UInt8]) throws {
        guard left > 0 || position == bytes.count else {
            throw ArgumentFault(reason: "\(bytes.count - position) bytes follow the last argument")
        }
    }

    /// Unwraps an argument without a dynamic cast where the types are the same, as they nearly always are.
    private static func take<Argument>(_ value: any Codable) throws -> Argument {
        func opened<Value>(_ value: Value) throws -> Argument {
            guard Value.self == Argument.self else { return try cast(value) }
            return unsafeBitCast(value, to: Argument.self)  // One type, as just compared.
        }
        return try opened(value)
    }

    @inline(never)  // An optional of an argument's type is looked up wherever it is used, on every call.
    private static func cast<Value, Argument>(_ value: Value) throws -> Argument {
        guard let argument = value as? Argument else {
            throw ArgumentFault(reason: "an argument is not a \(Argument.self)")
        }
        return argument
    }
}

/// The arguments of a call could not be read; the method was not executed.
struct ArgumentFault: Error {
    let reason: String
}
