// SPDX-License-Identifier: Apache-2.0

internal import Distributed
package import HubCore
internal import Synchronization

/// Placement by hand, for those who drive a hub without its machine.
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
        let child = Child(type, id: id, arguments, metadata: metadata, tags: tags)
        try ChildRules.check(child)
        try await node.life.untilRunning(atMost: Limits.operationDeadline)
        if let epoch, !node.observe(epoch) {
            throw HubError(.invalidConfiguration, "the epoch \(epoch) lies too far ahead", outcome: .notExecuted)
        }
        guard node.calls.table.instance(ProcessID(hub: self.id, child: id)) == nil else {
            throw HubError(.alreadyStarted, "\(id) runs on \(node.name) already", outcome: .notExecuted)
        }
        let epoch = epoch ?? node.mintEpoch()
        let order = StartOrder(
            child: child, epoch: epoch, activation: .fresh, cause: .start, deadline: Limits.operationDeadline)
        let race = Race<StartFault?>()
        let sponsor = Sponsor(
            hub: self.id, kinds: resident.kinds, of: node.calls.kinds,
            onStopRequest: { [instances = node.instances] in instances.endAsAsked($0) }
        ) { report in
            switch report {
            case .started: race.offer(nil)
            case .failed(_, let fault): race.offer(fault)
            case .ended: break
            }
        }
        node.instances.start([order], for: sponsor)
        if let fault = await race.value() { throw HubError(.startFailed(fault, on: node.name), of: id) }
        return Route(node: node.name, epoch: epoch)
    }

    /// Stops a process of this node.
    ///
    /// - Returns: whether it ran here.
    @discardableResult
    package func remove(_ id: ChildID) async -> Bool {
        guard let instance = node.calls.table.instance(ProcessID(hub: self.id, child: id)) else { return false }
        let order = StopOrder(instance: instance.activation, shutdown: instance.shutdown, cause: .stopped)
        node.instances.stop([order], for: instance.sponsor)
        await instance.untilEnded()
        return true
    }

    /// Takes note of where a child is activated. A lower epoch than the one known changes nothing, nor does one that lies
    /// more than a year ahead.
    package func learn(_ id: ChildID, kind: ProcessKind, at route: Route?) {
        if let route, !node.observe(route.epoch) { return }
        let content = ReadRow.Content.wished(kind, metadata: [:], tags: [], hosts: route.map { [$0] } ?? [])
        node.calls.publish([ReadRow(child: id, content: content)], of: self.id)
    }

    /// Forgets a child that is wished for no longer: calls to it fail at once.
    package func forget(_ id: ChildID) {
        node.calls.publish([ReadRow(child: id, content: .gone)], of: self.id)
    }
}
