// SPDX-License-Identifier: Apache-2.0

import HubCore
import Synchronization
import TestSupport
import Testing

@testable import HubTransport
@testable import ProcessHub

/// What a node does with calls while it does not know whether it is still a member.
@Suite("Hold", .live)
struct HoldTests {
    /// Holds a node's turns, and keeps its machine from saying otherwise.
    private func hold(_ node: Node) {
        node.membership.withLock { $0 }?.end()
        node.calls.holdTurns()
    }

    @Test("calls from another node wait, in order, and go on when the node serves")
    func fromTheWire() async throws {
        try await Pair.run { pair in
            try await pair.placeFar(Bench.self, id: "c", .init())
            let bench = try pair.near.process("c", as: Bench.self)
            _ = try await bench.increment(by: 1)
            hold(pair.far.node)
            let calls = Task {
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<10 { group.addTask { try await bench.increment(by: 1) } }
                    return try await group.reduce(into: []) { $0.append($1) }.sorted()
                }
            }
            try await eventually { pair.far.node.calls.hold.heldCount == 10 }
            #expect(pair.far.node.calls.hold.isOn)
            pair.far.node.calls.serve()
            #expect(try await calls.value == Array(2...11))
            #expect(try await bench.increment(by: 1) == 12)
        }
    }

    @Test("a call that was held when its connection ended is never executed: nobody could be answered")
    func connectionLost() async throws {
        try await Pair.run { pair in
            try await pair.placeFar(Bench.self, id: "c", .init())
            let bench = try pair.near.process("c", as: Bench.self)
            _ = try await bench.increment(by: 1)
            hold(pair.far.node)
            let call = Task { await failure { try await bench.increment(by: 1) } }
            try await eventually { pair.far.node.calls.hold.heldCount == 1 }
            pair.far.node.calls.switchboard?.connection(to: pair.near.node.name)?.close(.silent)
            #expect(await call.value?.outcome == .unknown)
            try await eventually { pair.far.node.calls.hold.heldCount == 0 }
            pair.far.node.calls.serve()
            #expect(try await bench.value == 1)
        }
    }

    @Test("deadlines and cancellations apply to what waits, and it was not executed")
    func ends() async throws {
        try await Pair.run { pair in
            try await pair.placeFar(Bench.self, id: "c", .init())
            try await pair.placeNear(Bench.self, id: "n", .init())
            let (far, near) = (
                try pair.near.process("c", as: Bench.self), try pair.near.process("n", as: Bench.self)
            )
            _ = try await far.value
            hold(pair.far.node)
            hold(pair.near.node)
            var doubtful = 0
            for bench in [far, near] {
                let late = await failure {
                    try await withDeadline(.milliseconds(50)) { try await bench.increment(by: 1) }
                }
                #expect(late?.code == .deadlineExceeded)
                // On another node the caller may be told too late to know.
                #expect(late?.outcome == .notExecuted || (bench == far && late?.outcome == .unknown))
                let call = Task { await failure { try await bench.increment(by: 1) } }
                call.cancel()
                let cancelled = await call.value
                #expect(cancelled?.code == .cancelled)
                doubtful += [late, cancelled].count { $0?.outcome == .unknown }
            }
            try await eventually { pair.far.node.calls.hold.heldCount == 0 }
            pair.far.node.calls.serve()
            pair.near.node.calls.serve()
            #expect(try await far.value <= doubtful)
            #expect(try await near.value == 0)
        }
    }

    @Test("calls and casts of the node itself wait too, in the order of their task")
    func local() async throws {
        let node = testNode("a")
        let hub = try Hub("h", on: node) { $0.processes = [Bench.self] }
        try await running(node) {
            _ = try await hub.place(Bench.self, id: "c", .init())
            let bench = try hub.process("c", as: Bench.self)
            hold(node)
            let task = Task {
                try await bench.cast { try await $0.increment(by: 10) }
                return try await bench.increment(by: 1)
            }
            let visit = Task { try await bench.withLocal { $0.local() } }
            try await eventually { node.calls.hold.heldCount == 2 }
            node.calls.serve()
            #expect(try await task.value == 11)
            #expect(try await visit.value != nil)
        }
    }

    @Test("what waited at a gate when the holding began does not begin before it ends, what ran goes on")
    func queued() async throws {
        try await Pair.run(near: [Subject.self], far: [Subject.self]) { pair in
            let script = Subject.Script(turn: Latch())
            pair.near.learn("s", kind: Subject.kind, at: try await pair.far.place("s", script))
            let subject = try pair.near.process("s", as: Subject.self)
            let first = Task { try await subject.hold() }
            try await eventually { script.journal.entries.contains("turn") }
            let second = Task { try await subject.hold() }
            let id = ProcessID(hub: "h", child: "s")
            try await eventually {
                pair.far.node.calls.table.instance(id)?.gate.withLock { $0.waitingCount } == 1
            }
            hold(pair.far.node)
            script.turn.open()
            #expect(try await first.value == 8)
            try await eventually { pair.far.node.calls.hold.heldCount == 1 }
            #expect(script.journal.entries.filter { $0 == "turn" }.count == 1)
            pair.far.node.calls.serve()
            #expect(try await second.value == 8)
        }
    }

    @Test("S16: no more than so many wait; the others hear that they were not executed")
    func bounded() async throws {
        let node = testNode("a")
        let hub = try Hub("h", on: node) { $0.processes = [Bench.self] }
        try await running(node) {
            _ = try await hub.place(Bench.self, id: "c", .init())
            let bench = try hub.process("c", as: Bench.self)
            hold(node)
            let errors = Journal()
            let calls = Task {
                await withDiscardingTaskGroup { group in
                    for _ in 0..<Limits.heldCalls + 5 {
                        group.addTask {
                            let error = await failure {
                                try await withDeadline(.seconds(120)) { try await bench.nothing() }
                            }
                            if let error { errors.note("\(error.code) \(error.outcome)") }
                        }
                    }
                }
            }
            // All are there before any goes on.
            try await eventually { errors.entries.count == 5 }
            #expect(node.calls.hold.heldCount == Limits.heldCalls)
            node.calls.serve()
            await calls.value
            #expect(errors.entries == Array(repeating: "overloaded notExecuted", count: 5))
        }
    }

    @Test("a hold begins by itself when the node was silent for too long, and lasts until the node has looked")
    func presumed() {
        // Any silence is too long.
        let hold = Hold(patience: .nanoseconds(-1))
        #expect(!hold.isOn, "nobody listens yet")
        #expect(!hold.pulse())
        #expect(hold.isOn)
        #expect(hold.hasBegun)
        #expect(hold.pulse(), "the node has looked and found nothing wrong")
        #expect(hold.release() == nil)
        #expect(!hold.hasBegun)
        #expect(hold.isOn, "and silence again")
        hold.begin()
        #expect(!hold.pulse(), "the node has looked and does not know whether it is a member")
        #expect(hold.release() == nil)
        hold.rest()
        #expect(!hold.isOn)
    }

    @Test("a node that hears that time passes holds nothing; calls after a silence wait for it")
    func afterSilence() async throws {
        try await Pair.run { pair in
            try await pair.placeFar(Bench.self, id: "c", .init())
            let bench = try pair.near.process("c", as: Bench.self)
            #expect(try await bench.increment(by: 1) == 1)
            let hold = pair.far.node.calls.hold
            // As after a stop: what the node heard last is long ago, and its next look is still to come.
            hold.forgetPulse()
            #expect(hold.isOn)
            #expect(try await bench.increment(by: 1) == 2)
            try await eventually(within: 60) { !hold.isOn }
        }
    }
}
