// SPDX-License-Identifier: Apache-2.0

/// What a figure of the table means.
public enum Metric: String, CaseIterable, Sendable {
    /// Operations per second of wall-clock time.
    case rate
    /// Median time of one operation, in nanoseconds.
    case p50
    /// The time that 99 of 100 operations stay below, in nanoseconds.
    case p99
    /// CPU time of this process per operation, in nanoseconds.
    case cpu
    /// CPU time of the other process per operation, in nanoseconds; known to a hundredth of a second in all.
    case peer
    /// Bytes per item.
    case bytes

    /// Whether a case is better known by the left figure than by the right one.
    static func tellsMore(_ left: Metric, _ right: Metric) -> Bool {
        let order: [Metric] = [.p50, .rate, .bytes, .cpu, .p99, .peer]
        return (order.firstIndex(of: left) ?? 0) < (order.firstIndex(of: right) ?? 0)
    }

    /// The figure with its unit, in three or four digits.
    public func text(_ value: Double) -> String {
        switch self {
        case .rate: Self.scaled(value, units: ["/s", "k/s", "M/s"])
        case .p50, .p99, .cpu, .peer: Self.scaled(value, units: ["ns", "µs", "ms", "s"])
        case .bytes: "\(Int(value.rounded())) B"
        }
    }

    private static func scaled(_ value: Double, units: [String]) -> String {
        var value = value
        var rest = units[...]
        while value >= 1000, rest.count > 1 {
            value /= 1000
            rest.removeFirst()
        }
        let digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
        return "\(decimal(value, digits)) \(rest.first ?? "")"
    }
}

/// A number with a fixed count of decimals.
public func decimal(_ value: Double, _ digits: Int) -> String {
    let scale = [1, 10, 100, 1000][min(digits, 3)]
    let scaled = Int((value * Double(scale)).rounded())
    guard scale > 1 else { return String(scaled) }
    let rest = String(scaled % scale)
    return "\(scaled / scale)." + String(repeating: "0", count: digits - rest.count) + rest
}
