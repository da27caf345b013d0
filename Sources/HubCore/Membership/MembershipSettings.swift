// SPDX-License-Identifier: Apache-2.0

/// How quickly membership judges. The defaults are those of ``Limits``.
package struct MembershipSettings: Hashable, Sendable {
    /// Each member watches two others and a random one in each interval.
    package var probeInterval = Limits.probeInterval
    /// How long the answer to a direct probe may take before others are asked.
    package var probeTimeout = Limits.probeTimeout
    /// How many others are asked to probe a member that does not answer.
    package var indirectProbes = Limits.indirectProbes
    /// How long a suspicion lasts that enough members confirm.
    package var suspicionMinimum = Limits.suspicionMinimum
    /// How long a suspicion lasts that nobody confirms.
    package var suspicionMaximum = Limits.suspicionMaximum
    /// The confirmations that shorten a suspicion to its minimum.
    package var confirmations = Limits.suspicionConfirmations
    /// How often rumours are passed on while there are any.
    package var gossipInterval = Limits.gossipInterval
    /// To how many at a time.
    package var gossipFanout = Limits.gossipFanout
    /// A rumour is passed on this many times, times the logarithm of the number of members.
    package var gossipRepeats = Limits.gossipRepeats
    /// Tables that differ are compared at least so often, also while there are rumours.
    package var antiEntropyInterval = Limits.antiEntropyInterval
    /// How long a member must be unchanged before a change about it acts.
    package var settleTime = Limits.settleTime
    /// An address that discovery has not found for longer, and that leads to no member, is dialed no more.
    package var discoveredTime = Limits.discoveredTime
    /// A node whose seeds are all silent for this long is alone.
    package var aloneAfter = Limits.aloneAfter
    /// How long a leaving node waits for its members to say that they know.
    package var leaveTime = Limits.leaveTime
    /// A member that comes back more often than this in a minute is kept out of placement.
    package var flapsPerMinute = Limits.flapsPerMinute
    package var dampingMinimum = Limits.dampingMinimum
    package var dampingMaximum = Limits.dampingMaximum
    /// Dead lives that are remembered.
    package var deadRemembered = Limits.deadRemembered

    package init() {}

    /// A gap between two ticks that is longer means that this node was stopped: others may have declared it dead.
    package var pauseTime: Duration { suspicionMinimum }
}
