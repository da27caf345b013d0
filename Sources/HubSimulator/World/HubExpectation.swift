// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// What a scenario expects of children of the first hub.
struct HubExpectation {
    private let hubs: [HostedHub]

    init(_ world: World) {
        hubs = world.hubs?.hubs(of: HubWorld.name(0)).filter { !world.nodes[$0.seat].isPaused(at: world.now) } ?? []
    }

    /// Why it is not so.
    func fault(in condition: Expectation.Condition) -> String? {
        switch condition {
        case .runs(let children, let seat):
            for child in children {
                if let fault = fault(of: ChildID(child), on: seat) { return fault }
            }
            return nil
        case .gone(let children):
            for child in children {
                if let fault = faultOfGone(ChildID(child)) { return fault }
            }
            return nil
        case .hosts(let seat, let isExpected):
            guard let hub = hubs.first(where: { $0.seat == seat }) else { return isExpected ? "it runs no hub" : nil }
            return hub.open.isEmpty == isExpected ? "it hosts \(hub.open.count)" : nil
        case .agreed, .view, .sees, .stands, .exited, .nobodyDied: return nil
        }
    }

    private func fault(of child: ChildID, on seat: Int?) -> String? {
        let hosts = hubs.filter { $0.open[child] != nil }
        guard let host = hosts.first, hosts.count == 1 else {
            return "\(child) runs \(hosts.count) times: \(hosts.map(\.name.rawValue).joined(separator: ","))"
        }
        if let seat, host.seat != seat { return "\(child) runs on \(host.name)" }
        guard let number = host.open[child], let epoch = host.instances[number]?.id.epoch else { return nil }
        for hub in hubs where hub.view?.standing == .serving {
            guard case .wished(_, _, _, let seen) = hub.rows[child], seen == [Route(node: host.name, epoch: epoch)]
            else { return "readers of \(hub.name) do not find \(child) on \(host.name)" }
        }
        return nil
    }

    private func faultOfGone(_ child: ChildID) -> String? {
        for hub in hubs {
            if hub.open[child] != nil { return "\(child) runs on \(hub.name)" }
            if hub.rows[child] != nil { return "readers of \(hub.name) find \(child)" }
        }
        return nil
    }
}
