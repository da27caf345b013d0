// SPDX-License-Identifier: Apache-2.0

import Distributed
import Foundation
import Logging
import Synchronization
import TestSupport
import Testing

@testable import HubCore
@testable import ProcessHub

/// A process whose initializer holds its thread until the test releases it.
private distributed actor Blocker: HubProcess {
    static let isBlocking = Atomic<Bool>(false)
    static let isReleased = Atomic<Bool>(false)

    init(_: NoArguments, actorSystem: HubActorSystem) {
        self.actorSystem = actorSystem
        Self.isBlocking.store(true, ordering: .relaxed)
        while !Self.isReleased.load(ordering: .relaxed) { Thread.sleep(forTimeInterval: 0.001) }
    }
}

@Suite("Instances", .live)
struct InstancesTests {
    /// Runs a node with one hub while `body` does.
    private func hub(_ body: @Sendable @escaping (Hub) async throws -> Void) async throws {
        let node = testNode("a")
        let hub = try Hub("h", on: node) { $0.processes = [Subject.self, Bench.self] }
        try await running(node) { try await body(hub) }
    }

    @Test("body and terminate inherit neither deadline, task locals nor priority of who places and stops")
    func inheritance() async throws {
        try await hub { hub in
            var script = Subject.Script()
            let journal = script.journal
            let tell: @Sendable (String) -> Void = { place in
                let frame = CallFrame.current
                let isFree = frame.limit == nil && frame.chain.isEmpty && Task.currentPriority == .medium
                journal.note("\(place): \(Subject.inherited), \(isFree)")
            }
            script.body = { [script] _ in
                tell("body")
                _ = script
            }
            script.end = { tell("end") }
            let prescribed = script
            let errand = Task(priority: .background) {
                try await Subject.$inherited.withValue("a stranger's") {
                    try await withDeadline(patience) {
                        _ = try await hub.place("s", prescribed)
                        try await eventually { journal.entries.contains { $0.hasPrefix("body") } }
                        _ = await hub.remove("s")
                    }
                }
            }
            try await errand.value
            #expect(journal.entries.filter { $0.contains(":") } == ["body: nothing, true", "end: nothing, true"])
        }
    }

    @Test("terminate is the last thing, also for a process that is stopped while it is being placed")
    func order() async throws {
        try await hub { hub in
            for number in 0..<300 {
                let script = Subject.Script(body: { _ in
                    while !Task.isCancelled { await Task.yield() }
                })
                let id = ChildID("s\(number)")
                let placed = Task { try await hub.place(id, script) }
                while hub.node.calls.table[ProcessID(hub: "h", child: id)]?.instance == nil { await Task.yield() }
                await hub.remove(id)
                _ = try await placed.value
                try await eventually { script.journal.entries.contains("terminate stopped") }
                #expect(script.journal.entries.last == "terminate stopped")
            }
        }
    }

    @Test("a body that a stop cancels was stopped, whatever it throws; one that ends with an error by itself failed")
    func reasons() async throws {
        try await hub { hub in
            try await hub.place(Bench.self, id: "other", .init())
            let other = try hub.process("other", as: Bench.self)
            let stopped = Subject.Script(body: { _ in
                // A call that waits when it is cancelled throws a HubError.
                try await other.wait(for: 60)
            })
            _ = try await hub.place("stopped", stopped)
            try await eventually { stopped.journal.entries.contains("run") }
            await hub.remove("stopped")
            #expect(stopped.journal.entries == ["init", "run", "terminate stopped"])
            let failing: [(ChildID, any Error & Sendable)] = [("c", CancellationError()), ("b", Subject.Broken())]
            for (id, error) in failing {
                let script = Subject.Script(body: { _ in throw error })
                _ = try await hub.place(id, script)
                try await eventually { script.journal.entries.count == 3 }
                #expect(script.journal.entries.last == "terminate failed: \(error)")
                #expect(hub.node.calls.table[ProcessID(hub: "h", child: id)]?.instance == nil)
            }
        }
    }

    @Test("a process that stops itself ends after the turn that asked for it, which its caller elsewhere gets to know")
    func ownStop() async throws {
        try await Pair.run(near: [Subject.self], far: [Subject.self]) { pair in
            let script = Subject.Script()
            let route = try await pair.far.place("s", script)
            pair.near.learn("s", kind: Subject.kind, at: route)
            let subject = try pair.near.process("s", as: Subject.self)
            #expect(try await subject.stopAndGoOn() == 7)
            try await eventually { script.journal.entries.last == "terminate stopped" }
            pair.near.forget("s")
            #expect(await failure { try await subject.touch() }?.code == .unknownProcess)
        }
    }

    @Test("a turn that asked for the stop and does not end is cancelled after the shutdown time")
    func ownStopOfATurnThatStays() async throws {
        try await Pair.run(near: [Subject.self], far: [Subject.self]) { pair in
            let script = Subject.Script()
            let route = try await pair.far.place("s", script)
            pair.near.learn("s", kind: Subject.kind, at: route)
            let subject = try pair.near.process("s", as: Subject.self)
            let error = await failure { try await withDeadline(.seconds(30)) { try await subject.stopAndStay() } }
            #expect(error?.code == .processStopped)
            try await eventually { script.journal.entries.last == "terminate stopped" }
        }
    }

