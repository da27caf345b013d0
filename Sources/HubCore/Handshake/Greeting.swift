// SPDX-License-Identifier: Apache-2.0

/// What a valid hello told: who the peer is and what the two agreed on.
package struct Greeting: Hashable, Sendable {
    package var node: NodeName
    package var incarnation: Incarnation
    package var lane: LinkLane
    /// What both nodes can do.
    package var features: Features
    /// The highest version of the protocol that both speak.
    package var protocolVersion: UInt16
    /// The dialer's knowledge: every connection of a lower generation is dead. 0 unless it named its destination.
    package var generation: UInt64
    /// The port on which the peer can be dialed, 0 if it does not listen.
    package var port: UInt16
}
