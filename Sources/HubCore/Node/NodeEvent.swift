// SPDX-License-Identifier: Apache-2.0

/// Everything that can happen to a node: the first half of the map. What it does about it is in ``NodeEffect``.
package enum NodeEvent: Hashable, Sendable {
    // MARK: From its own process

    /// The node runs. `address` is where it can be dialed, `nil` if it does not listen. `seeds` are addresses that may
    /// lead to other nodes, its own perhaps among them, and `found` those that discovery found so far; none at all means
    /// that it need not look for anybody.
    case started(address: PeerAddress?, seeds: [PeerAddress], found: [PeerAddress] = [])
    /// Discovery looked again: all that it found. It only ever adds members.
    case candidatesFound([PeerAddress])
    /// The node runs this hub from now on, or no longer.
    case hubStarted(HubID)
    case hubStopped(HubID)
    /// Own nothing new and be nobody's target: children move off from now on.
    case drainAsked
    /// Leave the cluster: members are told, and ``NodeEffect/left`` follows.
    case leaveAsked
    /// Time has passed; comes after everything that arrived until then.
    case timePassed

    // MARK: From its connections

    /// There is an admitted connection: both ends have heard each other. `address` is where the peer can be dialed.
    case linkUp(NodeName, Incarnation, PeerAddress?)
    /// The connection to this life of the node is gone.
    case linkDown(NodeName, Incarnation, LinkEnd)
    /// An address was dialed in vain. `node` is whom it was expected to be, `nil` for a seed.
    case dialFailed(PeerAddress, node: NodeName?, DialFault)
    /// The living peer goes on under a new incarnation, on the same connection.
    case peerRenewed(NodeName, from: Incarnation, to: Incarnation)
    /// A message of a peer's node machine. Such messages may be lost, doubled, late and out of order.
    case received(NodeMessage, from: NodeName, Incarnation)
}