    @Test("a stop that the initializer asks for is not lost")
    func stopFromInit() async throws {
        try await hub { hub in
            let script = Subject.Script(stopsFromInit: true)
            _ = try await hub.place("s", script)
            try await eventually { script.journal.entries.last == "terminate stopped" }
        }
    }

    @Test("a process that is being made when its node leaves is ended, and nothing is made any more")
    func placementDuringLeave() async throws {
        let node = testNode("a")
        let hub = try Hub("h", on: node) { $0.processes = [Subject.self] }
        let latch = Latch()
        let script = Subject.Script(beginning: latch)
        let (placed, later) = try await runningUntilLeft(node) {
            let placed = Task { await failure { try await hub.place("s", script) } }
            try await eventually { script.journal.entries == ["init"] }
            node.leave()
            // The node leaves in a task of its own: it refuses from then on.
            var later: HubError?
            var number = 0
            while later == nil {
                number += 1
                later = await failure { try await hub.place("t\(number)", Subject.Script()) }
            }
            latch.open()
            return (placed, later)
        }
        #expect(later?.code == .nodeStopped)
        #expect(await placed.value?.code == .nodeStopped)
        #expect(script.journal.entries == ["init", "terminate shutdown"])
        #expect(node.calls.table.instances().isEmpty)
    }

    @Test("a node waits for a process that is ending already when it leaves")
    func endingDuringLeave() async throws {
        let node = testNode("a")
        let hub = try Hub("h", on: node) { $0.processes = [Subject.self] }
        let latch = Latch()
        let script = Subject.Script(end: {
            await latch.wait()
            // Without being awaited the node would be gone by now.
            try? await Task.sleep(for: .milliseconds(100))
        })
        try await runningUntilLeft(node) {
            _ = try await hub.place("s", script)
            _ = try await hub.process("s", as: Subject.self).stopAndGoOn()
            node.leave()
            latch.open()
        }
        #expect(script.journal.entries.last == "terminate stopped")
    }

