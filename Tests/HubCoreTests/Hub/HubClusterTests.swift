// SPDX-License-Identifier: Apache-2.0

import HubCore
import TestSupport
import Testing

@Suite("HubMachine, in a cluster", .serialized, .computing)
struct HubClusterTests {
    static let names: [NodeName] = ["a", "b", "c", "d", "e"]

    func cluster(_ count: Int, seed: UInt64 = 1, _ settings: HubSettings = HubSettings()) -> HubCluster {
        let cluster = HubCluster(seed: seed)
        cluster.settings = settings
        for name in Self.names.prefix(count) { cluster.boot(name) }
        cluster.view(of: Array(Self.names.prefix(count)))
        cluster.run(.seconds(2))
        return cluster
    }

    func children(_ count: Int, prefix: String = "c", kind: ProcessKind = "ok") -> [Child] {
        (0..<count).map { Child(id: ChildID("\(prefix)-\($0)"), kind: kind) }
    }

    @Test("what is started on one node is found on all, and is gone on all once it is stopped (S12, L1, S9)")
    func everywhere() {
        let cluster = cluster(3)
        let all = children(200)
        let start = cluster.start(all, on: "a")
        #expect(cluster.run(.seconds(5)) { cluster.finished[start] == false })
        for child in all {
            guard case .started(_, let holders) = cluster.answers[start]?[child.id] else {
                Issue.record("\(child.id): \(String(describing: cluster.answers[start]?[child.id]))")
                continue
            }
            #expect(holders >= 2)
        }
        #expect(cluster.run(.seconds(5)) { cluster.runsOnceEverywhere(all.map(\.id)) })
        #expect(cluster.live.allSatisfy { $0.running.count > 30 })
        let stop = cluster.stop(all.map(\.id), on: "b")
        #expect(cluster.run(.seconds(5)) { cluster.finished[stop] == false })
        #expect(all.allSatisfy { HubCluster.stopped(cluster.answers[stop]?[$0.id]) })
        #expect(cluster.live.allSatisfy { $0.instances.isEmpty })
        cluster.run(.seconds(30))
        #expect(cluster.areGone(all.map(\.id)))
        #expect(cluster.faults == [])
    }

    @Test(
        "nobody waits for an acknowledgement that may come later: one round trip is enough",
        arguments: 1...8 as ClosedRange<UInt64>)
    func promptly(seed: UInt64) {
        let cluster = cluster(3, seed: seed)
        // Every hop takes 0.6 ms at most, and the machines no time.
        cluster.weather.delay = 100_000...600_000
        for child in children(12) {
            for isStart in [true, false] {
                let asked = cluster.now
                let operation = isStart ? cluster.start([child], on: "a") : cluster.stop([child.id], on: "b")
                #expect(cluster.run(.seconds(1)) { cluster.finished[operation] != nil })
                #expect(asked.duration(to: cluster.now) < Limits.receiptPatience, "\(child.id) \(isStart)")
            }
        }
        #expect(cluster.faults == [])
    }

    @Test("what a joiner hears before its first view waits, so that its readers see nothing come and go (S12)")
    func heardBeforeTheFirstView() {
        let cluster = cluster(2)
        let all = children(50)
        let start = cluster.start(all, on: "a")
        #expect(cluster.run(.seconds(5)) { cluster.finished[start] == false })
        cluster.boot("c")
        cluster.view(of: ["a", "b", "c"], for: ["a", "b"])
        for name: NodeName in ["a", "b"] { cluster.post(.linkUp(name, cluster[name].incarnation), to: "c") }
        cluster.run(.seconds(2))
        #expect(cluster["c"].rows.isEmpty)
        cluster.view(of: ["a", "b", "c"], for: ["c"])
        #expect(cluster.run(.seconds(5)) { cluster.runsOnceEverywhere(all.map(\.id)) })
        #expect(cluster["c"].forgotten == [])
        #expect(cluster.faults == [])
    }

