// SPDX-License-Identifier: Apache-2.0

public import Distributed
internal import Synchronization

/// What a call costs with no library at all.
public actor PlainCounter {
    private var count = 0
    public init() {}
    public func increment(by n: Int) -> Int {
        count += n
        return count
    }
}

/// What a call through a proxy costs with the standard library alone.
public distributed actor BareCounter {
    public typealias ActorSystem = BareSystem
    private var count = 0

    public init(actorSystem: BareSystem) { self.actorSystem = actorSystem }

    public distributed func increment(by n: Int) -> Int {
        count += n
        return count
    }
}

/// The least actor system that executes calls: it finds the instance, passes the arguments as values and lets the
/// standard library work out the method. No gate, no encoding.
public final class BareSystem: DistributedActorSystem {
    public typealias ActorID = Int
    public typealias InvocationEncoder = BareInvocation
    public typealias InvocationDecoder = BareInvocation
    public typealias ResultHandler = BareResult
    public typealias SerializationRequirement = any (Codable & Sendable)

    private let instances = Mutex<[Int: any DistributedActor]>([:])
    private let lastID = Atomic(0)

    public init() {}

    public func assignID<Act>(_ actorType: Act.Type) -> Int where Act: DistributedActor, Act.ID == Int {
        lastID.wrappingAdd(1, ordering: .relaxed).newValue
    }
    public func actorReady<Act>(_ actor: Act) where Act: DistributedActor, Act.ID == Int {
        instances.withLock { $0[actor.id] = actor }
    }
    public func resignID(_ id: Int) { _ = instances.withLock { $0.removeValue(forKey: id) } }
    public func makeInvocationEncoder() -> BareInvocation { BareInvocation() }

    /// Always a proxy, so that every call arrives in `remoteCall`.
    public func resolve<Act>(id: Int, as actorType: Act.Type) -> Act? where Act: DistributedActor, Act.ID == Int { nil }

    public func remoteCall<Act, Err, Res>(
        on actor: Act, target: RemoteCallTarget, invocation: inout BareInvocation, throwing: Err.Type,
        returning: Res.Type
    ) async throws -> Res
    where Act: DistributedActor, Act.ID == Int, Err: Error, Res: Codable & Sendable {
        guard let result = try await execute(actor.id, target, &invocation) as? Res else { throw BareFault.noResult }
        return result
    }

    public func remoteCallVoid<Act, Err>(
        on actor: Act, target: RemoteCallTarget, invocation: inout BareInvocation, throwing: Err.Type
    ) async throws where Act: DistributedActor, Act.ID == Int, Err: Error {
        _ = try await execute(actor.id, target, &invocation)
    }

    private func execute(_ id: Int, _ target: RemoteCallTarget, _ invocation: inout BareInvocation) async throws -> Any?
    {
        guard let instance = instances.withLock({ $0[id] }) else { throw BareFault.noInstance }
        let result = BareResult()
        try await executeDistributedTarget(
            on: instance, target: target, invocationDecoder: &invocation, handler: result)
        return result.value
    }
}

public enum BareFault: Error {
    case noInstance
    case noResult
    case noArgument
    case unsupported
}

public struct BareInvocation: DistributedTargetInvocationEncoder, DistributedTargetInvocationDecoder {
    public typealias SerializationRequirement = any (Codable & Sendable)
    private var arguments: [any Codable & Sendable] = []
    private var next = 0

    public mutating func recordGenericSubstitution<T>(_ type: T.Type) throws { throw BareFault.unsupported }
    public mutating func recordArgument<Value: Codable & Sendable>(_ argument: RemoteCallArgument<Value>) throws {
        arguments.append(argument.value)
    }
    public mutating func recordErrorType<E: Error>(_ type: E.Type) throws {}
    public mutating func recordReturnType<R: Codable & Sendable>(_ type: R.Type) throws {}
    public mutating func doneRecording() throws {}

    public mutating func decodeGenericSubstitutions() -> [any Any.Type] { [] }
    public mutating func decodeNextArgument<Argument: Codable & Sendable>() throws -> Argument {
        guard next < arguments.count, let argument = arguments[next] as? Argument else { throw BareFault.noArgument }
        next += 1
        return argument
    }
    public mutating func decodeErrorType() -> (any Any.Type)? { nil }
    public mutating func decodeReturnType() -> (any Any.Type)? { nil }
}

/// Confined to one call: written by the executed method and read after it returned.
public final class BareResult: DistributedTargetInvocationResultHandler {
    public typealias SerializationRequirement = any (Codable & Sendable)
    private(set) var value: Any?

    public func onReturn<Success: Codable & Sendable>(value: Success) async throws { self.value = value }
    public func onReturnVoid() async throws { value = () }
    public func onThrow<Err: Error>(error: Err) async throws { throw error }
}
