// SPDX-License-Identifier: Apache-2.0

import Distributed
import TestSupport
import Testing

@testable import ProcessHub

/// A process that sends casts and meets those of others.
distributed actor Caster: HubProcess {
    private(set) var notes: [String] = []
    private var isInside = false

    init(_: NoArguments, actorSystem: HubActorSystem) { self.actorSystem = actorSystem }

    distributed func note(_ text: String) {
        notes.append(isInside ? "\(text) inside" : text)
    }

    distributed func read() -> [String] { notes }

    distributed func castToSelf() async throws {
        isInside = true
        defer { isInside = false }
        try await cast { try await $0.note("self") }
        await Task.yield()
    }

    distributed func castBack(_ other: Caster) async throws {
        isInside = true
        defer { isInside = false }
        try await other.castTo(self)
        for _ in 0..<100 { await Task.yield() }
    }

    distributed func castTo(_ other: Caster) async throws {
        try await other.cast { try await $0.note("back") }
    }

    distributed func me() -> Caster { self }
    distributed func us() -> [Caster] { [self] }
}

@Suite("Casts and chains", .live)
struct CastTests {
    @Test("a cast waits its turn: it passes no gate, not even from inside the process, near or far")
    func order() async throws {
        try await Pair.run(near: [Caster.self], far: [Caster.self]) { pair in
            try await pair.placeNear(Caster.self, id: "n", NoArguments())
            try await pair.placeFar(Caster.self, id: "f", NoArguments())
            let near = try pair.near.process("n", as: Caster.self)
            let far = try pair.near.process("f", as: Caster.self)
            try await near.castToSelf()
            try await near.castBack(far)
            try await far.castBack(near)
            try await eventually { try await near.read() == ["self", "back"] }
            try await eventually { try await far.read() == ["back"] }
        }
    }

    @Test("only a call to the process given is the cast; a closure without one is an error")
    func target() async throws {
        try await Pair.run { pair in
            try await pair.placeNear(Bench.self, id: "a", .init(start: 1))
            try await pair.placeFar(Bench.self, id: "b", .init(start: 2))
            let a = try pair.near.process("a", as: Bench.self)
            let b = try pair.near.process("b", as: Bench.self)
            try await a.cast { try await $0.increment(by: b.value) }
            #expect(try await a.value == 3)
            let error = await failure { try await a.cast { _ in try await b.increment(by: 5) } }
            #expect(error?.code == .invalidConfiguration)
            #expect(try await b.value == 7)
        }
    }

    @Test("casts to a process that is stopped or unknown say so")
    func missing() async throws {
        try await Pair.run { pair in
            try await pair.placeNear(Bench.self, id: "a", .init())
            let a = try pair.near.process("a", as: Bench.self)
            await pair.near.remove("a")
            #expect(await failure { try await a.cast { try await $0.nothing() } }?.code == .unknownProcess)
            let nobody = try pair.near.process("nobody", as: Bench.self)
            #expect(await failure { try await nobody.cast { try await $0.nothing() } }?.code == .unknownProcess)
        }
    }

    @Test("an instance that hands itself out hands out a reference, which goes through its gate")
    func references() async throws {
        try await Pair.run(near: [Caster.self], far: [Caster.self]) { pair in
            try await pair.placeNear(Caster.self, id: "n", NoArguments())
            let near = try pair.near.process("n", as: Caster.self)
            #expect(try await near.me().whenLocal { _ in true } == nil)
            #expect(try await near.us().first?.whenLocal { _ in true } == nil)
            #expect(try await near.me().id == near.id)
        }
    }

    @Test("more than 64 turns that wait for each other are refused, not executed")
    func depth() async throws {
        try await Pair.run(near: [Nested.self], far: [Nested.self]) { pair in
            try await pair.placeNear(Nested.self, id: "n", NoArguments())
            try await pair.placeFar(Nested.self, id: "f", NoArguments())
            let near = try pair.near.process("n", as: Nested.self)
            let far = try pair.near.process("f", as: Nested.self)
            #expect(try await near.descend(30, with: far) == 30)
            let told = await #expect(throws: RemoteError.self) { try await near.descend(100, with: far) }
            #expect(told?.message.contains("tooLarge") == true)
        }
    }

    @Test("a task that outlives its turn has no pass and no deadline of it")
    func outliving() async throws {
        try await Pair.run(near: [Nested.self], far: [Nested.self]) { pair in
            try await pair.placeNear(Nested.self, id: "n", NoArguments())
            try await pair.placeFar(Nested.self, id: "f", NoArguments())
            let near = try pair.near.process("n", as: Nested.self)
            let far = try pair.near.process("f", as: Nested.self)
            try await withDeadline(.seconds(6)) { try await near.leaveBehind(far, for: .seconds(7)) }
            try await eventually { try await far.count() == 1 }
        }
    }
}

distributed actor Nested: HubProcess {
    private var calls = 0
    init(_: NoArguments, actorSystem: HubActorSystem) { self.actorSystem = actorSystem }

    distributed func descend(_ depth: Int, with other: Nested) async throws -> Int {
        depth == 0 ? 0 : 1 + (try await other.descend(depth - 1, with: self))
    }

    distributed func leaveBehind(_ other: Nested, for time: Duration) {
        Task {
            try await Task.sleep(for: time)
            try await other.mark()
        }
    }

    distributed func mark() { calls += 1 }
    distributed func count() -> Int { calls }
}
