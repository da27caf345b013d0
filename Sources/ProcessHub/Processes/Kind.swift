// SPDX-License-Identifier: Apache-2.0

internal import Distributed
internal import HubCore

extension Kinds {
    /// Registers a process type, which a node has to know to call it as well as to host it.
    ///
    /// - Throws: ``HubError`` if the type cannot be a kind or another one has its name; nothing was registered.
    @discardableResult
    func register<P: HubProcess>(_ type: P.Type) throws(HubError) -> KindPlan {
        if let known = plan(of: type) { return known }
        return try register(
            KindPlan(
                type, kind: P.kind, isConcurrent: P.turns == .concurrent, idempotent: P.idempotent,
                errors: ErrorForms(P.errors), fallback: Self.execute))
    }

    /// Kinds that learn the type of any process they meet.
    static var ofProcesses: Kinds {
        Kinds { kinds, type in
            // A type that cannot be a kind stays unknown, and the call says so.
            if let process = type as? any HubProcess.Type { _ = try? kinds.register(process) }
        }
    }

    private static func execute(
        on actor: any DistributedActor, target: String, arguments: inout HubInvocationDecoder, handler: HubResultHandler
    ) async throws {
        guard let process = actor as? any HubProcess else {
            throw HubError(.internalFault, "\(type(of: actor)) is no process", outcome: .notExecuted)
        }
        try await opened(process, target, &arguments, handler)
    }

    private static func opened<P: HubProcess>(
        _ process: P, _ target: String, _ arguments: inout HubInvocationDecoder, _ handler: HubResultHandler
    ) async throws {
        try await process.actorSystem.executeDistributedTarget(
            on: process, target: RemoteCallTarget(target), invocationDecoder: &arguments, handler: handler)
    }
}
