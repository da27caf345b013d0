// SPDX-License-Identifier: Apache-2.0

import Distributed
import TestSupport
import Testing

@testable import ProcessHub

@Suite("Calls between nodes", .live)
struct RemoteCallTests {
    @Test("a call to another node returns what the method returns, whatever its shape")
    func shapes() async throws {
        try await Pair.run { pair in
            try await pair.placeFar(Bench.self, id: "c", .init(start: 5))
            let bench = try pair.near.process("c", as: Bench.self)
            #expect(try await bench.increment(by: 2) == 7)
            #expect(try await bench.value == 7)
            try await bench.nothing()
            let value = Bench.Pair(left: -1, right: ["", "ü"])
            #expect(try await bench.pair(value, named: nil) == value)
            #expect(try await bench.fence() > .none)
            #expect(try await bench.withLocal { $0.local() } == nil)
        }
    }

    @Test("many calls at once from both sides lose nothing")
    func many() async throws {
        try await Pair.run { pair in
            try await pair.placeFar(Bench.self, id: "f", .init())
            try await pair.placeNear(Bench.self, id: "n", .init())
            let far = try pair.near.process("f", as: Bench.self)
            let near = try pair.far.process("n", as: Bench.self)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<500 {
                    group.addTask { _ = try await far.increment(by: 1) }
                    group.addTask { _ = try await near.increment(by: 1) }
                }
                try await group.waitForAll()
            }
            #expect(try await far.value == 500)
            #expect(try await near.value == 500)
        }
    }

    @Test("registered errors arrive as themselves, others as a description")
    func errors() async throws {
        try await Pair.run { pair in
            try await pair.placeFar(Bench.self, id: "c", .init())
            let bench = try pair.near.process("c", as: Bench.self)
            await #expect(throws: Bench.Refusal(reason: "no")) { try await bench.refuse() }
            await #expect(throws: Bench.Refusal(reason: "typed")) { try await bench.refuseTyped() }
            let told = await #expect(throws: RemoteError.self) { try await bench.betray() }
            #expect(told?.typeName.hasSuffix("Bench.Secret") == true)
        }
    }

    @Test("a reference may be an argument, and a chain that comes back passes the gate it waits behind")
    func references() async throws {
        try await Pair.run { pair in
            try await pair.placeFar(Bench.self, id: "f", .init())
            try await pair.placeNear(Bench.self, id: "n", .init())
            let far = try pair.near.process("f", as: Bench.self)
            let near = try pair.near.process("n", as: Bench.self)
            #expect(try await far.ask(near) == 100)
            #expect(try await near.askBack(through: far) == 200)
        }
    }

    @Test("a stopped process and one that never was are told apart, not executed both")
    func missing() async throws {
        try await Pair.run { pair in
            let route = try await pair.placeFar(Bench.self, id: "c", .init())
            let bench = try pair.near.process("c", as: Bench.self)
            await pair.far.remove("c")
            async let stopped = failure { try await bench.nothing() }
            try await eventually { pair.near.node.calls.waiting.hasCallersOfProcesses }
            pair.near.forget("c")
            #expect(await stopped?.code == .unknownProcess)
            #expect(await stopped?.outcome == .notExecuted)
            pair.near.learn("ghost", kind: Bench.kind, at: route)
            let ghost = try pair.near.process("ghost", as: Bench.self)
            let gone = await failure { try await withDeadline(.seconds(3)) { try await ghost.nothing() } }
            #expect(gone?.code == .deadlineExceeded)
            #expect(gone?.outcome == .notExecuted)
            pair.near.forget("ghost")
            let forgotten = await failure { try await ghost.nothing() }
            #expect(forgotten?.code == .unknownProcess)
        }
    }

    @Test("a call that waits for a route goes out when the route is learned")
    func lateRoute() async throws {
        try await Pair.run { pair in
            pair.near.learn("c", kind: Bench.kind, at: nil)
            let bench = try pair.near.process("c", as: Bench.self)
            async let value = bench.increment(by: 3)
            let route = try await pair.far.place(Bench.self, id: "c", .init())
            pair.near.learn("c", kind: Bench.kind, at: route)
            #expect(try await value == 3)
        }
    }

    @Test("a caller with an old route is redirected")
    func redirect() async throws {
        try await Pair.run { pair in
            let old = try await pair.placeFar(Bench.self, id: "c", .init())
            await pair.far.remove("c")
            let new = try await pair.near.place(Bench.self, id: "c", .init(start: 40))
            pair.far.learn("c", kind: Bench.kind, at: new)
            #expect(new.epoch > old.epoch)
            let fromFar = try pair.far.process("c", as: Bench.self)
            #expect(try await fromFar.increment(by: 2) == 42)
        }
    }

    @Test("a deadline crosses the wire: the turn is cancelled, the caller hears in time")
    func deadline() async throws {
        try await Pair.run { pair in
            try await pair.placeFar(Bench.self, id: "c", .init())
            let bench = try pair.near.process("c", as: Bench.self)
            #expect(try await bench.value == 0)
            let late = await failure { try await withDeadline(.seconds(3)) { try await bench.wait(for: 60) } }
            #expect(late?.code == .deadlineExceeded)
            #expect(late?.outcome == .unknown)
            #expect(try await bench.value == 0)
            let long = Task { try? await withDeadline(.seconds(600)) { try await bench.wait(for: 600) } }
            try await eventually {
                let waited = await failure { try await withDeadline(.milliseconds(250)) { try await bench.nothing() } }
                return waited?.code == .deadlineExceeded && waited?.outcome == .notExecuted
            }
            long.cancel()
            _ = await long.value
        }
    }

    @Test("cancelling the caller cancels the turn")
    func cancellation() async throws {
        try await Pair.run { pair in
            try await pair.placeFar(Bench.self, id: "c", .init())
            let bench = try pair.near.process("c", as: Bench.self)
            let task = Task { await failure { try await bench.wait(for: 60) } }
            try await eventually { pair.far.node.calls.table.instance(bench.id)?.isBusy == true }
            task.cancel()
            let error = await task.value
            #expect(error?.code == .cancelled)
            #expect(error?.outcome == .unknown)
            #expect(try await bench.value == 0)
        }
    }

    @Test("arguments and results beyond a frame are refused, and the outcome says on which side")
    func tooLarge() async throws {
        try await Pair.run { pair in
            try await pair.placeFar(Bench.self, id: "c", .init())
            let bench = try pair.near.process("c", as: Bench.self)
            let large = await failure { try await bench.take([UInt8](repeating: 1, count: 1 << 20)) }
            #expect(large?.code == .tooLarge)
            #expect(large?.outcome == .notExecuted)
            let result = await failure { try await bench.fill(bytes: 1 << 20) }
            #expect(result?.code == .tooLarge)
            #expect(result?.outcome == .executed)
            #expect(try await bench.take([UInt8](repeating: 1, count: 1_000_000)) == 1_000_000)
            #expect(try await bench.fill(bytes: 1_000_000).count == 1_000_000)
        }
    }

    @Test("a full mailbox refuses, and what it holds is executed")
    func overload() async throws {
        try await Pair.run { pair in
            try await pair.placeFar(Bench.self, id: "c", .init())
            let bench = try pair.near.process("c", as: Bench.self)
            let instance = try #require(pair.far.node.calls.table.instance(bench.id))
            let long = Task { try? await withDeadline(.seconds(600)) { try await bench.wait(for: 600) } }
            try await eventually { instance.isBusy }
            let told = Journal()
            let results = try await withThrowingTaskGroup(of: HubError?.self) { group in
                for _ in 0..<Limits.mailboxCalls + 50 {
                    group.addTask {
                        let error = await failure {
                            try await withDeadline(.seconds(600)) { try await bench.increment(by: 1) }
                        }
                        if let error { told.note("\(error.code)") }
                        return error
                    }
                }
                // Nothing ends before the turn that holds the mailbox but what finds no room in it.
                try await eventually { told.entries.count == 50 }
                long.cancel()
                return try await group.reduce(into: [HubError?]()) { $0.append($1) }
            }
            _ = await long.value
            let refused = results.compactMap { $0 }
            #expect(refused.count == 50)
            #expect(refused.allSatisfy { $0.code == .overloaded && $0.outcome == .notExecuted })
            #expect(try await bench.value == Limits.mailboxCalls)
        }
    }

    @Test("a node that leaves in the middle of calls lets none of them hang, and each says what is known")
    func leaving() async throws {
        try await Pair.run { pair in
            try await pair.placeFar(Bench.self, id: "c", .init())
            let bench = try pair.near.process("c", as: Bench.self)
            let instance = try #require(pair.far.node.calls.table.instance(bench.id))
            let running = Task { await failure { try await bench.wait(for: 60) } }
            try await eventually { instance.isBusy }
            let waiting = Task {
                await failure { try await withDeadline(.seconds(10)) { try await bench.increment(by: 1) } }
            }
            pair.far.node.leave()
            let waited = await waiting.value
            #expect(waited?.outcome != .executed)
            let ran = await running.value
            #expect(ran == nil || ran?.outcome != .executed)
        }
    }

    @Test("casts to another node are executed in order with the calls of their task")
    func casts() async throws {
        try await Pair.run { pair in
            try await pair.placeFar(Bench.self, id: "c", .init())
            let bench = try pair.near.process("c", as: Bench.self)
            for _ in 0..<50 { try await bench.cast { try await $0.increment(by: 1) } }
            #expect(try await bench.value == 50)
        }
    }
}

