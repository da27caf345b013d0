// SPDX-License-Identifier: Apache-2.0

/// Counts of durations in buckets whose width is a sixteenth of their power of two, so a percentile is 6 % exact.
struct Histogram: Hashable, Sendable {
    static let buckets = 61 * 16

    private(set) var counts: [Int64]

    init(counts: [Int64] = Array(repeating: 0, count: Histogram.buckets)) { self.counts = counts }

    /// The bucket of a duration in nanoseconds.
    static func bucket(of nanoseconds: UInt64) -> Int {
        guard nanoseconds >= 16 else { return Int(nanoseconds) }
        let power = UInt64.bitWidth - 1 - nanoseconds.leadingZeroBitCount
        let step = Int((nanoseconds >> UInt64(power - 4)) & 15)
        return (power - 3) * 16 + step
    }

    /// The lowest duration in a bucket.
    static func floor(of bucket: Int) -> UInt64 {
        guard bucket >= 16 else { return UInt64(bucket) }
        return UInt64(16 + bucket % 16) << UInt64(bucket / 16 - 1)
    }

    mutating func add(_ nanoseconds: UInt64) { counts[Self.bucket(of: nanoseconds)] += 1 }
    mutating func add(_ other: Histogram) { for (index, count) in other.counts.enumerated() { counts[index] += count } }

    var total: Int64 { counts.reduce(0, +) }

    /// The duration that `share` of all do not exceed, or `nil` if there are none.
    func percentile(_ share: Double) -> Duration? {
        let total = total
        guard total > 0 else { return nil }
        var left = Int64((Double(total) * share).rounded(.up))
        for (bucket, count) in counts.enumerated() {
            left -= count
            if left <= 0 { return .nanoseconds(Int64(Self.floor(of: bucket))) }
        }
        return nil
    }
}
