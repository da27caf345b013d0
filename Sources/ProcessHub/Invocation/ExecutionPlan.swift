// SPDX-License-Identifier: Apache-2.0

internal import Distributed

/// The entry point beneath `executeDistributedTarget`: it takes what that function works out anew on every call by
/// demangling the target's name.
@_silgen_name("swift_distributed_execute_target")
private func executeTarget<D: DistributedTargetInvocationDecoder>(
    on actor: AnyObject, _ name: UnsafePointer<UInt8>, _ length: UInt, argumentDecoder: inout D,
    argumentTypes: UnsafeRawPointer, resultBuffer: UnsafeMutableRawPointer, substitutions: UnsafeRawPointer?,
    witnessTables: UnsafeRawPointer?, numWitnessTables: UInt
) async throws

/// The public declaration takes a `Builtin.RawPointer`.
@_silgen_name("swift_func_getParameterTypeInfo")
private func parameterTypes(
    _ name: UnsafePointer<UInt8>, _ length: UInt, _ environment: UnsafeRawPointer?, _ arguments: UnsafeRawPointer?,
    _ types: UnsafeMutableRawPointer, _ count: Int
) -> Int32

/// What the runtime needs to execute one distributed method, found once.
///
/// The buffers are never freed: plans live as long as the binary's types do.
struct ExecutionPlan: @unchecked Sendable {  // The pointers are written before the plan exists and never again.
    private let name: UnsafePointer<UInt8>
    private let nameLength: UInt
    private let argumentTypes: UnsafeRawPointer
    let parameters: [any Any.Type]
    let result: any Any.Type

    /// The plan for a target, or `nil` where the runtime does not answer as expected and `executeDistributedTarget`
    /// has to serve: a generic method, an unknown type.
    init?(identifier: String) {
        let bytes = Array(identifier.utf8)
        let name = UnsafeMutablePointer<UInt8>.allocate(capacity: bytes.count)
        name.initialize(from: bytes, count: bytes.count)
        let length = UInt(bytes.count)
        guard _getGenericEnvironmentOfDistributedTarget(name, length) == nil,
            let count = Self.parameterCount(name, length),
            let types = Self.types(of: name, length, count: count),
            let result = __getReturnTypeInfo(name, length, nil, nil)
        else {
            name.deallocate()
            return nil
        }
        self.name = UnsafePointer(name)
        nameLength = length
        argumentTypes = UnsafeRawPointer(types)
        parameters = (0..<count).map { types[$0] }
        self.result = result
    }

    private static func parameterCount(_ name: UnsafePointer<UInt8>, _ length: UInt) -> Int? {
        let count = Int(__getParameterCount(name, length))
        return count >= 0 ? count : nil
    }

    private static func types(
        of name: UnsafePointer<UInt8>, _ length: UInt, count: Int
    ) -> UnsafeMutablePointer<any Any.Type>? {
        let types = UnsafeMutablePointer<any Any.Type>.allocate(capacity: max(count, 1))
        guard Int(parameterTypes(name, length, nil, nil, UnsafeMutableRawPointer(types), count)) == count else {
            types.deallocate()
            return nil
        }
        return types
    }

    /// Runs the method on `actor`, which must be an instance of the type that the plan was made for.
    ///
    /// - Parameter result: memory for one value of ``result``; initialized when the call returns, untouched if it throws.
    @inline(__always)
    func execute<D: DistributedTargetInvocationDecoder>(
        on actor: AnyObject, arguments: inout D, result: UnsafeMutableRawPointer
    ) async throws {
        try await executeTarget(
            on: actor, name, nameLength, argumentDecoder: &arguments, argumentTypes: argumentTypes,
            resultBuffer: result, substitutions: nil, witnessTables: nil, numWitnessTables: 0)
    }
}
