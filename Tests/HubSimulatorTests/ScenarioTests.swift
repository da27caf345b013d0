// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import HubSimulator

@Suite("Scenario", .serialized, .computing)
struct ScenarioTests {
    @Test("every scenario comes out as it says", arguments: SimulationFiles.scenarios)
    func scenarios(name: String) async throws {
        let plan = try Scenario.plan(of: SimulationFiles.scenario(name))
        #expect(!plan.expectations.isEmpty)
        let result = Simulation.run(plan)
        #expect(result.violation == nil, "\(name): \(result.violation?.description ?? "")")
        await Task.yield()
    }

    @Test("the scenarios that every change of membership is tried against are there")
    func completeness() {
        let needed = [
            "join", "graceful-leave", "crash", "two-crash-together", "two-of-three-restart-together", "split-and-heal",
            "flapping-link", "one-way-cut",
            "restart-same-name", "pause-longer-than-every-timeout", "two-paused-together", "cold-start-seed-last",
            "cold-start-after-all-ended", "wall-clock-an-hour-ahead", "hub-same-id-on-two-nodes",
            "hub-stop-races-returning-node", "hub-member-returns-after-tombstones-were-collected",
            "hub-two-nodes-lost-together", "hub-crash-right-after-start", "hub-owner-crashes-during-an-operation",
            "hub-full-restart", "hub-drain-and-leave", "hub-node-joins", "hub-slow-authority",
        ]
        #expect(Set(needed.map { "\($0).txt" }).isSubset(of: SimulationFiles.scenarios))
    }

    @Test("a scenario whose expectation is wrong fails")
    func wrongExpectation() throws {
        let plan = try Scenario.plan(of: "nodes 2\nseconds 5\nat 4s: expect agreed a\n")
        #expect(Simulation.run(plan).violation?.rule == .expectation)
    }

    @Test(
        "what is no scenario is refused, with its line",
        arguments: [
            "nodes many", "at 3: crash b", "at 3s crash b", "at 3s: crash B", "at 3s: explode b", "at 3s: cut a",
            "at 3s: lose 120% for 1s", "at -3s: crash b", "at 3s: expect b", "at 3s: expect b is happy", "climate hot",
            "at 99999999999999999999s: crash b", "hello", "nodes 5000000000", "nodes 0", "nodes 1025",
            "seconds 0", "seconds 9223372036854775807", "at 3s: crash z99999999999", "at 3s: crash z1024",
            "at 3s: launch x", "at 3s: launch x on a as king", "at 3s: end x on a as ok", "at 3s: launch x*0 on a",
            "at 3s: expect x runs away", "hubs 3", "absent z4000", "at 3s: starthub a 9223372036854775808",
            "at 900000s: crash a",
        ])
    func nonsense(line: String) {
        #expect(throws: Scenario.Fault.self) { try Scenario.plan(of: "nodes 3\n\(line)\n") }
        do {
            _ = try Scenario.plan(of: "nodes 3\n\(line)\n")
        } catch {
            #expect(error.line == 2)
        }
    }

    @Test(
        "an expectation or an absence may name a node that nothing else names",
        arguments: [
            "at 4s: expect agreed a,b,d", "at 4s: expect view d a", "at 4s: expect a sees d alive",
            "at 4s: expect d is serving", "at 4s: expect exited d",
        ])
    func onlyExpected(line: String) throws {
        let plan = try Scenario.plan(of: "nodes 3\nabsent f\nseconds 5\n\(line)\n")
        #expect(plan.seats == 6)
        #expect(Simulation.run(plan).violation?.rule == .expectation)
    }

    @Test("more twins than there are seats for are refused")
    func manyTwins() {
        let lines = String(repeating: "at 3s: twin a\n", count: 65)
        #expect(throws: Scenario.Fault.self) { try Scenario.plan(of: lines) }
    }

    @Test("a plan written as a scenario and read again is the same plan", arguments: 1...40 as ClosedRange<UInt64>)
    func roundTrip(seed: UInt64) throws {
        var plan = PlanMaker.plan(seed: seed, nodes: 5, duration: .seconds(40))
        plan.shapes = []
        #expect(try Scenario.plan(of: plan.scenario) == plan)
    }
}
