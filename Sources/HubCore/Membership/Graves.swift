// SPDX-License-Identifier: Apache-2.0

internal import DequeModule

/// The lives that ended, so that no late rumour brings one back (S15). Bounded: the oldest are forgotten first.
struct Graves: Hashable {
    private var epitaphs: [Life: Rumour] = [:]
    private var order: Deque<Life> = []
    private let most: Int

    init(most: Int) { self.most = max(1, most) }

    var count: Int { order.count }

    /// What is said about a life that ended: that it is dead, was outranked, or left.
    subscript(life: Life) -> Rumour? { epitaphs[life] }

    /// - Returns: whether it was news.
    mutating func add(_ epitaph: Rumour) -> Bool {
        guard epitaphs.updateValue(epitaph, forKey: epitaph.life) == nil else { return false }
        order.append(epitaph.life)
        if order.count > most, let oldest = order.popFirst() { epitaphs[oldest] = nil }
        return true
    }
}
