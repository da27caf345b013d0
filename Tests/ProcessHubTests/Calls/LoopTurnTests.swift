// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Distributed
import Foundation
import HubCore
import Synchronization
import TestSupport
import Testing

@testable import ProcessHub

/// A process that says where its turns run.
distributed actor Hasty: HubProcess {
    /// What a turn does before it returns.
    enum Manner: String, Codable, Sendable {
        case quick, blocks, suspends, sleeps
    }

    private var count = 0
    private var cancelled = 0
    init(_: NoArguments, actorSystem: HubActorSystem) { self.actorSystem = actorSystem }

    /// Whether the turn began on an event loop.
    distributed func turn(_ manner: Manner) async -> Bool {
        let began = isOnLoop()
        count += 1
        switch manner {
        case .quick: break
        case .blocks: usleep(20_000)
        case .suspends: await Task.yield()
        case .sleeps:
            do { try await Task.sleep(for: .seconds(60)) } catch { cancelled += 1 }
        }
        return began
    }

    distributed func ask(_ other: Hasty) async throws -> Int { try await other.askBack(self) }
    distributed func askBack(_ other: Hasty) async throws -> Int { try await other.counted }
    distributed var counted: Int { count }
    distributed var cancellations: Int { cancelled }
}

/// A process whose turns run on a queue of their own.
distributed actor Pinned: HubProcess {
    nonisolated var unownedExecutor: UnownedSerialExecutor { OwnQueue.shared.asUnownedSerialExecutor() }
    init(_: NoArguments, actorSystem: HubActorSystem) { self.actorSystem = actorSystem }
    distributed func turn() -> Bool { isOnLoop() }
}

private final class OwnQueue: SerialExecutor {
    static let shared = OwnQueue()
    private let queue = DispatchQueue(label: "pinned")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}

/// Whether the calling thread is one of SwiftNIO's.
private func isOnLoop() -> Bool {
    (try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8))?.hasPrefix("NIO-") == true
}

/// Two connected nodes; the far one hosts one process.
private struct Stage: Sendable {
    let near: Hub
    let far: Hub
    /// The process as callers on the near node see it.
    let hasty: Hasty

    var instance: Instance {
        get throws { try #require(far.node.calls.table.instance(ProcessID(hub: "h", child: "h"))) }
    }

    static func run(onLoops: Bool = true, _ body: @Sendable @escaping (Stage) async throws -> Void) async throws {
        let a = testNode("near")
        let b = Node(
            name: "far", cluster: testCluster, callDeadline: patience, turnsOnEventLoops: onLoops,
            logger: quietLogger())
        let near = try Hub("h", on: a) { $0.processes = [Hasty.self, Pinned.self] }
        let far = try Hub("h", on: b) { $0.processes = [Hasty.self, Pinned.self] }
        try await running(a, b) {
            try a.connect(to: await b.whenListening())
            near.learn("h", kind: Hasty.kind, at: try await far.place(Hasty.self, id: "h", .init()))
            let hasty = try near.process("h", as: Hasty.self)
            _ = try await hasty.counted
            try await body(Stage(near: near, far: far, hasty: hasty))
        }
    }

    /// The method as if it had shown that its turns are short: how quick they really are depends on the machine.
    func prove(_ method: MethodName, of kind: ProcessKind = Hasty.kind) throws {
        let plan = try #require(far.node.calls.kinds.plan(of: kind)?.methods[method])
        plan.pace.withLock { $0 = .proven }
    }

    func isProven(_ method: MethodName) throws -> Bool {
        try #require(far.node.calls.kinds.plan(of: Hasty.kind)?.methods[method]).pace.withLock { $0.isProven }
    }
}

@Suite("Turns on event loops", .live)
struct LoopTurnTests {
    @Test("a proven method's turn runs on the event loop, any other in the pool")
    func onLoop() async throws {
        try await Stage.run { stage in
            #expect(try await !stage.hasty.turn(.quick))
            // The task that runs such turns may only just have been made.
            try await eventually {
                try stage.prove("turn(_:)")
                return try await stage.hasty.turn(.quick)
            }
        }
    }

    @Test(
        "a method earns its place with short turns, by itself",
        .disabled(if: ProcessInfo.processInfo.environment["PHUB_SANITIZED"] != nil, "no turn is short there"))
    func earned() async throws {
        try await Stage.run { stage in
            try await eventually {
                for _ in 0..<Limits.provenTurns { _ = try await stage.hasty.counted }
                return try stage.isProven("counted()")
            }
        }
    }

    @Test("nothing runs on an event loop where that is switched off")
    func off() async throws {
        try await Stage.run(onLoops: false) { stage in
            for _ in 0..<20 {
                try stage.prove("turn(_:)")
                #expect(try await !stage.hasty.turn(.quick))
            }
        }
    }

