// SPDX-License-Identifier: Apache-2.0

/// What the links want done; to be done in the order given. Every connection ends with one ``LinkMachine/closed(_:at:)``.
package enum LinkAction: Hashable, Sendable {
    /// Connect; ``LinkMachine/established(_:at:)`` or ``LinkMachine/closed(_:at:)`` follows.
    case dial(LinkID, PeerAddress, expecting: NodeName?, LinkLane)
    /// Dialer: say hello.
    case greet(LinkID, generation: UInt64)
    /// Listener: answer the hello.
    case answer(LinkID, generation: UInt64)
    /// Hand the connection over to its user. A dialer sends a frame at once, which is how the listener learns of it.
    case admit(LinkID)
    /// Send the refusal, then close.
    case refuse(LinkID, HandshakeRefusal.Reason)
    /// Drop the connection with all that it holds, unread or unsent.
    case close(LinkID, LinkLoss)
    /// Ping it, and call ``LinkMachine/answered(_:at:)`` if that very ping is answered.
    case challenge(LinkID)
}
