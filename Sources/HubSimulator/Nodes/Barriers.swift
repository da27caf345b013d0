// SPDX-License-Identifier: Apache-2.0

/// Who cannot reach whom, and until when.
final class Barriers {
    private let seats: Int
    @exclusivity(unchecked) private var until: [Time]
    @exclusivity(unchecked) private var rejectedUntil: [Time]
    @exclusivity(unchecked) private(set) var latest: Time = 0

    init(seats: Int) {
        self.seats = seats
        until = Array(repeating: 0, count: seats * seats)
        rejectedUntil = until
    }

    func isCut(from one: Int, to other: Int, at time: Time) -> Bool { until[one * seats + other] > time }

    /// - Returns: whether nothing stood there before.
    func cut(from one: Int, to other: Int, until end: Time, at time: Time) -> Bool {
        let place = one * seats + other
        let isNew = until[place] <= time
        until[place] = max(until[place], end)
        latest = max(latest, end)
        return isNew
    }

    /// Dials between two are refused rather than lost.
    func isRejecting(from one: Int, to other: Int, at time: Time) -> Bool { rejectedUntil[one * seats + other] > time }

    func reject(from one: Int, to other: Int, until end: Time) {
        rejectedUntil[one * seats + other] = max(rejectedUntil[one * seats + other], end)
        latest = max(latest, end)
    }

    func heal(from one: Int, to other: Int, at time: Time) {
        until[one * seats + other] = min(until[one * seats + other], time)
        rejectedUntil[one * seats + other] = min(rejectedUntil[one * seats + other], time)
    }
}
