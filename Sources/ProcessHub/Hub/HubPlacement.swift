// SPDX-License-Identifier: Apache-2.0

internal import Distributed
package import HubCore

/// Placement by hand: what a hub's own decisions will do, for those who drive a hub without them.
extension Hub {
    /// Starts a process on this node and lets callers of this node find it.
    ///
    /// - Parameter epoch: the epoch of the activation; by default a new one, above all that this node has seen.
    /// - Returns: the route that callers on other nodes have to learn.
    /// - Throws: ``HubError``: the id is invalid or taken, the kind is not among the hub's processes, the node does not
    ///   run, or the initializer threw. Nothing runs then.
    @discardableResult
    package func place<P: HubProcess>(
        _ type: P.Type, id: ChildID, _ arguments: P.Arguments, epoch: Epoch? = nil,
        metadata: [String: MetadataValue] = [:], tags: Set<String> = []
    ) async throws(HubError) -> Route {
        try id.validate()
        guard hosted.contains(P.kind) else {
            throw HubError(.unknownKind, "\(self.id) on \(node.name) does not run \(P.kind)", outcome: .notExecuted)
        }
        try await node.life.untilRunning(atMost: Limits.operationDeadline)
        if let epoch, !node.observe(epoch) {
            throw HubError(
                .invalidConfiguration, "the epoch \(epoch) lies too far ahead", outcome: .notExecuted)
        }
        let epoch = epoch ?? node.mintEpoch()
        let facts = Residence.Facts(
            epoch: epoch, activation: .fresh, role: .active, metadata: metadata, tags: tags)
        try await node.instances.place(P.self, id: ProcessID(hub: self.id, child: id), arguments, facts)
        return Route(node: node.name, epoch: epoch)
    }

    /// Stops a process of this node.
    ///
    /// - Returns: whether it ran here.
    @discardableResult
    package func remove(_ id: ChildID) async -> Bool {
        await node.instances.stop(ProcessID(hub: self.id, child: id), .stopped)
    }

    /// Takes note of where a child is activated. A lower epoch than the one known changes nothing, nor does one that lies
    /// more than a year ahead.
    package func learn(_ id: ChildID, kind: ProcessKind, at route: Route?) {
        if let route, !node.observe(route.epoch) { return }
        node.calls.learn(ProcessID(hub: self.id, child: id), kind: kind, route: route)
    }

    /// Forgets a child that is wished for no longer: calls to it fail at once.
    package func forget(_ id: ChildID) {
        node.calls.forget(ProcessID(hub: self.id, child: id))
    }
}
