// SPDX-License-Identifier: Apache-2.0

internal import Distributed
internal import HubCore
internal import Synchronization

/// The process types that one node knows. Only they are ever decoded or executed.
final class Kinds: Sendable {
    private struct State {
        var byName: [ProcessKind: KindPlan] = [:]
        var byType: [ObjectIdentifier: KindPlan] = [:]
        var byTarget: [String: MethodPlan] = [:]
        /// By where the name lies in memory. The name is kept, so that an address cannot come to mean another.
        var byAddress: [UInt: (name: String, plan: MethodPlan)] = [:]
    }

    private let state = Mutex(State())
    /// Registers a kind that is first met in a reference; set by the room that knows what a process is.
    private let onDemand: @Sendable (Kinds, any DistributedActor.Type) -> Void

    init(onDemand: @escaping @Sendable (Kinds, any DistributedActor.Type) -> Void) {
        self.onDemand = onDemand
    }

    /// Registers the type of a reference that came from elsewhere, if it can be a kind.
    func learn(_ type: any DistributedActor.Type) {
        onDemand(self, type)
    }

    /// Adds a kind; adding the same type again changes nothing.
    ///
    /// - Throws: ``HubError`` with ``HubError/Code/duplicateKind`` if another type has the name; nothing was registered.
    func register(_ plan: KindPlan) throws(HubError) -> KindPlan {
        let known = state.withLock { state -> KindPlan in
            if let known = state.byName[plan.kind] { return known }
            state.byName[plan.kind] = plan
            state.byType[ObjectIdentifier(plan.type)] = plan
            for method in plan.methods.values { state.byTarget[method.identifier] = method }
            return plan
        }
        guard ObjectIdentifier(known.type) == ObjectIdentifier(plan.type) else {
            throw HubError(
                .duplicateKind,
                "\(String(reflecting: known.type)) and \(String(reflecting: plan.type)) are both named \(plan.kind)",
                outcome: .notExecuted)
        }
        return known
    }

    func plan(of kind: ProcessKind) -> KindPlan? {
        state.withLock { $0.byName[kind] }
    }

    func plan(of type: any DistributedActor.Type) -> KindPlan? {
        state.withLock { $0.byType[ObjectIdentifier(type)] }
    }

    /// The method that a call made in this binary means.
    ///
    /// The name is a literal of the call's own code, so its address nearly always tells which it is without reading it.
    func method(target identifier: String) -> MethodPlan? {
        let address = identifier.utf8.withContiguousStorageIfAvailable { UInt(bitPattern: $0.baseAddress) } ?? 0
        return state.withLock { state in
            if let known = state.byAddress[address], known.name == identifier { return known.plan }
            guard let plan = state.byTarget[identifier] else { return nil }
            if state.byAddress.count < Self.addressLimit { state.byAddress[address] = (identifier, plan) }
            return plan
        }
    }

    /// More call sites than any program has; a bound for names that are made at run time.
    private static let addressLimit = 16_384
}
