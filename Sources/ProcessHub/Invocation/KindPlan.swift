// SPDX-License-Identifier: Apache-2.0

internal import Distributed
internal import HubCore

/// A registered process type: its name for the wire, its methods and the errors that arrive as themselves.
final class KindPlan: Sendable {
    let kind: ProcessKind
    let type: any DistributedActor.Type
    /// Whether turns run side by side instead of one after another.
    let isConcurrent: Bool
    let methods: [MethodName: MethodPlan]
    let errors: ErrorForms

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
