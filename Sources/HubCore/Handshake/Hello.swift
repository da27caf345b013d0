// SPDX-License-Identifier: Apache-2.0

/// What a node says first on every connection: the dialer opens with it, the listener answers with its own.
///
/// Only the peer's hello means that the connection is admitted.
package struct Hello: Hashable, Sendable {
    /// The lowest version of the protocol that the node speaks.
    package var lowestProtocol: UInt16
    /// The highest version of the protocol that the node speaks.
    package var highestProtocol: UInt16
    package var cluster: ClusterName
    package var node: NodeName
    package var incarnation: Incarnation
    package var features: Features
    package var lane: LinkLane
    /// Orders the connections of one pair of nodes: the dialer knows every connection of a lower generation to be dead.
    package var generation: UInt64
    /// Whom the dialer means; `nil` if it knows an address only, and in a listener's hello.
    package var destination: NodeName?
    /// The port on which the node itself can be dialed, 0 if it does not listen.
    package var port: UInt16

    package init(
        identity: NodeIdentity, lane: LinkLane = .main, generation: UInt64 = 0, destination: NodeName? = nil
    ) {
        lowestProtocol = identity.lowestProtocol
        highestProtocol = identity.highestProtocol
        cluster = identity.cluster
        node = identity.node
        incarnation = identity.incarnation
        features = identity.features
        port = identity.port
        self.lane = lane
        self.generation = generation
        self.destination = destination
    }
}

/// Who a node says it is, on every connection alike.
package struct NodeIdentity: Hashable, Sendable {
    package var lowestProtocol: UInt16 = 1
    package var highestProtocol: UInt16 = 1
    package var cluster: ClusterName
    package var node: NodeName
    package var incarnation: Incarnation
    package var features: Features = []
    /// The port on which the node can be dialed, 0 if it does not listen.
    package var port: UInt16 = 0

    package init(cluster: ClusterName, node: NodeName, incarnation: Incarnation) {
        self.cluster = cluster
        self.node = node
        self.incarnation = incarnation
    }
}

/// Abilities that a node may have; two nodes use those that both have.
package struct Features: OptionSet, Hashable, Sendable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// What a connection is for.
package enum LinkLane: UInt8, Hashable, Sendable, CaseIterable {
    /// Control and calls; one per pair of nodes.
    case main = 0
    /// Large transfers, so that they never delay a call; opened when first needed.
    case bulk = 1
}

/// Why a node does not admit a connection, and who it is that refuses.
package struct HandshakeRefusal: Error, Hashable, Sendable {
    package var reason: Reason
    /// The refusing node, where it may be told.
    package var node: NodeName?

    package init(_ reason: Reason, by node: NodeName? = nil) {
        self.reason = reason
        self.node = node
    }

    /// Why; a number that only a newer version knows is read as `unspecified`.
    package enum Reason: UInt8, Hashable, Sendable, CaseIterable {
        case unspecified = 0
        /// The two speak no common version of the protocol.
        case protocolVersion = 1
        case otherCluster = 2
        /// The node name is empty, too long or holds control characters.
        case invalidName = 3
        /// The dialer meant another node than the one it reached.
        case wrongDestination = 4
        /// The certificate is for another name than the hello says.
        case wrongCertificateName = 5
        /// The peer claims the name of this very node.
        case ownName = 6
        /// The node dialed itself.
        case ownAddress = 7
        /// Another living node has this name.
        case nameTaken = 8
        /// The pair has a connection already.
        case duplicate = 9
        /// A bulk connection without its main connection.
        case noMainConnection = 10
        /// Too many peers or unfinished handshakes.
        case busy = 11
        /// The node is shutting down.
        case leaving = 12
        /// The first frame was no hello, or could not be decoded.
        case garbage = 13
        /// The hello did not come in time.
        case late = 14
    }
}
