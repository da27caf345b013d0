// SPDX-License-Identifier: Apache-2.0

/// The figures of every case in every round.
public struct Results: Sendable {
    /// In the order of the table.
    public let names: [String]
    private var samples: [String: [Sample]] = [:]

    public init(names: [String]) { self.names = names }

    public mutating func add(_ sample: Sample, to name: String) {
        samples[name, default: []].append(sample)
    }

    /// One figure a round, in the order of the rounds.
    public func figures(_ name: String, _ metric: Metric) -> [Double] {
        (samples[name] ?? []).compactMap { $0[metric] }
    }

    /// The median over the rounds of one figure divided by another of the same round, so that a slow minute of the
    /// machine weighs on both.
    public func ratio(_ name: String, to floor: String, _ metric: Metric, minus allowance: Double = 0) -> Double? {
        let ratios = zip(figures(name, metric), figures(floor, metric)).map { ($0 - allowance) / $1 }
        return ratios.isEmpty ? nil : median(ratios)
    }
}

/// The middle value, the upper one of two; 0 of nothing.
public func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
}

/// The value that `share` of the sorted values do not exceed.
public func percentile(_ sorted: [UInt64], _ share: Double) -> Double {
    guard let last = sorted.last else { return 0 }
    let index = Int((Double(sorted.count) * share).rounded(.up)) - 1
    return Double(index < sorted.count ? sorted[max(index, 0)] : last)
}
