// SPDX-License-Identifier: Apache-2.0

public import Distributed

/// Takes the outcome of a method where no ``ExecutionPlan`` could be made and `executeDistributedTarget` serves.
public struct HubResultHandler: DistributedTargetInvocationResultHandler {
    public typealias SerializationRequirement = any Codable

    /// Called with the address of the value; `Void` is announced with its own type.
    let onValue: (any Any.Type, UnsafeMutableRawPointer) throws -> Void

    public func onReturn<Success: Codable>(value: Success) async throws {
        var value = value
        try withUnsafeMutablePointer(to: &value) { try onValue(Success.self, UnsafeMutableRawPointer($0)) }
    }

    public func onReturnVoid() async throws {
        var nothing: Void = ()
        try withUnsafeMutablePointer(to: &nothing) { try onValue(Void.self, UnsafeMutableRawPointer($0)) }
    }

    public func onThrow<Err: Error>(error: Err) async throws {
        throw error
    }
}
