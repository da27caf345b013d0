// SPDX-License-Identifier: Apache-2.0

public import Distributed
internal import HubCore
internal import Synchronization

/// The actor system of one node; it serves all hubs of the node.
///
/// A reference never leads to an instance directly, not even on its own node: every call passes the gate of the process
/// it is for, so that a call can wait while the process moves and follow it.
public final class HubActorSystem: DistributedActorSystem, Sendable {
    public typealias ActorID = ProcessID
    public typealias InvocationEncoder = HubInvocationEncoder
    public typealias InvocationDecoder = HubInvocationDecoder
    public typealias ResultHandler = HubResultHandler
    public typealias SerializationRequirement = any Codable

    @usableFromInline let calls: CallDriver
    private let unplacedActors = Atomic<UInt64>(0)

    init(calls: CallDriver) {
        self.calls = calls
    }

    /// What is known of a kind of this program; `nil` for a type that is none.
    func plan(of type: any DistributedActor.Type) -> KindPlan? { calls.kinds.plan(of: type) }

    /// Always nil: the runtime then makes a reference, also for a process of this node.
    public func resolve<Act: DistributedActor>(id: ProcessID, as type: Act.Type) throws -> Act?
    where Act.ID == ProcessID { nil }

    /// The id of an instance that is being placed, or a private one that nobody can look up for an actor that its user
    /// makes by calling the initializer.
    public func assignID<Act: DistributedActor>(_ type: Act.Type) -> ProcessID where Act.ID == ProcessID {
        if let id = Placement.current?.claim(for: type) { return id }
        let number = unplacedActors.add(1, ordering: .relaxed).newValue
        // The empty hub id is no valid name, so no lookup can ask for it.
        return ProcessID(ProcessID(hub: "", child: ChildID("unplaced-\(number)")), residence: .unplaced())
    }

    /// Nothing to do: an instance becomes reachable when its initializer has returned, not when its properties are set.
    public func actorReady<Act: DistributedActor>(_ actor: Act) where Act.ID == ProcessID {}

    /// Nothing to do: an instance leaves the table when it is stopped; a late `deinit` cannot remove its successor.
    public func resignID(_ id: ProcessID) {}

    public func makeInvocationEncoder() -> HubInvocationEncoder { HubInvocationEncoder() }

    // What is generic here is made in the caller's module, for the types of each method: the library's own form would
    // look each conformance up at run time.

    @inlinable
    public func remoteCall<Act, Err, Res>(
        on actor: Act, target: RemoteCallTarget, invocation: inout HubInvocationEncoder, throwing: Err.Type,
        returning: Res.Type
    ) async throws -> Res where Act: DistributedActor, Act.ID == ProcessID, Err: Error, Res: Codable {
        let method = try method(of: target, on: actor)
        let result = UnsafeMutablePointer<Res>.allocate(capacity: 1)
        defer { result.deallocate() }
        let bytes = try await calls.call(
            actor.id, method, invocation.arguments, ResultPlace(UnsafeMutableRawPointer(result), Res.self))
        if let bytes { return try calls.result(bytes, of: actor.id, method) }
        return method.returnsActors ? try calls.references(result.move()) : result.move()
    }

    @inlinable
    public func remoteCallVoid<Act, Err>(
        on actor: Act, target: RemoteCallTarget, invocation: inout HubInvocationEncoder, throwing: Err.Type
    ) async throws where Act: DistributedActor, Act.ID == ProcessID, Err: Error {
        let method = try method(of: target, on: actor)
        let result = UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1)
        defer { result.deallocate() }
        _ = try await calls.call(actor.id, method, invocation.arguments, ResultPlace(result, Void.self))
    }

    @inlinable
    func method(of target: RemoteCallTarget, on actor: some DistributedActor) throws -> MethodPlan {
        try calls.known(target.identifier) ?? calls.learned(target, type(of: actor))
    }
}

extension CallDriver {
    @usableFromInline
    func known(_ target: String) -> MethodPlan? { kinds.method(target: target) }

    /// The method of a reference that came as an argument, of a kind that no hub of this node runs.
    @usableFromInline
    func learned(_ target: RemoteCallTarget, _ type: any DistributedActor.Type) throws -> MethodPlan {
        kinds.learn(type)
        if let method = kinds.method(target: target.identifier) { return method }
        throw HubError(
            .unknownMethod,
            "\(type) has no callable method \(target): it comes from a protocol extension, or its type cannot be a kind",
            outcome: .notExecuted)
    }

    /// Decodes what a process on another node returned.
    @usableFromInline
    func result<Result: Decodable>(_ bytes: [UInt8], of id: ProcessID, _ method: MethodPlan) throws -> Result {
        do {
            return try codec.decode(Result.self, from: bytes)
        } catch {
            throw HubError(
                .undecodableResult, "\(id).\(method.name): \(error)", outcome: .executed, cause: error)
        }
    }

    /// A result with references in the place of instances, which would bypass the gate.
    @usableFromInline
    func references<Result>(_ result: Result) throws -> Result { try References.replacing(result) }
}

/// The identity that the initializer running in this task is to give its actor.
final class Placement: Sendable {
    @TaskLocal static var current: Placement?

    private let id: ProcessID
    private let type: ObjectIdentifier
    private let isClaimed = Atomic<Bool>(false)

    init(id: ProcessID, type: any DistributedActor.Type) {
        self.id = id
        self.type = ObjectIdentifier(type)
    }

    /// The id, once, and only for the type it is meant for: an initializer may make other actors on its way.
    func claim(for type: any DistributedActor.Type) -> ProcessID? {
        guard ObjectIdentifier(type) == self.type else { return nil }
        let wasClaimed = isClaimed.exchange(true, ordering: .relaxed)
        return wasClaimed ? nil : id
    }
}
