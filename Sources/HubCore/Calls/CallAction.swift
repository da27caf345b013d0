// SPDX-License-Identifier: Apache-2.0

/// What the driver of a call does next.
package enum CallAction: Hashable, Sendable {
    case none
    /// Hand it to the connection to this node; if there is none or it is full, say `notSent`.
    case send(to: NodeName, mode: CallMode, sending: UInt32)
    /// Say `routeChanged` when the registry has an entry above this epoch.
    case waitForRoute(above: Epoch)
    /// Say `linkUp` when there is a connection to this node, and see that one is dialled.
    case waitForLink(NodeName)
    /// Mint a new request id and say `repeated`: the old request is in doubt and the method may be executed twice.
    case repeatRequest
    /// The call is over: the reply that came is its result.
    case deliver
    /// The call is over: the error that came is its result, with this outcome.
    case deliverFailure(Outcome)
    /// The call is over. `cancel` names the node that still has it and is told not to bother.
    case fail(HubError.Code, Outcome, cancel: NodeName?)
}

/// What the registry says about where a process is.
package enum Routing: Hashable, Sendable {
    /// No child of this id is wished for.
    case unknownProcess
    /// It is wished for and runs nowhere yet.
    case noHost
    case route(Route)
}

/// Why a sending was never written to a connection.
package enum NotSent: Hashable, Sendable {
    case noLink
    /// Too many bytes wait for the peer.
    case overloaded
    /// It does not fit a frame; an again is a little longer than a first.
    case tooLarge
}
