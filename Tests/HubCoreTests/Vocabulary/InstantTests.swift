// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HubCore

@Suite("Instant")
struct InstantTests {
    @Test(
        "a duration in nanoseconds is cut towards zero, and saturated",
        arguments: [
            (.zero, 0), (.seconds(1), 1_000_000_000), (.seconds(-1), -1_000_000_000),
            (.seconds(86_400), 86_400_000_000_000),
            (Duration(secondsComponent: 0, attosecondsComponent: 1_999_999_999), 1),
            (Duration(secondsComponent: 0, attosecondsComponent: -1_999_999_999), -1),
            (Duration(secondsComponent: 20, attosecondsComponent: 999_999_999_999_999_999), 20_999_999_999),
            (Duration(secondsComponent: -20, attosecondsComponent: -999_999_999_999_999_999), -20_999_999_999),
            (.seconds(9_223_372_036), 9_223_372_036_000_000_000), (.seconds(9_223_372_037), .max),
            (.seconds(-9_223_372_037), .min), (.seconds(Int64.max), .max), (.seconds(Int64.min), .min),
        ] as [(Duration, Int64)])
    func wholeNanoseconds(duration: Duration, nanoseconds: Int64) {
        #expect(duration.wholeNanoseconds == nanoseconds)
    }
}