/// What two versions of one kind do to each other.
@Suite("Calls between versions", .live)
struct VersionTests {
    enum Older {
        distributed actor Bench: HubProcess {
            init(_: NoArguments, actorSystem: HubActorSystem) { self.actorSystem = actorSystem }
            distributed func increment(by text: String) -> String { text }
            distributed func take(_ bytes: [UInt8]) -> String { "not a number" }
        }
    }

    @Test("a method, a kind, arguments and results that the other side does not know are refused by name")
    func mismatch() async throws {
        try await Pair.run(far: [Older.Bench.self]) { pair in
            try await pair.placeFar(Older.Bench.self, id: "c", NoArguments())
            let bench = try pair.near.process("c", as: Bench.self)
            let method = await failure { try await bench.nothing() }
            #expect(method?.code == .unknownMethod)
            #expect(method?.outcome == .notExecuted)
            let arguments = await failure { try await bench.increment(by: 1) }
            #expect(arguments?.code == .undecodableArguments)
            #expect(arguments?.outcome == .notExecuted)
            let result = await failure { try await bench.take([1]) }
            #expect(result?.code == .undecodableResult)
            #expect(result?.outcome == .executed)
            let route = try await pair.far.place(Older.Bench.self, id: "o", NoArguments())
            pair.near.learn("elsewhere", kind: Other.kind, at: route)
            let kind = await failure { try await pair.near.process("elsewhere", as: Other.self).increment(by: 1) }
            #expect(kind?.code == .unknownKind)
            #expect(kind?.outcome == .notExecuted)
        }
    }

    @Test("a child of another kind than its caller thinks is not touched")
    func wrongKind() async throws {
        try await Pair.run { pair in
            let route = try await pair.far.place(Bench.self, id: "c", .init())
            pair.near.learn("c", kind: Other.kind, at: route)
            let other = try pair.near.process("c", as: Other.self)
            let error = await failure { try await other.increment(by: 1) }
            #expect(error?.code == .wrongKind)
            #expect(error?.outcome == .notExecuted)
            #expect(try await pair.far.process("c", as: Bench.self).value == 0)
        }
    }
}
