// SPDX-License-Identifier: Apache-2.0

/// Everything a node's machine can do: the second half of the map. To be done in the order produced.
package enum NodeEffect: Hashable, Sendable {
    // MARK: To other nodes

    /// Send it on the open connection, ahead of calls; without a connection it is lost, which is expected.
    case send(NodeMessage, to: NodeName)
    /// Keep a connection to this node: dial it for ever, at this address from now on.
    case connect(NodeName, PeerAddress)
    /// Dial this address for ever, whoever is there.
    case dialSeed(PeerAddress)
    /// Discovery has not found this address for long, and it leads to no member: dial it no more.
    case forgetSeed(PeerAddress)
    /// The node is no member any more: stop dialing it, and close what is open to this life of it.
    case disconnect(NodeName, Incarnation)
    /// Go on under this incarnation: every open connection is told, none is closed (the old one was declared dead).
    case renew(Incarnation)

    // MARK: To its own process

    /// The settled view changed; hubs decide by it.
    case viewChanged(MemberView)
    /// What the node believes at this moment, unsettled: for status and operators.
    case rosterChanged(Roster)
    /// Another living node has this node's name, and was there before, or is whom the members know: leave at once and say
    /// so. Which life it is may be unknown.
    case nameTaken(by: Incarnation?)
    /// Everybody reachable was told; connections may close.
    case left
    /// Something an operator wants in the log and in a metric.
    case note(MembershipNote)
}
