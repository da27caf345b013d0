// SPDX-License-Identifier: Apache-2.0

/// A point in time as a machine sees it: elapsed time, which alone orders anything, and the wall clock, which only ever
/// goes into a stamp.
package struct Instant: Hashable, Comparable, Sendable {
    /// Nanoseconds on a continuous clock whose start means nothing.
    package var nanoseconds: Int64
    /// Milliseconds since 1970 on the wall clock; it may jump.
    package var wallMilliseconds: UInt64

    package init(nanoseconds: Int64, wallMilliseconds: UInt64 = 0) {
        self.nanoseconds = nanoseconds
        self.wallMilliseconds = wallMilliseconds
    }

    package static let zero = Instant(nanoseconds: 0)
    /// Later than anything that happens.
    package static let distantFuture = Instant(nanoseconds: .max)

    package static func == (left: Self, right: Self) -> Bool { left.nanoseconds == right.nanoseconds }
    package static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }
    package func hash(into hasher: inout Hasher) { hasher.combine(nanoseconds) }

    /// The instant `duration` later; saturates instead of overflowing.
    package func advanced(by duration: Duration) -> Instant {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(duration.wholeNanoseconds)
        return Instant(
            nanoseconds: overflow ? (duration < .zero ? .min : .max) : sum, wallMilliseconds: wallMilliseconds)
    }

    /// Makes `earliest` the earlier of the two, of which either may be none.
    package static func lower(_ earliest: inout Instant?, to other: Instant?) {
        guard let other else { return }
        if let known = earliest, known <= other { return }
        earliest = other
    }

    /// How long it is from this instant until `later`; negative if `later` has passed.
    package func duration(to later: Instant) -> Duration {
        .nanoseconds(later.nanoseconds.subtractingReportingOverflow(nanoseconds).partialValue)
    }
}

extension Duration {
    /// The duration in nanoseconds, saturated to 64 bits (292 years).
    package var wholeNanoseconds: Int64 {
        // As nearly all are: of less than 292 years, and not negative. One division; the rest takes ten times as long.
        let (high, low) = (Int64(truncatingIfNeeded: attoseconds >> 64), UInt64(truncatingIfNeeded: attoseconds))
        if high >= 0, high < 500_000_000 {
            return Int64(UInt64(1_000_000_000).dividingFullWidth((UInt64(high), low)).quotient)
        }
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, overflowed) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overflowed ? (seconds < 0 ? .min : .max) : sum
    }
}
