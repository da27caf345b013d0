// SPDX-License-Identifier: Apache-2.0

/// One node of the cluster, as strategies and users see it.
public struct Member: Hashable, Sendable {
    public var name: NodeName
    /// Which life of the node.
    public var incarnation: Incarnation
    /// What the node says about itself; the same for the whole life.
    public var traits: NodeTraits
    /// The hubs that run there, sorted.
    public var hubs: [HubID]
    public var service: Service
    /// Where the node can be dialed, `nil` if it does not listen.
    package var address: PeerAddress?

    package init(
        name: NodeName, incarnation: Incarnation, traits: NodeTraits = NodeTraits(), hubs: [HubID] = [],
        service: Service = .inService, address: PeerAddress? = nil
    ) {
        self.name = name
        self.incarnation = incarnation
        self.traits = traits
        self.hubs = hubs
        self.service = service
        self.address = address
    }

    /// Whether the node takes children.
    public enum Service: UInt8, Hashable, Sendable, CaseIterable {
        case inService = 0
        /// It moves everything off itself, is nobody's target and owns nothing new.
        case draining = 1
        /// It came and went too often lately: what it hosts stays, and nothing new goes there for a while.
        case damped = 2
    }
}

/// What an operator says about a node, for strategies that want to know.
public struct NodeTraits: Hashable, Sendable {
    /// How much the node takes, relative to others; 1 by default.
    public var weight: Double
    /// Where it stands: nodes of one zone fail together.
    public var zone: String?
    public var labels: [String: String]

    public init(weight: Double = 1, zone: String? = nil, labels: [String: String] = [:]) {
        self.weight = weight
        self.zone = zone
        self.labels = labels
    }
}
