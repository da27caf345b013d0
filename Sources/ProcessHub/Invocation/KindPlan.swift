// SPDX-License-Identifier: Apache-2.0

internal import Distributed
internal import HubCore
internal import Synchronization

/// A registered process type: its name for the wire, its methods and the errors that arrive as themselves.
final class KindPlan: Sendable {
    let kind: ProcessKind
    let type: any DistributedActor.Type
    /// Whether turns run side by side instead of one after another.
    let isConcurrent: Bool
    let methods: [MethodName: MethodPlan]
    let errors: ErrorForms
    /// Whether its instances may be made where they are ordered.
    let pace = Mutex(MakingPace())
    /// Its `run` and its `terminate` are those that every process has, and do nothing: known once one was called.
    private let bodyIsUsual = Atomic(false)
    private let endIsUsual = Atomic(false)

    var hasNoBody: Bool { bodyIsUsual.load(ordering: .relaxed) }
    var hasNoEnd: Bool { endIsUsual.load(ordering: .relaxed) }
    func noteUsualBody() { bodyIsUsual.store(true, ordering: .relaxed) }
    func noteUsualEnd() { endIsUsual.store(true, ordering: .relaxed) }

    /// - Throws: ``HubError`` if the type is generic, two of its methods or errors share a name, or `idempotent` names a
    ///   method that it does not have; nothing was registered.
    init<P: DistributedActor>(
        _ type: P.Type, kind: ProcessKind, isConcurrent: Bool, idempotent: Set<MethodName>, errors: ErrorForms,
        fallback: @escaping TargetExecutor
    ) throws(HubError) {
        try kind.validate()
        let names = try MethodNames(of: type).identifiers
        let known = Set(names.map(\.name))
        if let stranger = idempotent.subtracting(known).sorted().first {
            throw HubError(
                .invalidConfiguration, "\(kind) calls \(stranger) idempotent and has no such method",
                outcome: .notExecuted)
        }
        let plans = names.map { name, identifier in
            MethodPlan(
                kind: kind, name: name, identifier: identifier, isIdempotent: idempotent.contains(name),
                fallback: fallback)
        }
        self.kind = kind
        self.type = type
        self.isConcurrent = isConcurrent
        self.errors = errors
        methods = Dictionary(uniqueKeysWithValues: plans.map { ($0.name, $0) })
    }
}
