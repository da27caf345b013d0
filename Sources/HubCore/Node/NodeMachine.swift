// SPDX-License-Identifier: Apache-2.0

/// Decides who is in the cluster, which connections are wanted and which hubs run where. One per node.
package struct NodeMachine: Machine, Hashable {
    package let name: NodeName
    package private(set) var incarnation: Incarnation

    /// - Parameters:
    ///   - incarnation: new at every boot.
    ///   - seed: of all that the machine leaves to chance.
    package init(
        name: NodeName, incarnation: Incarnation, traits: NodeTraits = NodeTraits(),
        settings: MembershipSettings = MembershipSettings(), seed: UInt64
    ) {
        self.name = name
        self.incarnation = incarnation
    }

    package static var timePassed: NodeEvent { .timePassed }

    package var nextTick: Instant? { nil }

    package mutating func handle(_ event: NodeEvent, at now: Instant, into effects: inout [NodeEffect]) {
        switch event {
        case .leaveAsked: effects.append(.left)
        default: break
        }
    }
}
