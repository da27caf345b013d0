// SPDX-License-Identifier: Apache-2.0

/// Tells a half-open connection from an idle one: pings an idle peer, and gives up one that was silent for too long.
package struct Heartbeat: Hashable, Sendable {
    package enum Beat: Hashable, Sendable {
        case nothing
        case ping
        /// Nothing came for the whole silence limit.
        case giveUp
    }

    private var lastHeard: Instant
    private var heard = false
    private var lastBeat: Instant

    package init(at now: Instant) {
        lastHeard = now
        lastBeat = now
    }

    /// Something arrived: anything shows that the peer lives.
    package mutating func hear() { heard = true }

    /// Called every ping interval.
    ///
    /// A gap between two beats means that this node itself stood still, so the peer gets the time anew: what it sent
    /// meanwhile is read before anything is concluded.
    package mutating func beat(
        at now: Instant, interval: Duration = Limits.pingInterval, silence: Duration = Limits.silence
    ) -> Beat {
        let gap = lastBeat.duration(to: now)
        lastBeat = now
        if heard || gap > max(silence / 2, interval * 3) {
            heard = false
            lastHeard = now
            return .nothing
        }
        return lastHeard.duration(to: now) >= silence ? .giveUp : .ping
    }
}
