// SPDX-License-Identifier: Apache-2.0

import HubCore
import TestSupport
import Testing

@Suite("HubMachine, alone", .serialized, .computing)
struct HubAloneTests {
    func cluster(_ settings: HubSettings = HubSettings()) -> HubCluster {
        let cluster = HubCluster()
        cluster.settings = settings
        cluster.boot("a")
        cluster.view(of: ["a"])
        return cluster
    }

    @Test("a child is started, found and stopped, and each answer comes once")
    func lifeOfAChild() {
        let cluster = cluster()
        let start = cluster.start([Child(id: "c", kind: "ok")], on: "a")
        #expect(cluster.run { cluster.finished[start] == false })
        #expect(HubCluster.started(cluster.answers[start]?["c"]))
        #expect(cluster.runsOnceEverywhere(["c"]))
        let stop = cluster.stop(["c"], on: "a")
        #expect(cluster.run { cluster.finished[stop] == false })
        #expect(HubCluster.stopped(cluster.answers[stop]?["c"]))
        #expect(cluster.areGone(["c"]))
        #expect(cluster.faults == [])
    }

    @Test("an instance of which the machine knows nothing is ended: nobody else would (S9)")
    func stray() {
        let cluster = cluster()
        let instance = InstanceID(child: "c", epoch: Epoch(Stamp(time: 7, incarnation: Incarnation(rawValue: 1))))
        var effects: [HubEffect] = []
        cluster["a"].machine.handle(.instancesStarted([instance]), at: cluster.now, into: &effects)
        let stopped = effects.flatMap { effect in
            if case .stopInstances(let orders) = effect { orders.map(\.instance) } else { [InstanceID]() }
        }
        #expect(stopped == [instance])
        effects = []
        cluster["a"].machine.handle(.instanceEnded(instance, .stopped), at: cluster.now, into: &effects)
        #expect(effects.isEmpty)
    }

    @Test("what is asked before the node serves waits for it")
    func beforeServing() {
        let cluster = HubCluster()
        cluster.boot("a")
        let start = cluster.start([Child(id: "c", kind: "ok")], on: "a")
        cluster.run(.seconds(2))
        #expect(cluster.finished[start] == nil)
        cluster.view(of: ["a"])
        #expect(cluster.run { cluster.finished[start] == false })
        #expect(HubCluster.started(cluster.answers[start]?["c"]))
    }

    @Test("what never becomes possible fails at its deadline")
    func never() {
        let cluster = HubCluster()
        cluster.boot("a")
        let start = cluster.start([Child(id: "c", kind: "ok")], on: "a")
        #expect(cluster.run(.seconds(11)) { cluster.finished[start] != nil })
        #expect(cluster.answers[start] == ["c": .failed(.deadlinePassed(accepted: false))])
    }

    @Test("a start of a child that runs is refused, or kept if that was asked")
    func existing() {
        let cluster = cluster()
        cluster.start([Child(id: "c", kind: "ok")], on: "a")
        cluster.run(.seconds(1))
        let again = cluster.start([Child(id: "c", kind: "ok")], on: "a")
        let keep = cluster.start([Child(id: "c", kind: "ok")], on: "a", StartOptions(existing: .keep))
        let other = cluster.start([Child(id: "c", kind: "slow")], on: "a", StartOptions(existing: .keep))
        cluster.run(.seconds(1))
        guard case .failed(.alreadyStarted(let route)) = cluster.answers[again]?["c"] else {
            Issue.record("not refused: \(String(describing: cluster.answers[again]))")
            return
        }
        #expect(route?.node == "a")
        #expect(HubCluster.started(cluster.answers[keep]?["c"]))
        #expect(cluster.answers[other]?["c"] == .failed(.alreadyStarted(route)))
        #expect(cluster.faults == [])
    }

    @Test("a batch that names a child twice starts it once")
    func duplicates() {
        let cluster = cluster()
        let start = cluster.start(["c", "d", "c"].map { Child(id: $0, kind: "ok") }, on: "a")
        cluster.run { cluster.finished[start] != nil }
        #expect(HubCluster.started(cluster.answers[start]?["d"]))
        #expect(cluster.hosts(of: "c") == ["a"])
        #expect(cluster.faults == [])
    }

