// SPDX-License-Identifier: Apache-2.0

/// The figures of one run of one case.
public typealias Sample = [Metric: Double]

/// One thing that is measured, once in every round.
public struct Case: Sendable {
    public let name: String
    /// It makes everything anew each time: trying it out first would warm nothing.
    public let isOnce: Bool
    public let run: @Sendable (_ time: Duration) async throws -> Sample

    public init(
        _ name: String, isOnce: Bool = false, run: @escaping @Sendable (_ time: Duration) async throws -> Sample
    ) {
        self.name = name
        self.isOnce = isOnce
        self.run = run
    }
}

/// What a figure is held to: another figure of the same run, or a number.
public struct Bar: Sendable {
    public enum Limit: Sendable {
        case atMost(Double)
        case atLeast(Double)
    }

    public let caseName: String
    public let metric: Metric
    /// The case whose figure of the same round divides; `nil` for an absolute bar.
    public let floor: String?
    public let limit: Limit
    /// What a figure may exceed its multiple of the floor by.
    public let allowance: Double

    public init(
        _ caseName: String, _ metric: Metric, _ limit: Limit, of floor: String? = nil, plus allowance: Double = 0
    ) {
        self.caseName = caseName
        self.metric = metric
        self.floor = floor
        self.limit = limit
        self.allowance = allowance
    }

    /// Whether a ratio (or a figure, of an absolute bar) meets the bar; the allowance is taken off already.
    public func isMet(by value: Double) -> Bool {
        switch limit {
        case .atMost(let bound): value <= bound
        case .atLeast(let bound): value >= bound
        }
    }

    public var text: String {
        let (sign, bound) =
            switch limit {
            case .atMost(let bound): ("≤", bound)
            case .atLeast(let bound): ("≥", bound)
            }
        guard let floor else { return "\(sign) \(metric.text(bound))" }
        let more = allowance > 0 ? " + \(metric.text(allowance))" : ""
        return "\(sign) \(decimal(bound, 2)) × \(floor)\(more)"
    }
}
