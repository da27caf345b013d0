// SPDX-License-Identifier: Apache-2.0

import Distributed
import HubCore
import TestSupport
import Testing

@testable import ProcessHub

@Suite("What a refused caller is told", .live)
struct RefusalWordsTests {
    @Test(
        "each refusal has its code and its words",
        arguments: [
            (Refusal.notHere, HubError.Code.deadlineExceeded), (.stale(own: .none), .stale), (.overloaded, .overloaded),
            (.stopped, .processStopped), (.deadlinePassed, .deadlineExceeded), (.cancelled, .cancelled),
            (.partitioned, .partitioned), (.expired, .expired), (.unknown, .connectionLost), (.replyGone, .replyGone),
        ])
    func words(refusal: Refusal, code: HubError.Code) {
        let error = HubError(refused: refusal, "h/c.m()", outcome: .unknown)
        #expect(error.code == code && error.message.hasPrefix("h/c.m(): "))
        #expect(error.outcome == (refusal == .replyGone ? .executed : .unknown))
    }
}

@Suite("Calls on one node", .live)
struct LocalCallTests {
    let node = testNode("a")
    let hub: Hub

    init() throws {
        hub = try Hub("h", on: node) { $0.processes = [Bench.self, Other.self, Crowd.self] }
    }

    @Test("a call returns what the method returns, whatever its shape")
    func shapes() async throws {
        try await running(node) { [hub] in
            try await hub.place(Bench.self, id: "c", .init(start: 5), tags: ["x", "y"])
            let bench = try hub.process("c", as: Bench.self)
            #expect(try await bench.increment(by: 2) == 7)
            #expect(try await bench.value == 7)
            try await bench.nothing()
            let pair = Bench.Pair(left: 1, right: ["a", "b"])
            #expect(try await bench.pair(pair, named: nil) == pair)
            #expect(try await bench.tags() == ["x", "y"])
        }
    }

    @Test("a registered error arrives as itself, any other as a description, also on one node")
    func errors() async throws {
        try await running(node) { [hub] in
            try await hub.place(Bench.self, id: "c", .init())
            let bench = try hub.process("c", as: Bench.self)
            await #expect(throws: Bench.Refusal(reason: "no")) { try await bench.refuse() }
            await #expect(throws: Bench.Refusal(reason: "typed")) { try await bench.refuseTyped() }
            let told = await #expect(throws: RemoteError.self) { try await bench.betray() }
            #expect(told?.typeName.hasSuffix("Bench.Secret") == true)
        }
    }