    @Test("what a life that is over said before the first view counts for nothing once the next one speaks (S12)")
    func formerLifeHeardBeforeTheFirstView() {
        let cluster = cluster(2)
        let all = children(50)
        let start = cluster.start(all, on: "a")
        #expect(cluster.run(.seconds(5)) { cluster.finished[start] == false })
        cluster.boot("c")
        cluster.view(of: ["a", "b", "c"], for: ["a", "b"])
        cluster.run(.milliseconds(20))
        cluster.kill("b")
        cluster.boot("b")
        cluster.view(of: ["a", "b", "c"])
        #expect(cluster.run(.seconds(10)) { cluster.runsOnceEverywhere(all.map(\.id)) })
        #expect(cluster.faults == [])
    }

    @Test("a node that is ready long after its view came starts what is its own (L1)")
    func readyLate() {
        let cluster = cluster(3)
        let all = children(50)
        let start = cluster.start(all, on: "a")
        #expect(cluster.run(.seconds(5)) { cluster.finished[start] == false })
        cluster.kill("c")
        cluster.boot("c")
        for name: NodeName in ["a", "b"] { cluster.cut("c", name) }
        cluster.view(of: ["a", "b", "c"])
        cluster.run(.seconds(3))
        #expect(cluster["c"].instances.isEmpty)
        cluster.heal()
        #expect(cluster.run(.seconds(5)) { cluster.runsOnceEverywhere(all.map(\.id)) })
        #expect(!cluster["c"].instances.isEmpty)
        #expect(cluster.faults == [])
    }

    @Test("one round trip answers a start on three nodes")
    func oneRoundTrip() {
        let cluster = cluster(3)
        cluster.weather.delay = 10_000_000...10_000_000
        let id = ChildID("far")
        let start = cluster.start([Child(id: id, kind: "ok")], on: "a")
        let began = cluster.now
        cluster.run(.seconds(5)) { cluster.finished[start] != nil }
        #expect(began.duration(to: cluster.now) < .milliseconds(22))
    }