    @Test("a child that cannot be started fails alone, and is not wished for afterwards")
    func failing() {
        let cluster = cluster()
        let start = cluster.start([Child(id: "bad", kind: "fail"), Child(id: "good", kind: "ok")], on: "a")
        #expect(cluster.run { cluster.finished[start] == false })
        #expect(cluster.answers[start]?["bad"] == .failed(.startFailed(.initializerThrew("no"), on: "a")))
        #expect(HubCluster.started(cluster.answers[start]?["good"]))
        cluster.run(.seconds(30))
        #expect(cluster.areGone(["bad"]))
        #expect(cluster.runsOnceEverywhere(["good"]))
    }

    @Test("one failure takes the whole batch back, and only the batch")
    func rollback() {
        let cluster = cluster()
        cluster.start([Child(id: "before", kind: "ok")], on: "a")
        cluster.run(.seconds(1))
        let batch = [Child(id: "x", kind: "ok"), Child(id: "before", kind: "ok"), Child(id: "bad", kind: "fail")]
        let start = cluster.start(batch, on: "a", StartOptions(onFailure: .rollBack))
        #expect(cluster.run { cluster.finished[start] == true })
        #expect(cluster.answers[start]?["x"] == .failed(.rolledBack))
        #expect(cluster.answers[start]?["bad"]?.isFailure ?? false)
        cluster.run(.seconds(1))
        #expect(cluster.areGone(["x"]))
        #expect(cluster.areGone(["bad"]), "\(cluster["a"].instances) \(cluster["a"].rows)")
        #expect(cluster.runsOnceEverywhere(["before"]))
        #expect(cluster.faults == [])
    }

    @Test("a child that is never made ends at the deadline of its operation and keeps nothing else waiting")
    func hanging() {
        let cluster = cluster()
        let start = cluster.start([Child(id: "hang", kind: "hang"), Child(id: "good", kind: "ok")], on: "a")
        cluster.run(.seconds(1))
        #expect(HubCluster.started(cluster.answers[start]?["good"]))
        #expect(cluster.run(.seconds(11)) { cluster.finished[start] != nil })
        #expect(cluster.answers[start]?["hang"]?.isFailure ?? false)
        #expect(cluster.faults == [])
    }

    @Test("metadata and tags change, and readers see it before the caller is told")
    func change() {
        let cluster = cluster()
        cluster.start([Child(id: "c", kind: "ok", tags: ["old"])], on: "a")
        cluster.run(.seconds(1))
        let change = cluster.ask("a") {
            .changeAsked($0, "c", metadata: ["k": 1], tags: ["new"], deadline: .seconds(10))
        }
        #expect(cluster.run { cluster.finished[change] == false })
        #expect(cluster.answers[change]?["c"] == .changed(holders: 1))
        guard case .wished(_, let metadata, let tags, let hosts) = cluster["a"].rows["c"] else {
            Issue.record("not wished")
            return
        }
        #expect(metadata == ["k": 1] && tags == ["new"] && hosts.count == 1)
        let none = cluster.ask("a") { .changeAsked($0, "nobody", metadata: nil, tags: [], deadline: .seconds(10)) }
        cluster.run { cluster.finished[none] != nil }
        #expect(cluster.answers[none]?["nobody"] == .failed(.unknown))
    }

    @Test("a crash is restarted at once under a new epoch, and after too many the child is left alone (W31)")
    func quarantine() {
        let cluster = cluster()
        cluster.start([Child(id: "c", kind: "crash"), Child(id: "good", kind: "ok")], on: "a")
        cluster.run(.seconds(20))
        #expect(cluster["a"].notes.contains(.quarantined("c", failures: 6)))
        #expect(cluster.hosts(of: "c") == [])
        #expect(cluster.runsOnceEverywhere(["good"]))
        let epochs = cluster["a"].activated.keys.filter { $0.child == "c" }.count
        #expect(epochs == 6)
        // An operator's start ends it, and so does time.
        cluster.start([Child(id: "c", kind: "crash")], on: "a")
        cluster.run(.seconds(20))
        #expect(cluster["a"].activated.keys.filter { $0.child == "c" }.count == 12)
        cluster.run(.seconds(330))
        #expect(cluster["a"].activated.keys.filter { $0.child == "c" }.count >= 18)
        #expect(cluster.faults == [])
    }

