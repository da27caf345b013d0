// SPDX-License-Identifier: Apache-2.0

package import HubCore

/// What is always so for the hubs of a world: how many there are, who grants ownership, what callers ask for.
package struct HubClimate: Hashable, Sendable {
    /// Hubs that run on a node from its start; 0 for a world without hub machines.
    package var hubs = 0
    /// 1 if every node runs them from its start, 13 if every thirteenth does.
    package var everySeat = 1
    /// Callers of each hub on each node that start, stop and change children.
    package var clients = 0
    /// The ids that callers choose from.
    package var children = 12
    /// Whether each id is started once, and stopped at most once, as sessions are: nothing hides what becomes of it.
    package var isEachIDUsedOnce = false
    /// The longest that a caller waits before it asks for something more.
    package var pace: Time = .seconds(1)
    /// Children of one operation, mostly.
    package var batch = 6
    /// Children of one operation in a hundred.
    package var largeBatch = 400
    /// Whether ownership is granted late, in batches, and sometimes not.
    package var isAuthoritySlow = false
    /// Whether one node places children by a rule of its own and records it, instead of all by hashing.
    package var isPlacementRecorded = false
    /// How long a node that leaves has for moving its children off.
    package var drainDeadline = Limits.drainDeadline
    package var settings = HubSettings()

    package init() {}

    /// How long the longest deadline of an operation is.
    package static let longestDeadline: Time = .seconds(6)
}

/// Draws it from a seed, with chance of its own: worlds without hubs stay as they are.
enum HubClimateMaker {
    /// A hub compares what it has with every other node of its own: in larger worlds than this not all of them run it.
    private static let mostHosts = 50
    private static let hostsOfMany = 16

    static func climate(seed: UInt64, nodes: Int) -> HubClimate {
        var chance = Chance.hubs.stream(of: seed)
        var climate = HubClimate()
        if nodes > mostHosts { climate.everySeat = (nodes + hostsOfMany - 1) / hostsOfMany }
        climate.hubs = chance.below(6) == 0 ? 2 : 1
        climate.clients = chance.below(8) == 0 ? 0 : 1
        climate.children = chance.pick([3, 8, 16, 40])
        climate.pace = .milliseconds(chance.pick([300, 1_000, 3_000]))
        climate.batch = chance.pick([1, 4, 12])
        climate.largeBatch = chance.pick([40, 300, 700])
        climate.isAuthoritySlow = chance.below(2) == 0
        climate.isPlacementRecorded = chance.below(8) == 0
        drawSettings(&climate, &chance)
        climate.isEachIDUsedOnce = chance.below(3) == 0
        return climate
    }

    /// In half of all worlds other settings than the usual ones, small windows among them.
    private static func drawSettings(_ climate: inout HubClimate, _ chance: inout SeededGenerator) {
        climate.settings.startDeadline = .seconds(2)
        climate.settings.restarts.quarantine = .seconds(8)
        if climate.isAuthoritySlow { climate.settings.authority = .asked }
        if climate.isPlacementRecorded { climate.settings.distribution = FirstByName() }
        guard chance.below(2) == 0 else { return }
        climate.settings.parallelStarts = chance.pick([1, 4, 256])
        // One after another, each granted late: many would take longer than anybody waits.
        if climate.settings.parallelStarts < 256 { climate.largeBatch = 30 }
        climate.settings.parallelMoves = chance.pick([1, 4, 64])
        climate.settings.registry.antiEntropy = .milliseconds(chance.pick([800, 4_000, 15_000]))
        climate.settings.registry.tombstoneLife = .milliseconds(chance.pick([1_500, 6_000, 86_400_000]))
        climate.settings.registry.tombstones = chance.pick([2, 16, 1_000])
        climate.settings.registry.logRows = chance.pick([2, 8, 1_000])
        climate.settings.registry.removals = chance.pick([2, 8, 1_000])
        climate.settings.registry.messageRows = chance.pick([2, 16, 256])
        climate.settings.registry.windowRows = chance.pick([4, 32, 1_000])
        climate.settings.restarts.perHub = chance.pick([2, 10, Limits.hubRestarts])
        climate.drainDeadline = .milliseconds(chance.pick([20, 500, 4_000, 25_000]))
    }
}

/// A strategy of a user's own: the member whose name comes first, asked once and recorded in the wish.
struct FirstByName: DistributionStrategy {
    var decidedBy: DecidedBy { .leader }

    func owners(of children: [ChildID], copies: Int, in view: PlacementView) -> [[NodeName]] {
        let members = view.members  // sorted by name
        return children.map { child in
            guard !members.isEmpty else { return [] }
            let first = child.rawValue.utf8.reduce(0) { $0 &+ Int($1) }
            return (0..<min(copies, members.count)).map { members[(first + $0) % members.count].name }
        }
    }
}