    @Test("calls to one process run one after another; those of a concurrent kind side by side")
    func turns() async throws {
        try await running(node) { [hub] in
            try await hub.place(Bench.self, id: "c", .init())
            try await hub.place(Crowd.self, id: "crowd", .init())
            let bench = try hub.process("c", as: Bench.self)
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<500 { group.addTask { try await bench.increment(by: 1) } }
                var seen: Set<Int> = []
                for try await value in group { seen.insert(value) }
                #expect(seen == Set(1...500))
            }
            let crowd = try hub.process("crowd", as: Crowd.self)
            async let first = crowd.enter()
            async let second = crowd.enter()
            let most = try await [first, second]
            #expect(most == [2, 2])
        }
    }

    @Test("a call chain passes the gate of a process that waits for it")
    func chains() async throws {
        try await running(node) { [hub] in
            try await hub.place(Bench.self, id: "a", .init())
            try await hub.place(Bench.self, id: "b", .init())
            let a = try hub.process("a", as: Bench.self)
            let b = try hub.process("b", as: Bench.self)
            #expect(try await a.ask(b) == 100)
            #expect(try await a.askBack(through: b) == 100)
            #expect(try await a.value == 100)
        }
    }

    @Test("what cannot be called fails at once and says that nothing happened")
    func refusals() async throws {
        try await running(node) { [hub] in
            try await hub.place(Bench.self, id: "c", .init())
            let unknown = try hub.process("nobody", as: Bench.self)
            let error = await failure { try await unknown.increment(by: 1) }
            #expect(error?.code == .unknownProcess)
            #expect(error?.outcome == .notExecuted)
            #expect(throws: HubError.self) { try hub.process("c", as: Other.self) }
            #expect(throws: HubError.self) { try hub.process("", as: Bench.self) }
            let twice = await failure { try await hub.place(Bench.self, id: "c", .init()) }
            #expect(twice?.code == .alreadyStarted)
            let refused = await failure { try await hub.place(Bench.self, id: "d", .init(refuses: true)) }
            #expect(refused?.code == .startFailed)
            #expect(refused?.message.contains("Refusal") == true && refused?.message.contains("asked to") == true)
            try await hub.place(Bench.self, id: "d", .init())
        }
    }

    @Test("a deadline bounds a turn on this node, and waiting for one")
    func deadlines() async throws {
        try await running(node) { [hub] in
            try await hub.place(Bench.self, id: "c", .init())
            let bench = try hub.process("c", as: Bench.self)
            let ran = await failure {
                try await withDeadline(.seconds(3)) { try await bench.wait(for: 60) }
            }
            #expect(ran?.code == .deadlineExceeded)
            #expect(ran?.outcome == .unknown)
            let long = Task { try? await withDeadline(.seconds(600)) { try await bench.wait(for: 600) } }
            try await eventually {
                let waited = await failure { try await withDeadline(.milliseconds(50)) { try await bench.nothing() } }
                return waited?.code == .deadlineExceeded && waited?.outcome == .notExecuted
            }
            long.cancel()
            _ = await long.value
        }
    }

    @Test("a process that has ended is unknown to those who come later, unless it is to run again")
    func stopped() async throws {
        try await running(node) { [hub] in
            try await hub.place(Bench.self, id: "c", .init())
            let bench = try hub.process("c", as: Bench.self)
            #expect(await hub.remove("c"))
            let error = await failure { try await bench.nothing() }
            #expect(error?.code == .unknownProcess)
            #expect(error?.outcome == .notExecuted)
            #expect(await !hub.remove("c"))
            hub.learn("c", kind: Bench.kind, at: nil)
            let value = Task { try await bench.value }
            try await hub.place(Bench.self, id: "c", .init(start: 9))
            #expect(try await value.value == 9)
            try await bench.end()
            hub.forget("c")
            try await eventually { await failure { try await bench.nothing() }?.code == .unknownProcess }
        }
    }

    @Test("a cast is executed in order with the calls of its task")
    func casts() async throws {
        try await running(node) { [hub] in
            try await hub.place(Bench.self, id: "c", .init())
            let bench = try hub.process("c", as: Bench.self)
            for _ in 0..<50 { try await bench.cast { try await $0.increment(by: 1) } }
            #expect(try await bench.value == 50)
        }
    }

    @Test("withLocal runs inside the process, and gives nil where it does not run")
    func local() async throws {
        try await running(node) { [hub] in
            try await hub.place(Bench.self, id: "c", .init(start: 3))
            let bench = try hub.process("c", as: Bench.self)
            #expect(try await bench.withLocal { $0.local() } == 3)
            let elsewhere = try hub.process("nobody", as: Bench.self)
            #expect(try await elsewhere.withLocal { $0.local() } == nil)
        }
    }

    @Test("an actor that its user makes has an id that nobody can look up")
    func unplaced() async throws {
        try await running(node) { [hub, node] in
            let mine = try Bench(.init(start: 1), actorSystem: node.actorSystem)
            #expect(try await mine.increment(by: 1) == 2)
            #expect(try hub.process(mine.id.child, as: Bench.self).id != mine.id)
            #expect(throws: HubError.self) { try mine.id.hub.validate() }
            try await hub.place(Bench.self, id: "c", .init())
            let told = await #expect(throws: RemoteError.self) {
                try await hub.process("c", as: Bench.self).askUnknown(mine)
            }
            #expect(told?.message.contains("unknownProcess") == true)
        }
    }
}
