// SPDX-License-Identifier: Apache-2.0

/// Decides what runs where in one hub: one per hub and node, fed with views by the node's machine.
package struct HubMachine: Machine, Hashable {
    package let hub: HubID
    package let node: NodeName
    private let settings: HubSettings

    package init(
        hub: HubID, node: NodeName, incarnation: Incarnation, seed: UInt64, settings: HubSettings = HubSettings()
    ) {
        self.hub = hub
        self.node = node
        self.settings = settings
    }

    package static var timePassed: HubEvent { .timePassed }
    package var nextTick: Instant? { nil }

    package mutating func handle(_ event: HubEvent, at now: Instant, into effects: inout [HubEffect]) {}
}
