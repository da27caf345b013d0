// SPDX-License-Identifier: Apache-2.0

import HubCore
import TestSupport
import Testing

@Suite("HubMachine, asked twice by its own callers", .computing)
struct AskedTwiceTests {
    /// `a` keeps what runs on it, and waits for a majority to hold it; meanwhile it hears from `c`, which was alone, that all
    /// of it was stopped.
    private func waiting() -> (cluster: HubCluster, start: UInt64, children: [Child]) {
        let cluster = HubClusterTests().cluster(5)
        let others: [NodeName] = ["b", "d", "e"]
        let all = HubClusterTests().children(60)
        let first = cluster.start(all, on: "a")
        #expect(cluster.run(.seconds(5)) { cluster.finished[first] == false })
        let children = all.filter { cluster.hosts(of: $0.id) == ["a"] }
        for name in others + ["a"] { cluster.cut("c", name) }
        cluster.view(of: others + ["a"])
        cluster.view(of: ["c"])
        cluster.run(.seconds(5))
        let stop = cluster.stop(children.map(\.id), on: "c")
        #expect(cluster.run(.seconds(5)) { cluster.finished[stop] == false })
        for name in others { cluster.cut("a", name) }
        cluster.run(.milliseconds(100))  // so that clocks say what was asked first
        let start = cluster.start(children, on: "a", .init(deadline: .seconds(60), existing: .keep))
        cluster.run(.milliseconds(50))
        cluster.heal()
        for name in others { for side: NodeName in ["a", "c"] { cluster.cut(name, side) } }
        cluster.view(of: others + ["a", "c"], for: ["a", "c"])
        cluster.run(.milliseconds(400))
        return (cluster, start, children)
    }

    @Test("what is asked once more while its answer is on its way is not decided anew, and begins nothing again (S9)")
    func answeredMeanwhile() {
        let (cluster, start, children) = waiting()
        #expect(!children.isEmpty)
        #expect(cluster.finished[start] == nil)
        #expect(Set(cluster["a"].running).isDisjoint(with: children.map(\.id)))
        // The two are a majority now, and in the same moment everything is asked again.
        cluster.view(of: ["a", "c"], for: ["a"])
        #expect(cluster.run(.seconds(5)) { cluster.finished[start] == false })
        cluster.run(.seconds(2))
        #expect(children.allSatisfy { HubCluster.started(cluster.answers[start]?[$0.id]) })
        #expect(Set(cluster["a"].running).isDisjoint(with: children.map(\.id)))
        #expect(cluster.faults == [])
    }
}
