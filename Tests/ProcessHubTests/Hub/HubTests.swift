// SPDX-License-Identifier: Apache-2.0

import Distributed
import HubCore
import Synchronization
import TestSupport
import Testing

@testable import ProcessHub

/// One hub on one node.
@Suite("Hub on one node", .live)
struct HubTests {
    private func hub(
        _ configure: @escaping @Sendable (inout HubConfiguration) -> Void = { _ in },
        _ body: @Sendable @escaping (Hub) async throws -> Void
    ) async throws {
        let node = testNode("a")
        let hub = try Hub("h", on: node) {
            $0.processes = [Bench.self, Other.self, Subject.self]
            configure(&$0)
        }
        try await running(node) { try await body(hub) }
    }

    @Test("ids that only Unicode calls equal are two children, for readers, callers and the core")
    func unicode() async throws {
        try await hub { hub in
            let one = try await hub.start(Bench.self, id: "caf\u{E9}", .init(start: 1))
            let other = try await hub.start(Bench.self, id: "cafe\u{301}", .init(start: 2))
            #expect(try await one.value == 1)
            #expect(try await other.value == 2)
            #expect(hub.children().count == 2)
            try await hub.stop("caf\u{E9}")
            #expect(hub.lookup("caf\u{E9}") == nil && hub.lookup("cafe\u{301}") != nil)
            #expect(try await other.value == 2)
        }
    }

    @Test("a child that is started can be looked up, called and stopped (M03, M06, M17, M20, M21, W39)")
    func life() async throws {
        try await hub { hub in
            #expect(hub.lookup("c") == nil)
            let bench = try await hub.start(
                Bench.self, id: "c", .init(start: 5), metadata: ["n": 1], tags: ["billing"])
            let entry = try #require(hub.lookup("c"))
            #expect(Bench.kind.rawValue == String(describing: Bench.self))
            #expect(entry.kind == Bench.kind && entry.tags == ["billing"] && entry.metadata == ["n": 1])
            #expect(entry.host?.node == "a" && entry.hosts.count == 1)
            #expect(try await bench.increment(by: 1) == 6)
            #expect(try await bench.fence() == entry.host?.epoch)
            #expect(try await bench.tags() == ["billing"])
            try await hub.stop("c")
            #expect(hub.lookup("c") == nil && hub.children().isEmpty && hub.tagged("billing").isEmpty)
            let error = await failure { try await bench.value }
            #expect(error?.code == .unknownProcess && error?.outcome == .notExecuted)
            #expect(hub.node.calls.table.instances().isEmpty)
        }
    }

