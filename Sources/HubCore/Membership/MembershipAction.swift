// SPDX-License-Identifier: Apache-2.0

/// What membership wants done, in the order produced.
package enum MembershipAction: Hashable, Sendable {
    case send(MembershipMessage, to: NodeName)
    case connect(NodeName, PeerAddress)
    case dialSeed(PeerAddress)
    case forgetSeed(PeerAddress)
    case disconnect(Life)
    case renew(Incarnation)
    case viewChanged(MemberView)
    case rosterChanged(Roster)
    case nameTaken(by: Incarnation?)
    case left
    case note(MembershipNote)
}
