// SPDX-License-Identifier: Apache-2.0

import Distributed
import HubCore
import TestSupport
import Testing

@testable import ProcessHub

@Suite("TurnWatch", .live)
struct TurnWatchTests {
    @Test("a turn in its caller's own task that overruns the call deadline is found, and told once")
    func overdue() async throws {
        let node = testNode("a")
        let hub = try Hub("h", on: node) { $0.processes = [Bench.self] }
        try await running(node) {
            try await hub.place(Bench.self, id: "c", .init())
            let bench = try hub.process("c", as: Bench.self)
            let id = ProcessID(hub: "h", child: "c")
            let instance = try #require(node.calls.table.instance(id))
            let told = Journal()
            let watch = TurnWatch(node.calls.table, callDeadline: .seconds(5))
            watch.onOverdue { told.note($0) }
            func lookAtAll() { for part in 0..<node.calls.table.partCount { watch.look(at: part) } }
            lookAtAll()
            lookAtAll()
            let long = Task { try? await bench.wait(for: 600) }
            try await eventually { instance.isBusy }
            lookAtAll()
            #expect(told.entries.isEmpty)
            lookAtAll()
            #expect(told.entries == ["\(id)"])
            lookAtAll()
            #expect(told.entries.count == 1)
            long.cancel()
            _ = await long.value
            let bounded = Task { try? await withDeadline(.seconds(600)) { try await bench.wait(for: 600) } }
            try await eventually { instance.isBusy && instance.turnsOfCallers.isEmpty }
            lookAtAll()
            lookAtAll()
            #expect(told.entries.count == 1, "this one is bounded by its own deadline")
            bounded.cancel()
            _ = await bounded.value
        }
    }
}