    @Test("a start of many is one request, awaited many times or never (M01, M18, M19)")
    func many() async throws {
        try await hub { hub in
            let children = (0..<1_000).map { Child(Bench.self, id: "n-\($0)", .init(start: $0), tags: ["t\($0 % 10)"]) }
            let operation = hub.start(children)
            async let again = operation.result.ids
            let result = try await operation.result
            #expect(result.status == .ok && result.ids == children.map(\.id) && result.nodes == ["a"])
            #expect(try await again == result.ids)
            #expect(Set(hub.children().map(\.id)) == Set(result.ids))
            #expect(hub.children(on: "a").count == 1_000 && hub.children(on: "b").isEmpty)
            #expect(
                Set(hub.tagged("t3").map(\.id)) == Set(stride(from: 3, to: 1_000, by: 10).map { ChildID("n-\($0)") }))
            for reference in try result.processes(as: Bench.self).suffix(3) {
                #expect(try await reference.value >= 997)
            }
            let stopped = try await hub.stop(result.ids).result
            #expect(stopped.status == .ok && stopped.ids == result.ids && stopped.nodes == ["a"])
            #expect(hub.children().isEmpty)
            hub.start([Child(Bench.self, id: "nobody-waits", .init())])
            try await eventually(within: 30) { hub.lookup("nobody-waits")?.host != nil }
        }
    }

    @Test("what is started already is refused by itself, or kept if that is asked for (M01, W8)")
    func existing() async throws {
        try await hub { hub in
            _ = try await hub.start(Bench.self, id: "a", .init(start: 1))
            let error = await failure { try await hub.start(Bench.self, id: "a", .init(start: 2)) }
            #expect(error?.code == .alreadyStarted && error?.outcome == .notExecuted)
            let batch = [
                Child(Bench.self, id: "a", .init()), Child(Bench.self, id: "b", .init()),
                Child(Bench.self, id: "b", .init()),
            ]
            let result = try await hub.start(batch).result
            #expect(result.ids == ["b"] && result.errors.map(\.child) == ["a", "b"])
            #expect(result.errors.map(\.error.code) == [.alreadyStarted, .alreadyStarted])
            let kept = try await hub.start([batch[0]], options: .init(existing: .keep)).result
            #expect(kept.status == .ok)
            #expect(try await hub.process("a", as: Bench.self).value == 1)
        }
    }

    @Test("what a request names twice is started once, and refused by itself the second time (M01)")
    func namedTwice() async throws {
        try await hub { hub in
            let children = ["c", "d", "c"].map { Child(Bench.self, id: $0, .init()) }
            let result = try await hub.start(children).result
            #expect(result.ids == ["c", "d"])
            #expect(result.errors.map(\.child) == ["c"] && result.errors.map(\.error.code) == [.alreadyStarted])
            let strict = try await hub.start(
                ["e", "f", "e"].map { Child(Bench.self, id: $0, .init()) }, options: .init(onFailure: .rollBack)
            ).result
            #expect(strict.ids.isEmpty && hub.lookup("e") == nil && hub.lookup("f") == nil)
            #expect(strict.errors.map(\.error.code) == [.alreadyStarted] && strict.rolledBack.count == 2)
        }
    }

    @Test("an initializer that throws, and a kind that nobody runs, fail alone and leave nothing (M02)")
    func failing() async throws {
        try await hub { hub in
            let batch = [
                Child(Bench.self, id: "bad", .init(refuses: true)), Child(Bench.self, id: "good", .init()),
                Child(Crowd.self, id: "strange"),
            ]
            let result = try await hub.start(batch).result
            #expect(result.ids == ["good"])
            #expect(result.errors.map(\.error.code) == [.startFailed, .unknownKind])
            #expect(result.errors.first?.node == "a")
            #expect(Set(hub.children().map(\.id)) == ["good"])
            _ = try await hub.start(Bench.self, id: "bad", .init(start: 3))
            #expect(try await hub.process("bad", as: Bench.self).value == 3)
        }
    }

    @Test("under roll-back one failure takes all back (M04)")
    func rollBack() async throws {
        try await hub { hub in
            let batch = [
                Child(Bench.self, id: "good", .init()), Child(Bench.self, id: "bad", .init(refuses: true)),
            ]
            let result = try await hub.start(batch, options: .init(onFailure: .rollBack)).result
            #expect(result.isRolledBack && result.status == .failed)
            #expect(result.errors.map(\.child) == ["bad"] && result.rolledBack == ["good"])
            try await eventually(within: 30) { hub.children().isEmpty && hub.node.calls.table.instances().isEmpty }
        }
    }

    @Test("a slow initializer keeps no other child waiting, and is given up at its deadline (W36)")
    func slow() async throws {
        try await hub { hub in
            let latch = Latch()
            let slow = Subject.Script(beginning: latch)
            let batch = [Child(Subject.self, id: "slow", .init(slow))]
            let operation = hub.start(batch, options: .init(deadline: .seconds(60)))
            try await eventually(within: 30) { slow.journal.entries == ["init"] }
            for number in 0..<3 { _ = try await hub.start(Bench.self, id: "quick-\(number)", .init()) }
            latch.open()
            #expect(try await operation.result.ids == ["slow"])
            let never = Subject.Script(beginning: Latch())
            let error = await failure {
                try await hub.start(
                    Subject.self, id: "never", .init(never), options: .init(deadline: .milliseconds(200)))
            }
            #expect(error?.code == .deadlineExceeded || error?.code == .startFailed)
            never.beginning?.open()
        }
    }

    @Test("stopping what nobody wished for is an error at once, beside those that are stopped (M05)")
    func stopUnknown() async throws {
        try await hub { hub in
            _ = try await hub.start(Bench.self, id: "a", .init())
            let result = try await hub.stop(["ghost", "a", ""]).result
            #expect(result.ids == ["a"] && result.errors.map(\.child) == ["ghost", ""])
            #expect(result.errors.map(\.error.code) == [.unknownProcess, .invalidName])
            #expect(await failure { try await hub.stop("ghost") }?.code == .unknownProcess)
        }
    }

    @Test("metadata and tags change in the registry and in the process (W44)")
    func update() async throws {
        try await hub { hub in
            let bench = try await hub.start(Bench.self, id: "c", .init(), metadata: ["n": 1], tags: ["old"])
            let epoch = hub.lookup("c")?.host?.epoch
            try await hub.update("c", tags: ["new"])
            #expect(hub.tagged("old").isEmpty && hub.tagged("new").map(\.id) == ["c"])
            #expect(hub.lookup("c")?.metadata == ["n": 1])
            try await hub.update("c", metadata: [:])
            #expect(hub.lookup("c")?.metadata == [:] && hub.lookup("c")?.tags == ["new"])
            #expect(try await bench.tags() == ["new"])
            #expect(hub.lookup("c")?.host?.epoch == epoch)
            #expect(await failure { try await hub.update("ghost", tags: []) }?.code == .unknownProcess)
        }
    }

    @Test("what is asked before the node runs is done when it does")
    func early() async throws {
        let node = testNode("a")
        let hub = try Hub("h", on: node) { $0.processes = [Bench.self] }
        let started = Task { try await hub.start(Bench.self, id: "c", .init(start: 4)) }
        try await running(node) {
            let bench = try await started.value
            #expect(try await bench.value == 4)
        }
    }

    @Test("more than so many operations do not wait for the node to run: those beyond are refused (S16)")
    func earlyOverload() async throws {
        let hub = try Hub("h", on: testNode("a")) { $0.processes = [Bench.self] }
        for _ in 0..<Limits.operations { _ = hub.resident.stop(["c"], StopOptions(deadline: .seconds(60))) }
        let refused = await #expect(throws: HubError.self) {
            try await hub.start(Bench.self, id: "c", .init(start: 4))
        }
        #expect(refused?.code == .overloaded && refused?.outcome == .notExecuted)
    }

    @Test("children of the configuration run, and run on when the same ones are declared again (V02, W8)")
    func declared() async throws {
        let children = (0..<10).map { Child(Bench.self, id: "boot-\($0)", .init(start: $0)) }
        try await hub {
            $0.children = children
        } _: { hub in
            try await eventually(within: 30) { hub.children().filter { $0.host != nil }.count == 10 }
            #expect(try await hub.process("boot-7", as: Bench.self).value == 7)
        }
    }

    @Test("many callers start one id at once: one of them does")
    func race() async throws {
        try await hub { hub in
            for round in 0..<20 {
                let results = await withTaskGroup(of: HubError.Code?.self) { group in
                    for _ in 0..<8 {
                        group.addTask {
                            await failure { try await hub.start(Bench.self, id: "r-\(round)", .init()) }?.code
                        }
                    }
                    return await group.reduce(into: []) { $0.append($1) }
                }
                #expect(results.count { $0 == nil } == 1)
                #expect(results.count { $0 == .alreadyStarted } == 7)
            }
        }
    }
}

