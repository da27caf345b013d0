// SPDX-License-Identifier: Apache-2.0

/// What a strategy decides by: the members that take children, in one version of the view.
public struct PlacementView: Hashable, Sendable {
    /// Grows with each view of this node.
    public var version: UInt64
    /// The node that asks.
    public var node: NodeName
    /// Sorted by name.
    public var members: [Candidate]

    public init(version: UInt64, node: NodeName, members: [Candidate]) {
        self.version = version
        self.node = node
        self.members = members
    }

    /// A member that takes children.
    public struct Candidate: Hashable, Sendable {
        public var name: NodeName
        /// How much the node takes, relative to others; 1 by default.
        public var weight: Double
        public var zone: String?
        public var labels: [String: String]
        /// What the node measured of itself, 0 to 1; `nil` if it did not.
        public var load: Double?

        public init(
            name: NodeName, weight: Double = 1, zone: String? = nil, labels: [String: String] = [:],
            load: Double? = nil
        ) {
            self.name = name
            self.weight = weight
            self.zone = zone
            self.labels = labels
            self.load = load
        }
    }
}
