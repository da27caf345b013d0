// SPDX-License-Identifier: Apache-2.0

internal import TestSupport
internal import Testing

@testable import HubCore

@Suite("RendezvousHashing", .serialized, .computing)
struct RendezvousHashingTests {
    private static let children = (0..<40_000).map { ChildID(rawValue: "child-\($0)") }

    private func view(_ count: Int, weights: [Int: Double] = [:], without: Int? = nil) -> PlacementView {
        let members = (0..<count).filter { $0 != without }.map { place in
            PlacementView.Candidate(name: NodeName(rawValue: "node-\(place)"), weight: weights[place] ?? 1)
        }
        return PlacementView(version: 1, node: "node-0", members: members.sorted { $0.name < $1.name })
    }

    private func owners(_ view: PlacementView) -> [NodeName] {
        RendezvousHashing().owners(of: Self.children, copies: 1, in: view).map { $0[0] }
    }

    @Test("no node owns more than 1.08 times its share (L6)", arguments: [2, 3, 5, 10])
    func spread(nodes: Int) {
        let counts = Dictionary(grouping: owners(view(nodes))) { $0 }.mapValues(\.count)
        let share = Double(Self.children.count) / Double(nodes)
        #expect(counts.count == nodes)
        for (node, count) in counts { #expect(Double(count) <= 1.08 * share, "\(node)") }
    }

    @Test("a node that joins takes children, and nothing else moves (L6)", arguments: [2, 3, 9])
    func join(nodes: Int) {
        let (before, after) = (owners(view(nodes)), owners(view(nodes + 1)))
        let newcomer = NodeName(rawValue: "node-\(nodes)")
        let moved = zip(before, after).filter { $0 != $1 }
        #expect(moved.allSatisfy { $0.1 == newcomer })
        let least = Double(Self.children.count) / Double(nodes + 1)
        #expect(abs(Double(moved.count) - least) <= 0.1 * least)
    }

    @Test("a node that leaves gives its children away, and nothing else moves (L6)")
    func leave() {
        let (before, after) = (owners(view(5)), owners(view(5, without: 2)))
        for (old, new) in zip(before, after) where old != "node-2" { #expect(old == new) }
    }

    @Test("a node of twice the weight owns twice as much, and the change moves children to it alone")
    func weights() {
        let (before, after) = (owners(view(4)), owners(view(4, weights: [1: 2])))
        let share = Double(after.filter { $0 == "node-1" }.count) / Double(after.count)
        #expect(abs(share - 0.4) < 0.02)
        #expect(zip(before, after).allSatisfy { $0 == $1 || $1 == "node-1" })
    }

    @Test("a node of no weight owns nothing, and without any other there is no owner", arguments: [0, -1, .nan])
    func noWeight(weight: Double) {
        #expect(!owners(view(3, weights: [1: weight])).contains("node-1"))
        let alone = view(1, weights: [0: weight])
        #expect(RendezvousHashing().owners(of: ["a"], copies: 2, in: alone) == [[]])
    }

    @Test("the order of the members and of the batch does not matter")
    func order() {
        var reversed = view(5)
        reversed.members.reverse()
        #expect(owners(view(5)) == owners(reversed))
        let backwards = RendezvousHashing().owners(of: Self.children.reversed(), copies: 1, in: view(5))
        #expect(backwards.map { $0[0] } == owners(view(5)).reversed())
    }

    @Test("copies go to different nodes, the owner first, and the second is who owns without the first")
    func copies() {
        let ranked = RendezvousHashing().owners(of: Self.children, copies: 3, in: view(5))
        #expect(ranked.map { $0[0] } == owners(view(5)))
        #expect(ranked.allSatisfy { Set($0).count == 3 })
        let without = owners(view(5, without: 2))
        for (place, names) in ranked.enumerated() where names[0] == "node-2" { #expect(names[1] == without[place]) }
        #expect(RendezvousHashing().owners(of: ["a"], copies: 9, in: view(2))[0].count == 2)
    }

    @Test("where a child belongs never changes from version to version")
    func committed() {
        let names = RendezvousHashing().owners(of: ["a", "b", "c", "child-1", "é"], copies: 2, in: view(5))
        #expect(names.map { $0.map(\.rawValue) } == Self.golden)
        let uneven = view(5, weights: [0: 0.5, 3: 3])
        let heavier = RendezvousHashing().owners(of: ["a", "b", "c", "child-1", "é"], copies: 1, in: uneven)
        #expect(heavier.map { $0[0].rawValue } == Self.goldenUneven)
    }

    private static let golden = [
        ["node-0", "node-2"], ["node-3", "node-2"], ["node-4", "node-0"], ["node-3", "node-2"], ["node-4", "node-3"],
    ]
    private static let goldenUneven = ["node-2", "node-3", "node-4", "node-3", "node-4"]

    @Test("the logarithm is right to the last digits")
    func logarithm() {
        #expect(NaturalLogarithm.of(1) == 0)
        #expect(abs(NaturalLogarithm.of(2) - 0.693_147_180_559_945_3) < 1e-15)
        #expect(abs(NaturalLogarithm.of(0.001) + 6.907_755_278_982_137) < 1e-14)
        #expect(abs(NaturalLogarithm.of(0x1p-54) + 37.429_947_750_237_05) < 1e-13)
    }

    @Test("a strategy of one function has the defaults of the others")
    func defaults() throws {
        struct ByName: DistributionStrategy {
            func owners(of children: [ChildID], copies: Int, in view: PlacementView) -> [[NodeName]] {
                children.map { _ in Array(view.members.map(\.name).sorted().prefix(copies)) }
            }
        }
        let strategy: any DistributionStrategy = ByName()
        #expect(strategy.decidedBy == .everyNode && strategy.movesOnJoin && strategy.hooks.isEmpty)
        try strategy.validate([], StartOptions())
        #expect(strategy.owners(of: ["a"], copies: 1, in: view(2)) == [["node-0"]])
    }
}