/// What becomes of an instance that ends.
@Suite("Supervision", .live)
struct SupervisionTests {
    private func hub(_ body: @Sendable @escaping (Hub) async throws -> Void) async throws {
        let node = testNode("a")
        let hub = try Hub("h", on: node) { $0.processes = [Bench.self, Subject.self] }
        try await running(node) { try await body(hub) }
    }

    private func start(
        _ id: ChildID, _ script: Subject.Script, _ restart: RestartPolicy, on hub: Hub
    ) async throws -> Subject {
        try await hub.start(Subject.self, id: id, .init(script), restart: restart)
    }

    @Test("a permanent child is started again whenever it ends, under a higher epoch (I07)")
    func permanent() async throws {
        try await hub { hub in
            let script = Subject.Script()
            let subject = try await start("s", script, .permanent, on: hub)
            let first = try #require(hub.lookup("s")?.host?.epoch)
            try await eventually(within: 30) { script.journal.entries.contains("run") }
            #expect(try await subject.stopAndGoOn() == 7)
            try await eventually(within: 30) { hub.lookup("s")?.host.map { $0.epoch > first } ?? false }
            #expect(try await subject.touch() == 1)
            try await eventually(within: 30) { script.journal.entries.count { $0 == "run" } == 2 }
            #expect(script.journal.entries.prefix(5) == ["init", "run", "terminate stopped", "init", "run"])
        }
    }

