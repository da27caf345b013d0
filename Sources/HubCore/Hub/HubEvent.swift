// SPDX-License-Identifier: Apache-2.0

/// Everything that can happen to a hub on one node: the first half of the map. What it does about it is in
/// ``HubEffect``.
package enum HubEvent: Hashable, Sendable {
    // MARK: From the node

    /// The settled view of the members that run this hub, this node among them if it serves. The first one starts the
    /// hub; a life of this node that changed is a new incarnation in it.
    case viewChanged(MemberView)
    /// There is a connection to this member: the moment to compare what both know.
    case linkUp(NodeName, Incarnation)
    /// A message of the hub's machine on another node. Such messages may be lost, doubled, late and out of order.
    case received(HubMessage, from: NodeName, Incarnation)
    /// Move everything off, or at least stop it, and own nothing new: the node leaves. ``HubEffect/drained`` follows.
    case drainAsked(deadline: Duration)
    case timePassed
    /// The rest of what ``HubEffect/continueWork`` interrupted.
    case workContinued

    // MARK: From users

    case startAsked(OperationID, [Child], StartOptions)
    case stopAsked(OperationID, [ChildID], StopOptions)
    /// Replace metadata and tags of a child: `nil` leaves them as they are.
    case changeAsked(OperationID, ChildID, metadata: [String: MetadataValue]?, tags: Set<String>?, deadline: Duration)

    // MARK: From instances; each order is answered once

    case instancesStarted([InstanceID])
    case instanceFailed(InstanceID, StartFault)
    /// It ended: ordered, by itself, or because its body threw. It comes after the event that tells its start.
    case instanceEnded(InstanceID, ExitReason)
    case authorityAnswered(AuthorityAnswer)
}
