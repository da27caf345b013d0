// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// On whose orders instances are made: one hub of this node. It hears what became of them.
final class Sponsor: Sendable {
    /// What became of an order, or of an instance by itself.
    enum Report: Sendable {
        case started([InstanceID])
        case failed(InstanceID, StartFault)
        case ended(InstanceID, ExitReason)
    }

    let hub: HubID
    /// The kinds that the hub may run on this node.
    private let plans: [ProcessKind: KindPlan]
    /// Ends an instance that asked for it.
    let onStopRequest: @Sendable (Instance) -> Void
    /// Called by whoever carried out the order, on any thread, under no lock.
    let report: @Sendable (Report) -> Void

    init(
        hub: HubID, kinds: Set<ProcessKind>, of registered: Kinds,
        onStopRequest: @escaping @Sendable (Instance) -> Void,
        report: @escaping @Sendable (Report) -> Void
    ) {
        self.hub = hub
        let plans = kinds.compactMap { registered.plan(of: $0) }
        self.plans = Dictionary(uniqueKeysWithValues: plans.map { ($0.kind, $0) })
        self.onStopRequest = onStopRequest
        self.report = report
    }

    /// - Returns: `nil` for a kind that the hub may not run on this node.
    func plan(of kind: ProcessKind) -> KindPlan? { plans[kind] }

    func process(_ child: ChildID) -> ProcessID { ProcessID(hub: hub, child: child) }
}