    @Test(
        "what a normal end means is up to the restart policy",
        arguments: [(RestartPolicy.permanent, true), (.transient, false), (.temporary, false)])
    func normalEnd(policy: RestartPolicy, remains: Bool) {
        let cluster = cluster()
        let start = cluster.start([Child(id: "c", kind: "exit", restart: policy)], on: "a")
        cluster.run(.seconds(1))
        #expect(cluster.finished[start] != nil)
        #expect((cluster["a"].rows["c"] != .gone) == remains)
        #expect(cluster.faults == [])
    }

    @Test("a storm of crashes delays restarts and stops nothing")
    func storm() {
        let cluster = cluster()
        let children = (0..<300).map { Child(id: "c-\($0)", kind: "ok") }
        cluster.start(children, on: "a")
        cluster.run(.seconds(1))
        for (instance, _) in cluster["a"].instances {
            cluster.post(.instanceEnded(instance, .failed("x")), to: "a")
        }
        cluster.run(.seconds(2))
        #expect(cluster["a"].running.count == 100)
        cluster.run(.seconds(20))
        #expect(cluster.runsOnceEverywhere(children.map(\.id)))
        #expect(cluster.faults == [])
    }

    @Test("a child that takes the place of one that has just gone is not taken for it (S13, S11)")
    func reusedSlot() throws {
        var settings = HubSettings()
        settings.registry.tombstoneLife = .zero
        let cluster = cluster(settings)
        cluster.start([Child(id: "old", kind: "ok")], on: "a")
        cluster.run(.seconds(1))
        cluster.stop(["old"], on: "a")
        #expect(cluster.run(.seconds(1)) { cluster["a"].instances.values.contains(.ending) })
        let old = try #require(cluster["a"].instances.keys.first)
        // The end is read while the starts wait for the next batch.
        let many = (0..<2_000).map { Child(id: ChildID("new-\($0)"), kind: "ok") }
        let start = cluster.start(many, on: "a")
        cluster.post(.instanceEnded(old, .stopped), to: "a")
        #expect(cluster.run(.seconds(5)) { cluster.finished[start] == false })
        cluster.run(.seconds(1))
        #expect(cluster.runsOnceEverywhere(many.map(\.id)))
        #expect(cluster.faults == [])
    }

    @Test("10 000 children in one batch, and two such batches at once: bounded work between continuations (W47–W53)")
    func large() {
        for batches in [1, 2] {
            let cluster = cluster()
            let ids = (0..<batches).map { batch in (0..<10_000).map { ChildID("c-\(batch)-\($0)") } }
            let starts = ids.map { cluster.start($0.map { Child(id: $0, kind: "ok") }, on: "a") }
            #expect(cluster.run { starts.allSatisfy { cluster.finished[$0] != nil } })
            #expect(cluster["a"].running.count == batches * 10_000)
            let stops = ids.map { cluster.stop($0, on: "a") }
            #expect(cluster.run { stops.allSatisfy { cluster.finished[$0] != nil } })
            #expect(cluster["a"].instances.isEmpty)
            #expect(cluster["a"].worstBatch < 8 * UInt64(Limits.batchWork), "\(cluster["a"].worstBatch) accesses")
            #expect(cluster.faults == [])
        }
    }

    @Test("no more initializers are under way than a hub may have at a time")
    func parallelStarts() {
        var settings = HubSettings()
        settings.parallelStarts = 4
        let cluster = cluster(settings)
        let all = (0..<50).map { Child(id: ChildID("s-\($0)"), kind: "slow") }
        let start = cluster.start(all, on: "a")
        var most = 0
        while cluster.finished[start] == nil, cluster.now < Instant(nanoseconds: 60_000_000_000) {
            cluster.run(.milliseconds(20))
            most = max(most, cluster["a"].instances.values.filter { $0 == .made }.count)
        }
        #expect(most == 4)
        #expect(cluster.finished[start] == false && cluster["a"].running.count == 50)
        #expect(cluster.faults == [])
    }

    @Test("twice as many children take twice the work, and not more (W47–W53)")
    func proportional() {
        let work = [2_000, 4_000].map { count -> UInt64 in
            let cluster = cluster()
            let ids = (0..<count).map { ChildID("c-\($0)") }
            let start = cluster.start(ids.map { Child(id: $0, kind: "ok") }, on: "a")
            #expect(cluster.run { cluster.finished[start] == false })
            let stop = cluster.stop(ids, on: "a")
            #expect(cluster.run { cluster.finished[stop] == false })
            return cluster["a"].machine.registry.totalWork
        }
        #expect(work[1] > work[0] && work[1] < work[0] * 5 / 2, "\(work)")
    }
}
