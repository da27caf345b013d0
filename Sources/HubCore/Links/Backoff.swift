// SPDX-License-Identifier: Apache-2.0

/// How long to wait before the next attempt: doubling, capped, with jitter so that many nodes never dial in step.
package struct Backoff: Hashable, Sendable {
    private var attempts = 0

    package init() {}

    /// A time between half of the current step and all of it; the step then doubles, up to the maximum.
    package mutating func next(
        using generator: inout some RandomNumberGenerator, minimum: Duration = Limits.dialBackoffMinimum,
        maximum: Duration = Limits.dialBackoffMaximum
    ) -> Duration {
        let step = min(minimum.wholeNanoseconds << Int64(min(attempts, 20)), maximum.wholeNanoseconds)
        attempts = min(attempts + 1, 20)
        return .nanoseconds(Int64.random(in: step / 2...max(step, 1), using: &generator))
    }

    package mutating func reset() { attempts = 0 }
}
