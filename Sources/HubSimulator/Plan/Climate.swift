// SPDX-License-Identifier: Apache-2.0

package import HubCore

/// What is always so in a world: how far apart nodes are, what gets lost, how exact clocks are.
package struct Climate: Hashable, Sendable {
    /// How long everything is under way at least.
    package var delay: Time = .milliseconds(1)
    /// What is added, evenly spread; machine messages overtake each other by it.
    package var jitter: Time = .milliseconds(1)
    package var lossPerMillion: UInt64 = 0
    package var doublePerMillion: UInt64 = 0
    /// Machine messages that come very late.
    package var latePerMillion: UInt64 = 0
    package var lateness: Time = .seconds(1)
    /// The most that a process takes to get to what arrived.
    package var driverPause: Time = 0
    /// How much a clock may be too fast or too slow.
    package var skewPerMillion: Int64 = 0
    /// How far wall clocks are from the truth at most, in milliseconds.
    package var wallSpread: Int64 = 50
    /// The most by which nodes start one after another.
    package var startSpread: Time = .milliseconds(500)
    /// What a cut holds up arrives when it is healed, as a connection would; otherwise machine messages are lost.
    package var cutsHold = false
    /// A broken connection is noticed, and readable until then, for this long at most.
    package var noticing: Time = .milliseconds(200)
    package var seeds = Seeds.first
    /// The node that has a twentieth of its time all along.
    package var slowNode: Int?
    package var membership = MembershipSettings()
    package var links = LinkLimits()
    /// Callers on each node.
    package var callers = 0
    package var hubs = HubClimate()

    package init() {}

    /// Which addresses each node is given to begin with.
    package enum Seeds: Hashable, Sendable, CaseIterable {
        /// That of the first node, itself included.
        case first
        /// Those of the first three.
        case three
        /// All, its own among them.
        case all
        /// That of the next one, in a ring.
        case ring
        /// Those of the first two, and one that nobody has.
        case withStranger
    }
}
