// SPDX-License-Identifier: Apache-2.0

/// The limits of a node's connections; ``Limits`` says what each means. Tests make them smaller.
package struct LinkLimits: Hashable, Sendable {
    package var peers = Limits.peers
    package var pendingHandshakes = Limits.pendingHandshakes
    package var handshakeTime = Limits.handshakeTime
    package var dialBackoffMinimum = Limits.dialBackoffMinimum
    package var dialBackoffMaximum = Limits.dialBackoffMaximum
    package var steadyLink = Limits.steadyLink
    package var pingInterval = Limits.pingInterval
    package var silence = Limits.silence
    package var nameClashAnswer = Limits.nameClashAnswer
    package var outboundBytes = Limits.outboundBytes
    package var writeSliceBytes = Limits.writeSliceBytes

    package init() {}
}
