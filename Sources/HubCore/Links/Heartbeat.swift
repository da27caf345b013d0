// SPDX-License-Identifier: Apache-2.0

/// Tells a half-open connection from an idle one: pings an idle peer, and gives up one that was silent for too long.
///
/// The dialer loses its patience first, so that on an idle connection one end pings and the other hears of it: with many
/// connections the pings are all that an idle node does.
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
    private let isDialer: Bool

    package init(at now: Instant, isDialer: Bool) {
        lastHeard = now
        lastBeat = now
        self.isDialer = isDialer
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
        if heard || gap > max(silence / 2, interval + interval / 2) {
            heard = false
            lastHeard = now
            return .nothing
        }
        let quiet = lastHeard.duration(to: now)
        if quiet >= silence { return .giveUp }
        return quiet >= silence * (isDialer ? 3 : 7) / 10 ? .ping : .nothing
    }
}