    @Test("a method that turns slow after it was proven holds a loop up once, and never again")
    func slow() async throws {
        try await Stage.run { stage in
            try await eventually {
                try stage.prove("turn(_:)")
                return try await stage.hasty.turn(.blocks)
            }
            #expect(try !stage.isProven("turn(_:)"))
            for _ in 0..<3 * Limits.provenTurns { #expect(try await !stage.hasty.turn(.quick)) }
            #expect(try !stage.isProven("turn(_:)"))
        }
    }

    @Test("a turn that suspends goes on elsewhere, and its caller gets the answer")
    func suspends() async throws {
        try await Stage.run { stage in
            try await eventually {
                try stage.prove("turn(_:)")
                return try await stage.hasty.turn(.suspends)
            }
            let before = try await stage.hasty.counted
            for _ in 0..<100 {
                try stage.prove("turn(_:)")
                _ = try await stage.hasty.turn(.suspends)
            }
            #expect(try await stage.hasty.counted == before + 100)
        }
    }

    @Test("a turn that left its loop ends with the deadline of its call, or with the cancellation of its caller")
    func leftTurnsEnd() async throws {
        try await Stage.run { stage in
            let instance = try stage.instance
            for _ in 0..<4 {
                try stage.prove("turn(_:)")
                let late = await failure {
                    try await withDeadline(.milliseconds(500)) { try await stage.hasty.turn(.sleeps) }
                }
                #expect(late?.code == .deadlineExceeded)
                try await eventually { !instance.isBusy }
            }
            for _ in 0..<4 {
                try stage.prove("turn(_:)")
                let call = Task { try await stage.hasty.turn(.sleeps) }
                try await eventually { instance.isBusy }
                call.cancel()
                _ = await call.result
                try await eventually { !instance.isBusy }
            }
            #expect(try await stage.hasty.counted == (try await stage.hasty.cancellations))
        }
    }

    @Test("calls lose nothing while their turns change between loop and pool, from here and from there (S6)")
    func mixed() async throws {
        try await Stage.run { stage in
            let here = try stage.far.process("h", as: Hasty.self)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for caller in 0..<16 {
                    group.addTask {
                        for call in 0..<100 {
                            if call % 7 == 0 { try stage.prove("turn(_:)") }
                            _ = try await stage.hasty.turn((caller + call) % 5 == 0 ? .suspends : .quick)
                        }
                    }
                    group.addTask {
                        for _ in 0..<50 { _ = try await here.turn(.quick) }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await stage.hasty.counted == 16 * 150)
            let instance = try stage.instance
            try await eventually { !instance.isBusy }
        }
    }

    @Test("a chain that comes back to a turn that left its loop passes the gate")
    func chain() async throws {
        try await Stage.run { stage in
            stage.far.learn("n", kind: Hasty.kind, at: try await stage.near.place(Hasty.self, id: "n", .init()))
            let near = try stage.near.process("n", as: Hasty.self)
            for _ in 0..<10 {
                try stage.prove("ask(_:)")
                #expect(try await stage.hasty.ask(near) == 0)
            }
        }
    }

    @Test("a process with an executor of its own keeps it")
    func pinned() async throws {
        try await Stage.run { stage in
            stage.near.learn("p", kind: Pinned.kind, at: try await stage.far.place(Pinned.self, id: "p", .init()))
            let pinned = try stage.near.process("p", as: Pinned.self)
            for _ in 0..<20 {
                try stage.prove("turn()", of: Pinned.kind)
                #expect(try await !pinned.turn())
            }
        }
    }

    @Test("an actor that is busy elsewhere holds up no loop")
    func busy() async throws {
        try await Stage.run { stage in
            stage.near.learn("o", kind: Hasty.kind, at: try await stage.far.place(Hasty.self, id: "o", .init()))
            let other = try stage.near.process("o", as: Hasty.self)
            let actor = try #require(try stage.instance.actor as? Hasty)
            let (held, release) = (Latch(), DispatchSemaphore(value: 0))
            let holder = Task.detached {
                await actor.whenLocal { _ in
                    held.open()
                    release.wait()
                }
            }
            await held.wait()
            try stage.prove("turn(_:)")
            let waiting = Task { try await stage.hasty.turn(.quick) }
            // Over the same connection, so behind the first.
            #expect(try await other.counted == 0)
            release.signal()
            await holder.value
            _ = try await waiting.value
        }
    }
}

@Suite("LoopSeat", .live)
struct LoopSeatTests {
    @Test("the task of a seat ends when the seat is closed, and what it held is released")
    func close() async throws {
        weak var held: Latch?
        do {
            let latch = Latch()
            held = latch
            let seat = LoopSeat { _ in
                latch.open()
                return nil
            } then: { _ in
            }
            seat.close()
        }
        try await eventually { held == nil }
    }
}
