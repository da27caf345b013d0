// SPDX-License-Identifier: Apache-2.0

import Distributed
import Logging
import ServiceLifecycle
import TestSupport
import Testing

@testable import HubTransport
@testable import ProcessHub

@Suite("Node", .live)
struct NodeTests {
    @Test(
        "settings that cannot be are refused when the node runs, each by its own code",
        arguments: [
            (Node(name: "", logger: quietLogger()), HubError.Code.invalidName),
            (Node(name: "a\n", logger: quietLogger()), .invalidName),
            (Node(name: "a", listen: .loopback(70_000), logger: quietLogger()), .invalidConfiguration),
            (Node(name: "a", listen: .address("0.0.0.0", 0), logger: quietLogger()), .invalidConfiguration),
            (Node(name: "a", discovery: .seeds(["nowhere"]), logger: quietLogger()), .invalidConfiguration),
            (Node(name: "a", discovery: .seeds([":1"]), logger: quietLogger()), .invalidConfiguration),
            (Node(name: "a", traits: NodeTraits(weight: .nan), logger: quietLogger()), .invalidConfiguration),
            (Node(name: "a", traits: NodeTraits(zone: "\u{1B}[2J"), logger: quietLogger()), .invalidConfiguration),
            (Node(name: "a", discovery: .seeds(["a:0"]), logger: quietLogger()), .invalidConfiguration),
            (Node(name: "a", callDeadline: .zero, logger: quietLogger()), .invalidConfiguration),
            (Node(name: "a", callDeadline: .seconds(-1), logger: quietLogger()), .invalidConfiguration),
            (
                Node(
                    name: "a", tls: TLS(certificateChain: "/none", privateKey: "/none", authority: "/none"),
                    logger: quietLogger()), .untrusted
            ),
        ])
    func refusals(node: Node, code: HubError.Code) async {
        let error = await failure { try await node.run() }
        #expect(error?.code == code)
        #expect(error?.outcome == .notExecuted)
    }

    @Test("an address that is taken is told as such")
    func addressTaken() async throws {
        let first = testNode("a")
        try await running(first) {
            let port = try #require(Int(try await first.whenListening().split(separator: ":").last ?? ""))
            let second = Node(name: "b", listen: .loopback(port), logger: quietLogger())
            #expect(await failure { try await second.run() }?.code == .listenFailed)
        }
    }

    @Test("a node runs once")
    func once() async throws {
        let node = testNode("a")
        try await running(node) {}
        #expect(await failure { try await node.run() }?.code == .invalidConfiguration)
    }

    @Test("run(body) serves while the body runs, hands on what it throws, and leaves")
    func body() async throws {
        struct Done: Error {}
        let node = testNode("a")
        let hub = try Hub("h", on: node) { $0.processes = [Bench.self] }
        await #expect(throws: Done.self) {
            try await node.run {
                try await hub.place(Bench.self, id: "c", .init(start: 1))
                #expect(try await hub.process("c", as: Bench.self).value == 1)
                throw Done()
            }
        }
        let error = await failure { try await hub.process("c", as: Bench.self).value }
        #expect(error?.outcome == .notExecuted)
    }

    @Test("a body whose node cannot run is told why")
    func bodyWithoutNode() async throws {
        let node = Node(name: "", logger: quietLogger())
        #expect(await failure { try await node.run {} }?.code == .invalidName)
    }

    @Test("a graceful shutdown of its service group stops the node's processes, their bodies awaited")
    func group() async throws {
        let node = testNode("a")
        let hub = try Hub("h", on: node) { $0.processes = [Subject.self] }
        let journal = Journal()
        let script = Subject.Script(
            journal: journal,
            body: { _ in
                while !Task.isCancelled { await Task.yield() }
                journal.note("run ended")
            })
        let group = ServiceGroup(services: [node], logger: quietLogger())
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            _ = try await node.whenListening()
            _ = try await hub.place("w", script)
            try await eventually { journal.entries == ["init", "run"] }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        #expect(journal.entries == ["init", "run", "run ended", "terminate shutdown"])
    }

    @Test("what is asked of a node before it runs waits for it")
    func early() async throws {
        let node = testNode("a")
        let hub = try Hub("h", on: node) { $0.processes = [Bench.self] }
        let placed = Task { try await hub.place(Bench.self, id: "c", .init(start: 4)) }
        try await running(node) {
            _ = try await placed.value
            #expect(try await hub.process("c", as: Bench.self).value == 4)
        }
    }

    @Test("a node whose task is cancelled awaits what runs, and the reply goes out before its connections close")
    func cancelled() async throws {
        let (a, b) = (testNode("a"), testNode("b"))
        let near = try Hub("h", on: a) { $0.processes = [Subject.self] }
        let far = try Hub("h", on: b) { $0.processes = [Subject.self] }
        let script = Subject.Script(turn: Latch())
        try await running(a) {
            let life = Task { try await b.run() }
            try a.connect(to: await b.whenListening())
            near.learn("s", kind: Subject.kind, at: try await far.place("s", script))
            let subject = try near.process("s", as: Subject.self)
            let reply = Task { try await subject.hold() }
            try await eventually { script.journal.entries.contains("turn") }
            life.cancel()
            try await eventually { b.calls.table[ProcessID(hub: "h", child: "s")]?.instance == nil }
            #expect(a.calls.switchboard?.connection(to: "b") != nil)
            script.turn.open()
            #expect(try await reply.value == 8)
            try await life.value
        }
        #expect(script.journal.entries.last == "terminate shutdown")
    }

    @Test("calls that wait for a node which cannot run are told at once")
    func failedRun() async throws {
        let node = Node(name: "a", listen: .loopback(70_000), logger: quietLogger())
        let hub = try Hub("h", on: node) { $0.processes = [Bench.self] }
        hub.learn("c", kind: Bench.kind, at: nil)
        let bench = try hub.process("c", as: Bench.self)
        let begun = ContinuousClock.now
        let call = Task { await failure { try await withDeadline(.seconds(3_600)) { try await bench.nothing() } } }
        #expect(await failure { try await node.run() }?.code == .invalidConfiguration)
        #expect(await call.value?.code == .nodeStopped)
        #expect(ContinuousClock.now - begun < .seconds(1_800))
    }
}
