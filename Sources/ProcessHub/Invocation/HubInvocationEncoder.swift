// SPDX-License-Identifier: Apache-2.0

public import Distributed
internal import HubCore

/// Takes note of a call's arguments as values; only a call that leaves the node encodes them.
public struct HubInvocationEncoder: DistributedTargetInvocationEncoder {
    public typealias SerializationRequirement = any Codable

    @usableFromInline var arguments = Arguments()

    /// - Throws: ``HubError`` with ``HubError/Code/unsupportedMethod``: a generic method cannot be called by name; not
    ///   executed.
    public mutating func recordGenericSubstitution<T>(_ type: T.Type) throws {
        throw HubError(
            .unsupportedMethod, "a generic distributed method, or one of a protocol extension, cannot be called",
            outcome: .notExecuted)
    }

    @inlinable  // Made for the caller's types, it looks no conformance up.
    public mutating func recordArgument<Value: Codable>(_ argument: RemoteCallArgument<Value>) throws {
        arguments.append(argument.value)
    }

    @inlinable
    public mutating func recordReturnType<R: Codable>(_ type: R.Type) throws {}
    @inlinable
    public mutating func recordErrorType<E: Error>(_ type: E.Type) throws {}
    @inlinable
    public mutating func doneRecording() throws {}
}
