// SPDX-License-Identifier: Apache-2.0

import HubCore
import Testing

@Suite("CopyRule")
struct CopyRuleTests {
    func epoch(_ time: UInt64) -> Epoch { Epoch(Stamp(time: time, incarnation: Incarnation(rawValue: 1))) }
    func copy(_ node: NodeName, _ time: UInt64, _ version: UInt64, complete: Bool = true) -> RankedCopy {
        RankedCopy(node: node, epoch: epoch(time), version: version, isComplete: complete)
    }

    @Test("the highest epoch succeeds, then the highest version, then what the placement prefers")
    func successor() {
        let older = copy("a", 1, 900)
        let newer = copy("b", 2, 3)
        let lived = copy("c", 2, 4)
        #expect(CopyRule.successor(among: [older, newer, lived], order: ["a", "b", "c"]) == lived)
        #expect(CopyRule.successor(among: [older, newer], order: ["a", "b"]) == newer)
        let twin = copy("d", 2, 4)
        #expect(CopyRule.successor(among: [lived, twin], order: ["d", "c"]) == twin)
        #expect(CopyRule.successor(among: [twin, lived], order: ["c", "d"]) == lived)
    }

    @Test("an incomplete copy is no copy")
    func incomplete() {
        let half = copy("a", 9, 9, complete: false)
        let whole = copy("b", 1, 1)
        #expect(CopyRule.successor(among: [half, whole], order: []) == whole)
        #expect(CopyRule.successor(among: [half], order: []) == nil)
    }

    @Test("of two that meet the lived one goes on, and both sides say the same")
    func survivor() {
        let lived = copy("a", 1, 40)
        let fresh = copy("b", 2, 0)
        #expect(CopyRule.survivor(of: lived, fresh) == lived)
        #expect(CopyRule.survivor(of: fresh, lived) == lived)
        let other = copy("c", 3, 0)
        #expect(CopyRule.survivor(of: fresh, other) == other)
        #expect(CopyRule.survivor(of: other, fresh) == other)
    }
}