    @Test("lost, doubled and late messages change no outcome", arguments: 1...12 as ClosedRange<UInt64>)
    func weather(seed: UInt64) {
        let cluster = cluster(3, seed: seed)
        cluster.weather = .init(loss: 0.2, duplication: 0.2, delay: 100_000...80_000_000)
        let sets = Self.names.prefix(3).map { name in (name, children(30, prefix: name.rawValue)) }
        let starts = sets.map { cluster.start($0.1, on: $0.0) }
        #expect(cluster.run(.seconds(12)) { starts.allSatisfy { cluster.finished[$0] != nil } })
        let all = sets.flatMap { $0.1.map(\.id) }
        for (start, set) in zip(starts, sets) {
            for child in set.1 { #expect(HubCluster.started(cluster.answers[start]?[child.id]), "\(child.id)") }
        }
        #expect(cluster.run(.seconds(20)) { cluster.runsOnceEverywhere(all) })
        let stop = cluster.stop(all, on: "c")
        #expect(cluster.run(.seconds(12)) { cluster.finished[stop] != nil })
        for id in all { #expect(HubCluster.stopped(cluster.answers[stop]?[id]), "\(id)") }
        #expect(cluster.live.allSatisfy { $0.instances.isEmpty })
        #expect(cluster.run(.seconds(20)) { cluster.areGone(all) })
        cluster.run(.seconds(60))
        #expect(cluster.areGone(all))
        #expect(cluster.faults == [])
    }

    @Test("of two starts of one id on two nodes, one starts it and the other hears where it runs")
    func concurrentStarts() async {
        for seed in 1...20 as ClosedRange<UInt64> {
            let cluster = cluster(3, seed: seed)
            let first = cluster.start([Child(id: "one", kind: "ok")], on: "a")
            let second = cluster.start([Child(id: "one", kind: "ok")], on: "b")
            cluster.run(.seconds(3))
            let outcomes = [cluster.answers[first]?["one"], cluster.answers[second]?["one"]]
            #expect(outcomes.filter(HubCluster.started).count == 1)
            #expect(outcomes.contains { if case .failed(.alreadyStarted) = $0 { true } else { false } })
            #expect(cluster.runsOnceEverywhere(["one"]))
            #expect(cluster.faults == [])
            await Task.yield()
        }
    }

    @Test("two nodes lost together lose no child (W3, L2)")
    func twoLost() {
        let cluster = cluster(5)
        let all = children(400)
        let start = cluster.start(all, on: "a")
        cluster.run(.seconds(5)) { cluster.finished[start] != nil }
        cluster.run(.seconds(1))
        cluster.kill("d")
        cluster.kill("e")
        cluster.view(of: ["a", "b", "c"])
        let lost = cluster.now
        #expect(cluster.run(.seconds(10)) { cluster.runsOnceEverywhere(all.map(\.id)) })
        #expect(lost.duration(to: cluster.now) < .milliseconds(500))
        #expect(cluster.faults == [])
    }

    @Test("a temporary child is not started again when its node is lost")
    func temporary() {
        let cluster = cluster(3)
        let all = (0..<30).map { Child(id: ChildID("t-\($0)"), kind: "ok", restart: .temporary) }
        cluster.start(all, on: "a")
        cluster.run(.seconds(2))
        let lost = cluster["c"].running
        cluster.kill("c")
        cluster.view(of: ["a", "b"])
        cluster.run(.seconds(5))
        #expect(!lost.isEmpty)
        #expect(cluster.areGone(lost))
        #expect(cluster.runsOnceEverywhere(all.map(\.id).filter { !lost.contains($0) }))
    }

    @Test("a node that has yet to see another one leaves that one's temporary children alone until it is gone")
    func temporaryOnStranger() {
        let cluster = cluster(1)
        cluster.boot("b")
        cluster.view(of: ["b"], for: ["b"])
        for (one, other): (NodeName, NodeName) in [("a", "b"), ("b", "a")] {
            cluster.post(.linkUp(one, cluster[one].incarnation), to: other)
        }
        cluster.run(.seconds(2))
        let all = (0..<20).map { Child(id: ChildID("t-\($0)"), kind: "ok", restart: .temporary) }
        let start = cluster.start(all, on: "a")
        #expect(cluster.run(.seconds(5)) { cluster.finished[start] == false })
        cluster.run(.seconds(5))
        #expect(cluster["a"].running.count == 20 && cluster["b"].running.isEmpty)
        #expect(all.allSatisfy { cluster["b"].rows[$0.id] != nil })
        cluster.kill("a")
        cluster.run(Limits.strangerTime + .seconds(2))
        #expect(all.allSatisfy { cluster["b"].rows[$0.id] == .gone } && cluster.faults == [])
    }

    @Test("the end of a temporary child's one life leaves a later start alone that its node knew nothing of (S8)")
    func endOfAnEarlierLife() {
        let cluster = cluster(3)
        var all = children(30)
        for index in all.indices { all[index].restart = .temporary }
        cluster.start(all, on: "a")
        cluster.run(.seconds(3))
        let ours = all.map(\.id).filter { !cluster["c"].running.contains($0) }
        cluster.cut("a", "c")
        cluster.cut("b", "c")
        cluster.view(of: ["a", "b"])
        cluster.stop(ours, on: "a")
        cluster.run(.seconds(2))
        let start = cluster.start(ours.map { Child(id: $0, kind: "ok") }, on: "a")
        #expect(cluster.run(.seconds(5)) { cluster.finished[start] != nil })
        // Later, the other side finds their hosts lost, and knows of their first life only.
        cluster.view(of: ["c"])
        cluster.run(.seconds(3))
        cluster.heal()
        cluster.renew("c")
        cluster.view(of: ["a", "b", "c"])
        #expect(!ours.isEmpty && cluster.run(.seconds(20)) { cluster.runsOnceEverywhere(ours) })
        #expect(cluster.faults == [])
    }

    @Test("an owner that crashes during the operation is asked no more, the next one is", arguments: [0, 1, 2, 5])
    func ownerCrash(afterMilliseconds: Int64) {
        let cluster = cluster(3)
        let all = children(60)
        let start = cluster.start(all, on: "a")
        cluster.run(.milliseconds(afterMilliseconds))
        cluster.kill("c")
        cluster.run(.seconds(1))
        cluster.view(of: ["a", "b"])
        #expect(cluster.run(.seconds(10)) { cluster.finished[start] != nil })
        #expect(all.allSatisfy { HubCluster.started(cluster.answers[start]?[$0.id]) })
        #expect(cluster.run(.seconds(5)) { cluster.runsOnceEverywhere(all.map(\.id)) })
        #expect(cluster.faults == [])
    }

    @Test("one failure takes back what the batch did on all nodes, and nothing else")
    func rollback() {
        let cluster = cluster(3)
        let before = children(20, prefix: "before")
        cluster.start(before, on: "b")
        cluster.run(.seconds(1))
        let batch = children(40) + [Child(id: "bad", kind: "fail")]
        let start = cluster.start(batch, on: "a", StartOptions(onFailure: .rollBack))
        #expect(cluster.run(.seconds(12)) { cluster.finished[start] == true })
        cluster.run(.seconds(2))
        #expect(cluster.areGone(batch.map(\.id)))
        #expect(cluster.runsOnceEverywhere(before.map(\.id)))
        #expect(cluster.answers[start]?.count == 41)
        #expect(cluster.faults == [])
    }

    @Test("nodes that each take the other for the owner give up after the hop limit")
    func hopLimit() {
        let cluster = cluster(2)
        cluster.view(of: ["a", "b"], for: ["a"], draining: [])
        let members = { (draining: NodeName) in
            (["a", "b"] as [NodeName]).map {
                Member(
                    name: $0, incarnation: cluster[$0].incarnation, hubs: ["hub"],
                    service: $0 == draining ? .draining : .inService)
            }
        }
        for name in ["a", "b"] as [NodeName] {
            let view = MemberView(version: 100, node: name, standing: .serving, members: members(name))
            cluster.post(.viewChanged(view), to: name)
        }
        let start = cluster.start([Child(id: "x", kind: "ok")], on: "a")
        cluster.run(.seconds(2))
        #expect(cluster.answers[start]?["x"] == .failed(.tooManyHops))
    }

    @Test("epochs grow over a restart of the whole cluster (S2)")
    func fullRestart() {
        let cluster = cluster(3)
        let all = children(20)
        cluster.start(all, on: "a")
        cluster.run(.seconds(2))
        let before = Self.epochs(cluster)
        for name in Self.names.prefix(3) { cluster.kill(name) }
        cluster.run(.milliseconds(100))
        for name in Self.names.prefix(3) { cluster.boot(name) }
        cluster.view(of: Array(Self.names.prefix(3)))
        cluster.run(.seconds(2))
        cluster.start(all, on: "b")
        cluster.run(.seconds(2))
        let after = Self.epochs(cluster)
        #expect(before.count == 20 && after.count == 20)
        for (child, epoch) in before { #expect(after[child] ?? .none > epoch) }
        #expect(cluster.faults == [])
    }

    static func epochs(_ cluster: HubCluster) -> [ChildID: Epoch] {
        var epochs: [ChildID: Epoch] = [:]
        for node in cluster.live {
            for instance in node.instances.keys { epochs[instance.child] = instance.epoch }
        }
        return epochs
    }

    @Test("a joiner gets its share: each child moves at most once, none is lost, none runs twice (L6, W1)")
    func join() {
        let cluster = cluster(2)
        let all = children(300)
        let start = cluster.start(all, on: "a")
        cluster.run(.seconds(5)) { cluster.finished[start] != nil }
        cluster.boot("c")
        cluster.view(of: ["a", "b", "c"])
        #expect(
            cluster.run(.seconds(20)) { cluster["c"].running.count > 70 && cluster.runsOnceEverywhere(all.map(\.id)) })
        cluster.run(.seconds(5))
        #expect(cluster.runsOnceEverywhere(all.map(\.id)))
        let moves = cluster.live.flatMap(\.notes).filter { if case .childMoved = $0 { true } else { false } }
        #expect(moves.count == cluster["c"].running.count)
        #expect(cluster.faults == [])
    }

    @Test("a joiner amid loss, repetition and delay", arguments: 1...8 as ClosedRange<UInt64>)
    func joinInWeather(seed: UInt64) {
        let cluster = cluster(2, seed: seed)
        let all = children(60)
        cluster.start(all, on: "a")
        cluster.run(.seconds(5))
        cluster.weather = .init(loss: 0.2, duplication: 0.2, delay: 100_000...60_000_000)
        cluster.boot("c")
        cluster.view(of: ["a", "b", "c"])
        #expect(
            cluster.run(.seconds(60)) { cluster["c"].running.count > 9 && cluster.runsOnceEverywhere(all.map(\.id)) })
        #expect(cluster.faults == [])
    }

    @Test("who waits in line to move and is stopped leaves its turn to the next")
    func turnsThatNobodyTakes() {
        var settings = HubSettings()
        settings.parallelMoves = 1
        let cluster = cluster(1, settings)
        let all = children(60)
        let start = cluster.start(all, on: "a")
        #expect(cluster.run(.seconds(5)) { cluster.finished[start] == false })
        cluster.boot("b")
        cluster.view(of: ["a", "b"])
        #expect(cluster.run(.seconds(5)) { !cluster["b"].running.isEmpty })
        let leaving = cluster["a"].running.filter { cluster["a"].machine.home(of: $0) == "b" }
        #expect(leaving.count > 20)
        let stop = cluster.stop(Array(leaving.dropLast(3)), on: "a")
        #expect(cluster.run(.seconds(5)) { cluster.finished[stop] == false })
        #expect(cluster.run(.seconds(20)) { leaving.suffix(3).allSatisfy(cluster["b"].running.contains) })
        #expect(cluster.faults == [])
    }

    @Test("a drained node gives everything away and says so")
    func drain() {
        let cluster = cluster(3)
        let all = children(300)
        cluster.start(all, on: "a")
        cluster.run(.seconds(3))
        let count = cluster["b"].running.count
        cluster.view(of: ["a", "b", "c"], draining: ["b"])
        cluster.post(.drainAsked(deadline: .seconds(25)), to: "b")
        #expect(cluster.run(.seconds(20)) { cluster["b"].drained != nil })
        #expect(cluster["b"].drained?.moved == count)
        #expect(cluster["b"].drained?.failed == [])
        #expect(cluster["b"].instances.isEmpty)
        cluster.kill("b")
        cluster.view(of: ["a", "c"])
        #expect(cluster.run(.seconds(5)) { cluster.runsOnceEverywhere(all.map(\.id)) })
        #expect(cluster.faults == [])
    }

    @Test("a node that was declared dead while it leaves moves on what nobody took (S11)")
    func drainOfAnotherLife() {
        let cluster = cluster(3)
        let all = children(90)
        cluster.start(all, on: "a")
        cluster.run(.seconds(3))
        let count = cluster["b"].running.count
        cluster.renew("b")
        cluster.view(of: ["a", "b", "c"], draining: ["b"])
        cluster.post(.drainAsked(deadline: .seconds(60)), to: "b")
        #expect(cluster.run(.seconds(10)) { cluster["b"].drained != nil })
        #expect(cluster["b"].drained?.moved == count && count > 0)
        #expect(cluster["b"].drained?.failed == [])
        #expect(cluster.run(.seconds(5)) { cluster.runsOnceEverywhere(all.map(\.id)) })
        #expect(cluster.faults == [])
    }

    @Test("an instance that ended before it was to go on under another epoch is started again (L1, S13)")
    func endedBeforeItsRenewal() throws {
        let cluster = cluster(3)
        let all = children(30)
        cluster.start(all, on: "a")
        cluster.run(.seconds(3))
        let ended = cluster["b"].instances.keys.sorted { $0.child < $1.child }.prefix(2)
        #expect(ended.count == 2)
        for instance in ended { cluster["b"].instances[instance] = nil }
        // The node is declared dead twice before its machine hears of the ends.
        for _ in 0..<2 {
            cluster.renew("b")
            cluster.view(of: ["a", "b", "c"])
            cluster.run(.milliseconds(2))
        }
        for instance in ended { cluster.post(.instanceEnded(instance, .failed("crash")), to: "b") }
        #expect(cluster.run(.seconds(10)) { cluster.runsOnceEverywhere(all.map(\.id)) })
        #expect(cluster["b"].activated.filter { $0.value == 1 }.count == cluster["b"].running.count)
        #expect(cluster.faults == [])
    }

    @Test("a drain with nobody to take anything stops everything at once and names it")
    func drainAlone() {
        let cluster = cluster(1)
        let all = children(30)
        cluster.start(all, on: "a")
        cluster.run(.seconds(3))
        cluster.post(.drainAsked(deadline: .seconds(25)), to: "a")
        #expect(cluster.run(.seconds(2)) { cluster["a"].drained != nil })
        #expect(cluster["a"].drained?.failed.sorted() == all.map(\.id).sorted())
        #expect(cluster["a"].instances.isEmpty)
    }

    @Test("what both sides of a split started runs once after it heals, under a new epoch")
    func split() {
        let cluster = cluster(4)
        cluster.weather.delay = 100_000...5_000_000
        let all = children(60)
        cluster.start(all, on: "a")
        cluster.run(.seconds(3))
        for one in ["a", "b"] as [NodeName] { for other in ["c", "d"] as [NodeName] { cluster.cut(one, other) } }
        cluster.view(of: ["a", "b"])
        cluster.view(of: ["c", "d"])
        cluster.run(.seconds(5))
        #expect(cluster.live.map(\.running.count).reduce(0, +) == 120)
        cluster.heal()
        for name in ["c", "d"] as [NodeName] { cluster.renew(name) }
        cluster.view(of: Array(Self.names.prefix(4)))
        #expect(cluster.run(.seconds(20)) { cluster.runsOnceEverywhere(all.map(\.id)) })
        cluster.run(.seconds(5))
        #expect(cluster.runsOnceEverywhere(all.map(\.id)))
        #expect(cluster.faults == [])
    }

    @Test("a member that gives way to a node which is in no view yet does not hide where the child runs (S12)")
    func givesWayToAStranger() {
        let cluster = cluster(3)
        let all = children(30)
        cluster.start(all, on: "a")
        cluster.run(.seconds(3))
        for other in ["b", "c"] as [NodeName] { cluster.cut("a", other) }
        cluster.view(of: ["b", "c"])
        cluster.run(.seconds(3))
        // Later than the others, so that what it starts has the higher epochs.
        cluster.view(of: ["a"])
        cluster.run(.seconds(3))
        cluster.heal()
        cluster.renew("a")
        // One of the others has yet to see it.
        cluster.view(of: ["a", "b", "c"], for: ["a", "b"])
        var gaveWay = 0
        var hidden: Set<ChildID> = []
        cluster.run(.seconds(2)) {
            for child in all.map(\.id) where cluster.hasEnded(child, on: "b", but: "a", asSeenBy: "c") {
                gaveWay += 1
                if case .wished(_, _, _, let hosts) = cluster["c"].rows[child], hosts.isEmpty { hidden.insert(child) }
            }
            return false
        }
        #expect(gaveWay > 0)
        #expect(hidden == [])
        cluster.view(of: ["a", "b", "c"])
        #expect(cluster.run(.seconds(20)) { cluster.runsOnceEverywhere(all.map(\.id)) })
        #expect(cluster.faults == [])
    }

    @Test("a stop that races a node that was cut off holds when the node returns (S9)")
    func stopAndReturn() {
        let cluster = cluster(3)
        let all = children(60)
        cluster.start(all, on: "a")
        cluster.run(.seconds(3))
        cluster.cut("a", "c")
        cluster.cut("b", "c")
        let stop = cluster.stop(all.map(\.id), on: "a")
        cluster.run(.milliseconds(300))
        cluster.view(of: ["a", "b"])
        cluster.view(of: ["c"])
        #expect(cluster.run(.seconds(11)) { cluster.finished[stop] != nil })
        #expect(all.allSatisfy { HubCluster.stopped(cluster.answers[stop]?[$0.id]) })
        #expect(cluster["a"].instances.isEmpty && cluster["b"].instances.isEmpty)
        cluster.heal()
        cluster.renew("c")
        cluster.view(of: ["a", "b", "c"])
        #expect(cluster.run(.seconds(10)) { cluster.areGone(all.map(\.id)) })
        cluster.run(.seconds(30))
        #expect(cluster.areGone(all.map(\.id)))
        #expect(cluster.faults == [])
    }

    @Test("who takes over what a living member let go of hears first whether it was stopped (S9)")
    func letGoOf() {
        var settings = HubSettings()
        (settings.registry.messageRows, settings.registry.windowRows) = (2, 4)
        let cluster = cluster(3, settings)
        let all = children(60)
        cluster.start(all, on: "a")
        cluster.run(.seconds(3))
        // One of the others takes the leaving node's children for its own, and hears of their ends before their stops.
        cluster.view(of: ["a", "b", "c"], for: ["c"], draining: ["b"])
        cluster.run(.milliseconds(100))
        let before = cluster["c"].notes.count
        let stop = cluster.stop(all.map(\.id), on: "b")
        #expect(cluster.run(.seconds(10)) { cluster.finished[stop] != nil })
        #expect(cluster.run(.seconds(10)) { cluster.areGone(all.map(\.id)) })
        let begun = cluster["c"].notes.dropFirst(before).filter {
            if case .activated = $0 { true } else { false }
        }
        #expect(begun.isEmpty)
        #expect(cluster.faults == [])
    }

    @Test(
        "a joiner that begins to leave while children are on their way to it passes them on (L1)",
        arguments: [5, 15, 25, 35, 45, 55, 65, 75])
    func leavesWhileTaking(afterMilliseconds: Int64) {
        let cluster = cluster(2)
        let all = children(60)
        cluster.start(all, on: "a")
        cluster.run(.seconds(3))
        cluster.weather.delay = 10_000_000...10_000_000
        cluster.boot("c")
        cluster.view(of: ["a", "b", "c"])
        cluster.run(.milliseconds(afterMilliseconds))
        cluster.view(of: ["a", "b", "c"], draining: ["c"])
        cluster.post(.drainAsked(deadline: .seconds(60)), to: "c")
        #expect(cluster.run(.seconds(20)) { cluster.runsOnceEverywhere(all.map(\.id)) })
        #expect(cluster["c"].running.isEmpty)
        #expect(cluster.faults == [])
    }

    @Test("a kind that only one member can run runs there")
    func kinds() {
        let cluster = cluster(3)
        let all = children(20, kind: "only-c")
        let start = cluster.start(all, on: "a")
        #expect(cluster.run(.seconds(11)) { cluster.finished[start] != nil })
        #expect(all.allSatisfy { HubCluster.started(cluster.answers[start]?[$0.id]) })
        #expect(cluster["c"].running.count == 20)
        #expect(cluster.faults == [])
    }

    @Test(
        "a kind that no member can run is refused once all said so, and no wish is left",
        arguments: [1, 2, 3, 5], 1...4 as ClosedRange<UInt64>)
    func kindsOfNobody(members: Int, seed: UInt64) {
        var settings = HubSettings()
        settings.kinds = ["ok", "slow"]
        let cluster = cluster(members, seed: seed, settings)
        let all = children(20, kind: "only-nobody")
        let start = cluster.start(all, on: "a")
        #expect(cluster.run(.seconds(2)) { cluster.finished[start] != nil })
        #expect(all.allSatisfy { Self.isOfUnknownKind(cluster.answers[start]?[$0.id]) })
        _ = cluster.run(.seconds(3)) { false }
        #expect(cluster.areGone(all.map(\.id)) && cluster.wishes(for: all.map(\.id)).isEmpty)
        let again = cluster.start(children(1, kind: "ok"), on: "a")
        #expect(cluster.run(.seconds(2)) { cluster.finished[again] != nil })
        #expect(cluster.answers[again]?.values.allSatisfy { HubCluster.started($0) } ?? false)
        #expect(cluster.faults == [])
    }

    @Test("of more kinds than members take note of, each is refused all the same")
    func manyKindsOfNobody() {
        var settings = HubSettings()
        settings.kinds = ["ok"]
        let cluster = cluster(1, settings)
        let all = (0..<Limits.kindsPerHub + 100).map { number in
            Child(id: ChildID("k-\(number)"), kind: ProcessKind("kind-\(number)"))
        }
        let start = cluster.start(all, on: "a")
        #expect(cluster.run(.seconds(5)) { cluster.finished[start] != nil })
        #expect(all.allSatisfy { Self.isOfUnknownKind(cluster.answers[start]?[$0.id]) })
        #expect(cluster.wishes(for: all.map(\.id)).isEmpty && cluster.faults == [])
    }

    @Test(
        "that a member cannot run a kind may show only when it is to run it", arguments: [1, 2, 3, 5],
        1...4 as ClosedRange<UInt64>)
    func kindsOfNobodyShownLate(members: Int, seed: UInt64) {
        let cluster = cluster(members, seed: seed)
        let all = children(20, kind: "only-nobody")
        let start = cluster.start(all, on: "a")
        #expect(cluster.run(.seconds(2)) { cluster.finished[start] != nil })
        #expect(all.allSatisfy { Self.isOfUnknownKind(cluster.answers[start]?[$0.id]) })
        #expect(cluster.run(.seconds(2)) { cluster.areGone(all.map(\.id)) })
        #expect(cluster.faults == [])
    }

    private static func isOfUnknownKind(_ outcome: ChildOutcome?) -> Bool {
        if case .failed(.startFailed(.unknownKind, _)) = outcome { true } else { false }
    }

    @Test("a child whose kind no member can run any more is stopped all the same")
    func stopOfKindOfNobody() {
        let cluster = cluster(3)
        let all = children(6, kind: "only-c")
        let start = cluster.start(all, on: "a")
        #expect(cluster.run(.seconds(11)) { cluster.finished[start] != nil })
        cluster.kill("c")
        cluster.view(of: ["a", "b"])
        _ = cluster.run(.seconds(2)) { false }
        let stop = cluster.stop(all.map(\.id), on: "a")
        #expect(cluster.run(.seconds(2)) { cluster.finished[stop] != nil })
        #expect(all.allSatisfy { HubCluster.stopped(cluster.answers[stop]?[$0.id]) })
        #expect(cluster.faults == [])
    }

    @Test(
        "a slow authority that sometimes refuses delays everything and loses nothing",
        arguments: 1...4 as ClosedRange<UInt64>)
    func slowAuthority(seed: UInt64) {
        var settings = HubSettings()
        settings.authority = .asked
        let cluster = cluster(3, seed: seed, settings)
        let all = children(60)
        let start = cluster.start(all, on: "a")
        #expect(cluster.run(.seconds(11)) { cluster.finished[start] != nil })
        #expect(cluster.run(.seconds(5)) { cluster.runsOnceEverywhere(all.map(\.id)) })
        cluster.kill("c")
        cluster.view(of: ["a", "b"])
        #expect(cluster.run(.seconds(10)) { cluster.runsOnceEverywhere(all.map(\.id)) })
        let stop = cluster.stop(all.map(\.id), on: "b")
        #expect(cluster.run(.seconds(11)) { cluster.finished[stop] != nil })
        #expect(cluster.areGone(all.map(\.id)))
        #expect(cluster.faults == [])
    }

    @Test("10 000 children on three nodes: bounded work between continuations (W47–W53)")
    func large() {
        let cluster = cluster(3)
        let all = children(10_000)
        let start = cluster.start(all, on: "a")
        #expect(cluster.run(.seconds(10)) { cluster.finished[start] == false })
        #expect(cluster.live.map(\.running.count).reduce(0, +) == 10_000)
        for node in cluster.live {
            #expect(node.worstBatch < 8 * UInt64(Limits.batchWork), "\(node.name): \(node.worstBatch)")
        }
        let stop = cluster.stop(all.map(\.id), on: "b")
        #expect(cluster.run(.seconds(10)) { cluster.finished[stop] == false })
        #expect(cluster.live.allSatisfy { $0.instances.isEmpty })
        #expect(cluster.faults == [])
    }

    @Test("a newcomer that compares with four at once: bounded work between continuations (W47–W53)")
    func comparesWithMany() {
        let cluster = cluster(4)
        let all = children(3_000)
        let start = cluster.start(all, on: "a")
        #expect(cluster.run(.seconds(10)) { cluster.finished[start] == false })
        // All answer at the same time.
        cluster.weather.delay = 500_000...500_000
        cluster.boot("e")
        cluster.view(of: ["a", "b", "c", "d", "e"])
        #expect(cluster.run(.seconds(20)) { cluster["e"].rows.count == 3_000 })
        for node in cluster.live {
            #expect(node.worstBatch < 8 * UInt64(Limits.batchWork), "\(node.name): \(node.worstBatch)")
        }
        #expect(cluster.faults == [])
    }
}
