// SPDX-License-Identifier: Apache-2.0

/// Spreads children over the nodes by hashing: evenly, by weight, and so that a node that comes or goes moves only the
/// children that come to it or went with it.
///
/// Each node has a score for each child, and the highest owns it. After Thaler and Ravishankar, *Using Name-Based Mappings
/// to Increase Hit Rates* (1998); weights after Schindelhauer and Schomaker, *Weighted Distributed Hash Tables* (2005).
public struct RendezvousHashing: DistributionStrategy, Hashable {
    public init() {}

    public func owners(of children: [ChildID], copies: Int, in view: PlacementView) -> [[NodeName]] {
        let table = RendezvousTable(view)
        var ranked: [Int] = []
        return children.map { child in
            table.rank(ofHash: SlotTable.hash(child.rawValue), copies: copies, into: &ranked)
            return ranked.map { view.members[$0].name }
        }
    }
}

extension DistributionStrategy where Self == RendezvousHashing {
    /// Evenly by hashing, with the fewest moves: the default.
    public static var consistentHashing: Self { RendezvousHashing() }
}

/// The members of one view, made ready for many questions.
package struct RendezvousTable: Hashable, Sendable {
    /// Of the members that take anything, in the order of the view.
    private var seats: [Seat] = []
    /// Whether all weigh the same: then the hash alone decides, and no logarithm is needed.
    private var isEven = true

    private struct Seat: Hashable, Sendable {
        var index: Int
        var seed: UInt64
        var weight: Double
    }

    package init(_ view: PlacementView) {
        for (index, member) in view.members.enumerated() where member.weight > 0 && member.weight.isFinite {
            seats.append(Seat(index: index, seed: XXHash64.hash(member.name.rawValue), weight: member.weight))
        }
        isEven = seats.allSatisfy { $0.weight == seats[0].weight }
    }

    /// The place in the view of the member that owns the child of this hash; `nil` if none takes anything.
    package func owner(ofHash hash: UInt64) -> Int? {
        guard isEven else { return unevenOwner(hash) }
        var best: UInt64 = 0
        var owner: Int?
        for seat in seats {
            let score = Mix.finish(hash ^ seat.seed)
            // Of equal scores the first by name wins, on every node.
            if score > best || owner == nil {
                best = score
                owner = seat.index
            }
        }
        return owner
    }

    private func unevenOwner(_ hash: UInt64) -> Int? {
        var best = Double.infinity
        var owner: Int?
        for seat in seats {
            let cost = Self.cost(Mix.finish(hash ^ seat.seed), seat.weight)
            if cost < best || owner == nil {
                best = cost
                owner = seat.index
            }
        }
        return owner
    }

    /// The places in the view of the members that own the child, the best first.
    package func rank(ofHash hash: UInt64, copies: Int, into ranked: inout [Int]) {
        ranked.removeAll(keepingCapacity: true)
        if copies == 1 {
            if let owner = owner(ofHash: hash) { ranked.append(owner) }
            return
        }
        let costs = seats.map { (cost: Self.cost(Mix.finish(hash ^ $0.seed), isEven ? 1 : $0.weight), $0.index) }
        let order = costs.sorted { $0.cost == $1.cost ? $0.1 < $1.1 : $0.cost < $1.cost }
        ranked.append(contentsOf: order.prefix(max(0, copies)).map(\.1))
    }

    /// An exponentially distributed number whose mean is one over the weight; falls as the hash rises.
    private static func cost(_ hash: UInt64, _ weight: Double) -> Double {
        let unit = (Double(hash >> 11) + 0.5) * 0x1p-53
        return -NaturalLogarithm.of(unit) / weight
    }
}

/// The logarithm by additions, multiplications and divisions alone: these give the same bits on every machine, which what
/// a system's library offers does not promise.
enum NaturalLogarithm {
    /// - Parameter value: finite and above 0.
    static func of(_ value: Double) -> Double {
        var mantissa = value.significand
        var exponent = Double(value.exponent)
        if mantissa > 1.414_213_562_373_095_1 {
            mantissa /= 2
            exponent += 1
        }
        // ln m = 2 artanh((m - 1) / (m + 1)), whose series ends below the precision of a Double after these terms.
        let ratio = (mantissa - 1) / (mantissa + 1)
        let square = ratio * ratio
        var sum = 0.0
        for divisor in stride(from: 21.0, through: 1, by: -2) { sum = sum * square + 1 / divisor }
        return 2 * ratio * sum + exponent * 0.693_147_180_559_945_3
    }
}