    @Test("a transient child that ends normally is stopped everywhere, one that fails is started again (V01)")
    func transient() async throws {
        try await hub { hub in
            let normal = try await start("normal", Subject.Script(), .transient, on: hub)
            _ = try await normal.stopAndGoOn()
            try await eventually(within: 30) { hub.lookup("normal") == nil }
            let fuse = Atomic<Int>(0)
            let failing = Subject.Script(body: { _ in
                if fuse.add(1, ordering: .relaxed).newValue == 1 { throw Subject.Broken() }
            })
            _ = try await start("failing", failing, .transient, on: hub)
            try await eventually(within: 30) { failing.journal.entries.count { $0 == "run" } == 2 }
            try await eventually(within: 30) { hub.lookup("failing")?.host != nil }
        }
    }

    @Test("a temporary child is stopped everywhere after its first end, and its neighbours are not touched (W29)")
    func temporary() async throws {
        try await hub { hub in
            let neighbour = try await hub.start(Bench.self, id: "n", .init(start: 3))
            let epoch = hub.lookup("n")?.host?.epoch
            let script = Subject.Script(body: { _ in throw Subject.Broken() })
            _ = try? await start("t", script, .temporary, on: hub)
            try await eventually(within: 30) { hub.lookup("t") == nil }
            #expect(script.journal.entries.count { $0 == "init" } == 1)
            #expect(try await neighbour.value == 3 && hub.lookup("n")?.host?.epoch == epoch)
        }
    }

    @Test("a child that fails again and again is left alone, and those beside it are not disturbed (W31)")
    func quarantine() async throws {
        try await hub { hub in
            let neighbour = try await hub.start(Bench.self, id: "n", .init())
            let script = Subject.Script(body: { _ in throw Subject.Broken() })
            _ = try? await start("q", script, .permanent, on: hub)
            var last = 0
            try await eventually(within: 60) {
                let count = script.journal.entries.count { $0 == "init" }
                defer { last = count }
                try await Task.sleep(for: .milliseconds(600))
                return count >= 3 && count == last && hub.lookup("q")?.host == nil
            }
            #expect(hub.lookup("q") != nil)
            #expect(try await neighbour.increment(by: 1) == 1)
            try await hub.stop("q")
            #expect(hub.lookup("q") == nil)
        }
    }

    @Test("a call that waits while its process is started again is executed by the new instance")
    func callsAcrossRestart() async throws {
        try await hub { hub in
            let script = Subject.Script()
            let subject = try await start("s", script, .permanent, on: hub)
            _ = try await subject.stopAndGoOn()
            #expect(try await withDeadline(.seconds(30)) { try await subject.touch() } == 1)
        }
    }

    @Test("a stop is final: a child that is being started again does not come back (S9)")
    func stopDuringRestart() async throws {
        try await hub { hub in
            for number in 0..<20 {
                let id = ChildID("s\(number)")
                let script = Subject.Script(body: { _ in throw Subject.Broken() })
                _ = try? await start(id, script, .permanent, on: hub)
                try await hub.stop(id)
                #expect(hub.lookup(id) == nil)
                let count = script.journal.entries.count { $0 == "init" }
                try await Task.sleep(for: .milliseconds(60))
                #expect(script.journal.entries.count { $0 == "init" } == count)
            }
        }
    }
}
