// SPDX-License-Identifier: Apache-2.0

import Distributed
import Foundation
import HubTransport
import Synchronization
import TestSupport
import Testing

@testable import HubCore
@testable import ProcessHub

/// A process without a body and an end of its own, which tells where its initializer ran.
private distributed actor Settler: HubProcess {
    struct Place: Equatable {
        var thread: ObjectIdentifier
        var isOnLoop: Bool

        static var here: Place { Place(thread: ObjectIdentifier(Thread.current), isOnLoop: LoopTimer.isOnLoop) }
    }

    static let last = Mutex<Place?>(nil)

    init(_: NoArguments, actorSystem: HubActorSystem) {
        self.actorSystem = actorSystem
        Self.last.withLock { $0 = .here }
    }
}

/// A process whose initializer takes its time, and throws.
private distributed actor Refuser: HubProcess {
    struct Refusal: Error {}

    init(_: NoArguments, actorSystem: HubActorSystem) throws {
        self.actorSystem = actorSystem
        Thread.sleep(forTimeInterval: 0.001)
        throw Refusal()
    }
}

@Suite("Lone starts", .serialized, .live)
struct LoneStartTests {
    private func plan(_ hub: Hub) throws -> KindPlan { try #require(hub.node.calls.kinds.plan(of: Settler.kind)) }

    /// The kind has shown that it is short.
    private func prove(_ hub: Hub) throws {
        try plan(hub).pace.withLock { $0 = .proven }
        try plan(hub).noteUsualBody()
    }

    private func hub(on node: Node) throws -> Hub { try Hub("h", on: node) { $0.processes = [Settler.self] } }

    @Test("an initializer that throws late shows that its kind is not quick, however often")
    func throwing() async throws {
        let node = testNode("a")
        let hub = try Hub("h", on: node) { $0.processes = [Refuser.self] }
        try await running(node) {
            let children = (0..<2 * Limits.startsAtOnce + 64).map { Child(Refuser.self, id: ChildID("\($0)")) }
            #expect(try await hub.start(children).result.errors.count == children.count)
            let plan = try #require(node.calls.kinds.plan(of: Refuser.kind))
            #expect(!plan.pace.withLock { $0.isProven })
        }
    }

    @Test("a lone child of a kind that is quick is made by the thread that waits for it")
    func byItsCaller() async throws {
        let node = testNode("a")
        let hub = try hub(on: node)
        try await running(node) {
            while hub.members.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
            // Another thread may drive just then, and takes the order to the pool.
            var isCaller = false
            for number in 0..<50 where !isCaller {
                try prove(hub)
                let caller = Self.here()
                _ = try await hub.start(Settler.self, id: ChildID("\(number)"))
                isCaller = Settler.last.withLock { $0 } == caller
            }
            #expect(isCaller)
        }
    }

    private static func here() -> Settler.Place { .here }

    @Test(
        "another node's start makes a child on the event loop that brought it, if the kind is quick",
        arguments: [true, false])
    func onLoop(isAllowed: Bool) async throws {
        let far = Node(
            name: "far", cluster: testCluster, callDeadline: patience, turnsOnEventLoops: isAllowed,
            logger: quietLogger())
        let farHub = try hub(on: far)
        try await running(far) {
            let near = Node(
                name: "near", discovery: .seeds([try await far.whenListening()]), cluster: testCluster,
                traits: NodeTraits(weight: 0), callDeadline: patience, logger: quietLogger())
            let hub = try self.hub(on: near)
            try await running(near) {
                try await eventually { hub.members.count == 2 && farHub.members.count == 2 }
                try self.plan(hub).pace.withLock { $0 = MakingPace() }
                _ = try await hub.start(Settler.self, id: "first")
                #expect(Settler.last.withLock { $0?.isOnLoop } == false)
                // Another thread may drive just then, and takes the order to the pool.
                var places: Set<Bool> = []
                for number in 0..<50 where !places.contains(true) {
                    try self.prove(hub)
                    _ = try await hub.start(Settler.self, id: "\(number)")
                    places.insert(Settler.last.withLock { $0?.isOnLoop } ?? false)
                }
                #if DEBUG
                    // Without optimization each function that may wait first goes to the pool.
                    #expect(isAllowed || places == [false])
                #else
                    #expect(places.contains(true) == isAllowed)
                #endif
            }
        }
    }

    @Test("an instance that has nothing to end is over when its order is given")
    func endedAtOnce() async throws {
        let node = testNode("a")
        let hub = try hub(on: node)
        try await running(node) {
            // Its end is reported after its start, which another thread may be about to report while calls reach it.
            var isAtOnce = false
            for number in 0..<50 where !isAtOnce {
                let started = Latch()
                let ended = Mutex<[InstanceID]>([])
                let sponsor = Sponsor(
                    hub: hub.id, kinds: [Settler.kind], of: node.calls.kinds, onStopRequest: { _ in }
                ) {
                    if case .ended(let activation, _) = $0 { ended.withLock { $0.append(activation) } }
                    if case .started = $0 { started.open() }
                }
                let child = Child(Settler.self, id: ChildID("\(number)"), NoArguments())
                let epoch = Epoch(Stamp(time: 1, incarnation: Incarnation(rawValue: 1)))
                let order = StartOrder(
                    child: child, epoch: epoch, activation: .fresh, cause: .start, deadline: .seconds(60))
                node.instances.start([order], for: sponsor)
                await started.wait()
                try self.plan(hub).noteUsualEnd()
                node.instances.stop(
                    [StopOrder(instance: order.instance, shutdown: .seconds(5), cause: .stopped)], for: sponsor)
                isAtOnce = ended.withLock { $0 } == [order.instance]
                #expect(node.calls.table.instance(sponsor.process(child.id)) == nil)
                try await eventually { ended.withLock { $0 } == [order.instance] }
            }
            #expect(isAtOnce)
        }
    }

    @Test("a kind is quick once so many initializers were, and no longer when one waits")
    func pace() {
        var pace = MakingPace()
        for _ in 1..<Limits.provenTurns { pace.ended(after: .microseconds(1), isOnLoop: false, at: .zero) }
        #expect(!pace.isProven)
        pace.ended(after: .microseconds(1), isOnLoop: false, at: .zero)
        #expect(pace.isProven)
        pace.left()
        #expect(!pace.isProven)
    }

    @Test("what every process has for a body and an end is known after it was called once")
    func usual() async throws {
        let node = testNode("a")
        let hub = try Hub("h", on: node) { $0.processes = [Settler.self, Subject.self] }
        try await running(node) {
            let child = try await hub.start(Settler.self, id: "s")
            try await eventually { try self.plan(hub).hasNoBody }
            try await hub.stop("s")
            try await eventually { try self.plan(hub).hasNoEnd }
            let script = Subject.Script()
            _ = try await hub.start(Subject.self, id: "t", .init(script))
            try await hub.stop("t")
            let subject = try #require(node.calls.kinds.plan(of: Subject.kind))
            #expect(!subject.hasNoBody && !subject.hasNoEnd && script.journal.entries.contains("run"))
            _ = child
        }
    }
}
