// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// Simulated time: nanoseconds since the world began. No node sees it; each has a clock of its own.
package typealias Time = Int64

extension Time {
    package static func milliseconds(_ count: Int64) -> Time { count * 1_000_000 }
    package static func seconds(_ count: Int64) -> Time { count * 1_000_000_000 }

    package init(_ duration: Duration) { self = duration.wholeNanoseconds }
}

/// A node's clocks: elapsed time that runs a little too fast or too slowly, and a wall clock that jumps.
struct NodeClock {
    /// What the elapsed clock showed when the world began; another one for each node, for it means nothing.
    let origin: Int64
    /// By how much it runs too fast.
    let perMillion: Int64
    /// By how much the wall clock is wrong, in milliseconds.
    var wallOffset: Int64

    /// Milliseconds since 1970 when every world begins.
    private static let epoch: Int64 = 1_750_000_000_000

    func instant(at time: Time) -> Instant {
        let elapsed = elapsed(at: time)
        let wall = Self.epoch + (elapsed - origin) / 1_000_000 + wallOffset
        return Instant(nanoseconds: elapsed, wallMilliseconds: UInt64(Swift.max(0, wall)))
    }

    /// Never goes back: the rate is far above zero.
    private func elapsed(at time: Time) -> Int64 { origin + time + time * perMillion / 1_000_000 }

    /// The first time at which the clock shows `instant` or more; `nil` if that is beyond every simulation.
    func time(of instant: Instant) -> Time? {
        let (span, overflow) = instant.nanoseconds.subtractingReportingOverflow(origin)
        guard !overflow, span < .seconds(100_000) else { return nil }
        if span <= 0 { return 0 }
        var time = span - span * perMillion / (1_000_000 + perMillion)
        while time > 0, elapsed(at: time - 1) >= instant.nanoseconds { time -= 1 }
        while elapsed(at: time) < instant.nanoseconds { time += 1 }
        return time
    }
}