    @Test("an instance that is ending when it is to go on under another epoch is waited for under that one (S3)")
    func renewedWhileItEnds() async throws {
        try await hub { hub in
            let (instances, latch) = (hub.node.instances, Latch())
            let script = Subject.Script(end: { await latch.wait() })
            let ended = Mutex<[InstanceID]>([])
            let sponsor = Sponsor(
                hub: hub.id, kinds: [Subject.kind], of: hub.node.calls.kinds,
                onStopRequest: { instances.endAsAsked($0) }
            ) { report in
                if case .ended(let activation, _) = report { ended.withLock { $0.append(activation) } }
            }
            let epochs = (1...2).map { Epoch(Stamp(time: $0, incarnation: Incarnation(rawValue: 1))) }
            let child = Child(Subject.self, id: "s", Subject.Arguments(script))
            let order = StartOrder(
                child: child, epoch: epochs[0], activation: .fresh, cause: .start, deadline: .seconds(5))
            instances.start([order], for: sponsor)
            let id = sponsor.process("s")
            try await eventually { hub.node.calls.table.instance(id) != nil }
            instances.endAsAsked(try #require(hub.node.calls.table.instance(id)))
            let old = InstanceID(child: "s", epoch: epochs[0])
            instances.renew([RenewOrder(instance: old, epoch: epochs[1])], for: sponsor)
            let renewed = InstanceID(child: "s", epoch: epochs[1])
            instances.stop([StopOrder(instance: renewed, shutdown: .seconds(5), cause: .stopped)], for: sponsor)
            #expect(ended.withLock(\.self).isEmpty)
            latch.open()
            try await eventually { ended.withLock(\.self) == [renewed] }
        }
    }

    @Test("the start of an instance is reported before its end, also while others of its batch are being made (S13)")
    func startsBeforeEnds() async throws {
        let node = testNode("a")
        let hub = try Hub("h", on: node) { $0.processes = [Subject.self, Bench.self, Blocker.self] }
        try await running(node) {
            let instances = node.instances
            let reports = Mutex<[String]>([])
            let sponsor = Sponsor(
                hub: hub.id, kinds: [Subject.kind, Bench.kind, Blocker.kind], of: node.calls.kinds,
                onStopRequest: { instances.endAsAsked($0) }
            ) { report in
                let texts =
                    switch report {
                    case .started(let all): all.map { "started \($0.child)" }
                    case .failed(let one, _): ["failed \(one.child)"]
                    case .ended(let one, let reason): ["ended \(one.child), \(reason)"]
                    }
                reports.withLock { $0 += texts }
            }
            let epoch = Epoch(Stamp(time: 1, incarnation: Incarnation(rawValue: 1)))
            let broken = Subject.Script(body: { _ in throw Subject.Broken() })
            let children = [
                Child(Subject.self, id: "broken", .init(broken)), Child(Bench.self, id: "stopped", .init()),
                Child(Blocker.self, id: "blocker"),
            ]
            let orders = children.map {
                StartOrder(child: $0, epoch: epoch, activation: .fresh, cause: .start, deadline: .seconds(60))
            }
            defer { Blocker.isReleased.store(true, ordering: .relaxed) }
            let batch = StartBatch()
            let makings = orders.map { Making($0, sponsor: sponsor, batch: batch) }
            #expect(instances.insert(makings))
            // A thread of the pool that waits may be one too many: there are as few as cores, and tests run beside each other.
            Thread.detachNewThread { instances.work(through: StartQueue(makings)) }
            try await eventually { Blocker.isBlocking.load(ordering: .relaxed) }
            let stop = StopOrder(instance: orders[1].instance, shutdown: .seconds(5), cause: .stopped)
            instances.stop([stop], for: sponsor)
            try await eventually { broken.journal.entries.last?.hasPrefix("terminate") == true }
            try await eventually { node.calls.table.instance(sponsor.process("broken")) == nil }
            // A report of the end would come about now.
            try await Task.sleep(for: .milliseconds(20))
            #expect(reports.withLock(\.self) == [])
            Blocker.isReleased.store(true, ordering: .relaxed)
            try await eventually { reports.withLock(\.count) == 5 }
            let told = reports.withLock(\.self)
            #expect(told.contains("started blocker"))
            for child in ["broken", "stopped"] {
                let start = try #require(told.firstIndex(of: "started \(child)"))
                let end = try #require(told.firstIndex { $0.hasPrefix("ended \(child),") })
                #expect(start < end, "\(told)")
            }
        }
    }

    @Test("an initializer that throws leaves the wish for the child as it was")
    func failedInit() async throws {
        try await hub { hub in
            let id = ProcessID(hub: "h", child: "s")
            for isWished in [false, true] {
                if isWished { hub.learn("s", kind: Subject.kind, at: nil) }
                let error = await failure { try await hub.place("s", Subject.Script(throwsFromInit: true)) }
                #expect(error?.code == .startFailed)
                #expect((hub.node.calls.table[id] != nil) == isWished)
                #expect(hub.node.calls.table.instance(id) == nil)
            }
            let subject = try hub.process("s", as: Subject.self)
            async let touched = subject.touch()
            _ = try await hub.place("s", Subject.Script())
            #expect(try await touched == 1)
        }
    }

    @Test("an epoch that a node learned lies below every one it mints; one too far ahead is not learned")
    func epochs() async throws {
        try await hub { hub in
            let now = Clock.wallMilliseconds()
            func epoch(inDays days: UInt64) -> Epoch {
                Epoch(Stamp(time: (now + days * 86_400_000) * 65_536, incarnation: Incarnation(rawValue: 9)))
            }
            hub.learn("far", kind: Bench.kind, at: Route(node: "b", epoch: epoch(inDays: 800)))
            #expect(hub.node.calls.table[ProcessID(hub: "h", child: "far")] == nil)
            hub.learn("near", kind: Bench.kind, at: Route(node: "b", epoch: epoch(inDays: 2)))
            let near = ProcessID(hub: "h", child: "near")
            hub.node.calls.raise(near, to: Route(node: "c", epoch: epoch(inDays: 800)))
            #expect(hub.node.calls.table[near]?.route?.node == "b", "a peer told of an epoch that is none")
            hub.node.calls.raise(near, to: Route(node: "c", epoch: epoch(inDays: 3)))
            #expect(hub.node.calls.table[near]?.route?.node == "c")
            let minted = try await hub.place("s", Subject.Script()).epoch
            #expect(minted > epoch(inDays: 3))
        }
    }

    @Test("a stop that comes between an initializer's end and the first call ends the instance: nobody else would")
    func stoppedWhileOpened() async throws {
        try await hub { hub in
            let child = Child(Bench.self, id: "c", .init())
            let epoch = Epoch(Stamp(time: 1, incarnation: Incarnation(rawValue: 1)))
            let order = StartOrder(
                child: child, epoch: epoch, activation: .fresh, cause: .start, deadline: .seconds(5))
            let sponsor = Sponsor(hub: "x", kinds: [Bench.kind], of: hub.node.calls.kinds, onStopRequest: { _ in }) {
                _ in
            }
            let making = Making(order, sponsor: sponsor, batch: StartBatch())
            let stop = StopOrder(instance: order.instance, shutdown: .seconds(1), cause: .stopped)
            guard case .open = making.finish().fate else {
                Issue.record("it was not stopped yet")
                return
            }
            #expect(making.stop(stop))
            #expect(making.opened() == stop)
            // From here on it is found where calls find it.
            #expect(!making.stop(stop))
        }
    }

    /// Runs a node until `body`, which tells it to leave, and the node are through.
    private func runningUntilLeft<Result: Sendable>(
        _ node: Node, _ body: @Sendable @escaping () async throws -> Result
    ) async throws -> Result {
        async let left: Void = node.run()
        _ = try await node.whenListening()
        let result = try await body()
        try await left
        return result
    }
}
