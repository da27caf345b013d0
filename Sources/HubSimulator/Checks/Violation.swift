// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// A promise that did not hold in a simulated world.
package struct Violation: Error, Hashable, Sendable, CustomStringConvertible {
    package var rule: Rule
    package var time: Time
    /// Whose view or process it is; `nil` for the whole cluster.
    package var seat: Int?
    package var text: String

    package var description: String {
        let place = seat.map { " on \(Seats.name($0))" } ?? ""
        return "\(rule.rawValue) at \(Plan.span(time))\(place): \(text)"
    }

    package enum Rule: String, Hashable, Sendable, CaseIterable {
        /// S15: versions grow, and a dead incarnation never comes back.
        case views
        /// S14: of two with one name one stays; no incarnation is taken twice.
        case identity
        /// S16: nothing grows without a bound.
        case bounds
        /// Nobody who lives and can be reached is declared dead.
        case falseDeath
        /// Nobody is accused while what speaks for it lies there unread.
        case unread
        /// Who ended or fell silent is known to have, in time.
        case detection
        /// A change about one member acts once that member was unchanged for the settle time.
        case settling
        /// L1 for membership: once all is well, everybody soon has the same view: of those who live.
        case agreement
        /// A standing follows another one only as documented, and doubt ends by a member's word.
        case standing
        /// Who is in a view has been heard, and has heard.
        case contact
        /// Who left in good order is not taken for dead.
        case leaving
        /// What a machine asks for is what its effects promise.
        case contract
        /// What a sender encodes, its peer decodes.
        case wire
        /// S6: no call is applied twice.
        case twice
        /// S7: what a caller was told is so.
        case outcome
        /// L4: every call ends.
        case endless
        /// S2: no two activations of a child share an epoch, and epochs grow.
        case epochs
        /// S8: what was acknowledged as started stays desired while one holder of the wish survives.
        case wishes
        /// S8: as many hold a wish as the answer says, and a majority.
        case holders
        /// S9: what was acknowledged as stopped never runs again without a new start.
        case resurrection
        /// S11: nothing runs that is not desired, or not where it belongs, for long.
        case orphan
        /// S12: readers find what runs, and what their callers were told.
        case lookup
        /// S13: each activation is told once when it begins and once when it ends, in order.
        case hooks
        /// Every child of an operation is answered once, and the operation ends by its deadline.
        case operations
        /// A start that is taken back leaves nothing.
        case rollback
        /// L1: once all is well every wish runs exactly once, and every registry says so.
        case placement
        /// Nobody starts afresh what a member runs.
        case afresh
        /// L2: what a lost node ran runs again in time.
        case recovery
        /// No batch of a hub's driver does work in proportion to the number of children.
        case work
        /// A scenario expects it.
        case expectation
    }
}

/// How long things may take in a world of this climate.
package struct Bounds: Hashable, Sendable {
    /// From the end of the last trouble until everybody agrees.
    package var agreement: Time
    /// Until a silent node is suspected, and dead, everywhere.
    package var suspected: Time
    package var dead: Time
    /// Until a process that ended, and whose address refuses, is dead everywhere.
    package var ended: Time
    /// From a change that stays to the view.
    package var settled: Time
    /// From the end of the last trouble until every child runs where it belongs, and everybody knows.
    package var hubs: Time
    /// Whether the climate is mild enough to ask for detection in time.
    package var areStrict: Bool

    init(_ climate: Climate) {
        let trip = 2 * (climate.delay + climate.jitter) + climate.driverPause
        let settle = Time(climate.membership.settleTime)
        let slowness: Time = climate.slowNode == nil ? 0 : .seconds(2)
        let lateness = climate.latePerMillion > 0 ? climate.lateness : 0
        agreement =
            .seconds(5) + settle + Time(climate.links.dialBackoffMaximum) + 10 * trip + slowness + lateness
        hubs = agreement + .seconds(6) + 20 * trip + Self.hubDelay(climate.hubs)
        suspected = .seconds(2) + 4 * trip
        dead = .seconds(5) + 4 * trip
        ended = .seconds(1) + 8 * trip
        settled = settle + .milliseconds(300) + 2 * trip + slowness
        let hasUsualSettings = climate.membership == Climate().membership && climate.links == Climate().links
        areStrict = hasUsualSettings && climate.slowNode == nil && climate.lossPerMillion <= 10_000
    }

    /// What a slow authority, slow initializers and few places at a time add.
    private static func hubDelay(_ climate: HubClimate) -> Time {
        (climate.isAuthoritySlow ? .seconds(5) : 0) + (climate.settings.parallelStarts < 16 ? .seconds(6) : 0)
    }
}
