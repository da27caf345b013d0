// SPDX-License-Identifier: Apache-2.0

internal import Distributed
internal import HubCore

/// Makes references to the children of one hub.
struct Resolver: Sendable {
    let hub: HubID
    let actorSystem: HubActorSystem

    var calls: CallDriver { actorSystem.calls }

    /// - Throws: ``HubError``: the id is invalid, the child is known and of another kind, or the type cannot be a kind.
    func process<P: HubProcess>(_ id: ChildID, as type: P.Type) throws(HubError) -> P {
        try id.validate()
        let kind = try calls.kinds.register(type).kind
        let process = ProcessID(hub: hub, child: id)
        if let known = calls.table[process], known.kind != kind {
            throw HubError(.wrongKind, "\(process) is a \(known.kind), not a \(kind)", outcome: .notExecuted)
        }
        do {
            return try P.resolve(id: process, using: actorSystem)
        } catch {
            throw HubError(.internalFault, "no reference to \(process)", outcome: .notExecuted, cause: error)
        }
    }
}
