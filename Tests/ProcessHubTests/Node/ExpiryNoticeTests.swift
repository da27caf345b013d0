// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import ProcessHub

@Suite("ExpiryNotice", .live)
struct ExpiryNoticeTests {
    private static let day: Int64 = 86_400
    private let end: Int64 = 2_000_000_000

    @Test(
        "the days that are left are told from thirty days before the end",
        arguments: [
            (31 * day, nil), (30 * day + 1, nil), (30 * day, 30), (30 * day - 1, 29), (day, 1), (day - 1, 0), (0, 0),
            (-1, -1), (-day, -1), (-day - 1, -2),
        ] as [(Int64, Int64?)])
    func days(left: Int64, told: Int64?) {
        var notice = ExpiryNotice()
        let days = notice.daysToTell(ofEnd: end, at: end - left)
        #expect(days == told)
    }

    @Test("a day is told once, the next day again, and another certificate at once")
    func once() {
        var notice = ExpiryNotice()
        let now = end - 5 * Self.day - 7_200
        let told = [0, 60, 3_600, Self.day, Self.day + 60].map { notice.daysToTell(ofEnd: end, at: now + $0) }
        #expect(told == [5, nil, nil, 4, nil])
        let another = notice.daysToTell(ofEnd: end + 60, at: now + Self.day + 120)
        #expect(another == 4)
        let renewed = notice.daysToTell(ofEnd: end + 365 * Self.day, at: now + Self.day + 180)
        #expect(renewed == nil)
    }
}
