// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import HubSimulator

@Suite("Campaign", .serialized, .computing)
struct CampaignTests {
    @Test("some seeds of every sort of trouble keep every promise", arguments: Profile.allCases)
    func profiles(profile: Profile) async {
        var campaign = Campaign(nodes: 3...5, duration: .seconds(20), profile: profile)
        for seed in 1...2 as ClosedRange<UInt64> {
            let result = campaign.run(seed)
            #expect(result.violation == nil, "\(result.violation?.description ?? "") \(result.replay)")
            await Task.yield()
        }
        #expect(campaign.coreEvents > 1_000)
    }

    @Test("some seeds that draw their own mixture keep every promise")
    func mixtures() async {
        var campaign = Campaign(nodes: 3...7, duration: .seconds(20))
        for seed in 110...115 as ClosedRange<UInt64> {
            let result = campaign.run(seed)
            #expect(result.violation == nil, "\(result.violation?.description ?? "") \(result.replay)")
            await Task.yield()
        }
    }

    @Test("in a small world every node runs hubs, in a large one some of them do, evenly spread")
    func hosts() {
        for nodes in [1, 5, 50, 51, 64, 200, 1_000] {
            let plan = PlanMaker.plan(seed: 3, nodes: nodes, duration: .seconds(20))
            let hosts = (0..<nodes).filter { $0 % plan.climate.hubs.everySeat == 0 }.count
            #expect(nodes <= 50 ? hosts == nodes : (12...16).contains(hosts), "\(nodes)")
        }
    }

    @Test("one message in a hundred is lost and one node gets a twentieth of its time: nobody is called dead")
    func steadyLoss() async {
        let seeds = ProcessInfo.processInfo.environment["PHUB_STEADY_SEEDS"].flatMap(UInt64.init) ?? 15
        for seed in 1...max(1, seeds) {
            var plan = Plan(seed: seed, nodes: 5, duration: .seconds(60))
            plan.climate.lossPerMillion = 10_000
            plan.climate.slowNode = Int(seed % 5)
            plan.climate.callers = 1
            plan.climate.seeds = .three
            // It counts every death of somebody who lives, whatever would excuse it.
            plan.expectations = [Expectation(.seconds(59), .nobodyDied, text: "nobody died")]
            let result = Simulation.run(plan)
            #expect(result.violation == nil, "seed \(seed): \(result.violation?.description ?? "")")
            #expect(result.calls > 0)
            await Task.yield()
        }
    }

    @Test("two processes have one name: one runs after 8 s, and the other one gave way by itself (S14)")
    func twins() async {
        var judged: UInt64 = 0
        for seed in 1...30 as ClosedRange<UInt64> {
            var plan = Campaign(nodes: 3...5, duration: .seconds(30)).plan(of: seed)
            plan.absent = []
            plan.faults = [Planned(.seconds(6) + .milliseconds(Int64(37 * seed)), .twin(of: Int(seed) % plan.nodes))]
            let result = Simulation.run(plan)
            #expect(result.violation == nil, "seed \(seed): \(result.violation?.description ?? "")")
            judged += result.marks[.check(.oneOfTwins)]
            await Task.yield()
        }
        #expect(judged >= 20, "most climates are mild enough to be judged within the time of a twin")
    }

    @Test("one seed gives one trace, and another seed another one", arguments: [3, 17, 42] as [UInt64])
    func determinism(seed: UInt64) async {
        let campaign = Campaign(nodes: 5...5, duration: .seconds(20))
        let first = Simulation.run(campaign.plan(of: seed))
        await Task.yield()
        let again = Simulation.run(campaign.plan(of: seed))
        #expect(first.traceHash == again.traceHash)
        #expect(first.coreEvents == again.coreEvents)
        await Task.yield()
        #expect(Simulation.run(campaign.plan(of: seed + 1)).traceHash != first.traceHash)
    }

    @Test("who listens to the trace does not change it, and hears the same lines again")
    func listening() {
        let plan = PlanMaker.plan(seed: 5, nodes: 3, duration: .seconds(8))
        var lines: [[String]] = [[], []]
        let hashes = lines.indices.map { index in
            Simulation.run(plan) { lines[index].append($0) }.traceHash
        }
        #expect(lines[0] == lines[1])
        #expect(lines[0].count > 100)
        #expect(Set(hashes + [Simulation.run(plan).traceHash]).count == 1)
    }

    @Test("the seeds that once found something are clean")
    func regressions() async throws {
        let lines = try SimulationFiles.text(of: "Regressions/seeds.txt").split(separator: "\n")
            .filter { !$0.hasPrefix("#") }
        #expect(!lines.isEmpty)
        for line in lines {
            let plan = try #require(Regression.plan(of: line), "\(line)")
            let result = Simulation.run(plan)
            #expect(result.violation == nil, "\(line): \(result.violation?.description ?? "")")
            await Task.yield()
        }
    }
}

/// A line of `seeds.txt`, as a campaign prints it.
enum Regression {
    static func plan(of line: Substring) -> Plan? {
        let words = line.split(whereSeparator: \.isWhitespace).map { String($0) }
        func value(_ option: String) -> String? {
            words.firstIndex(of: option).flatMap { words.indices.contains($0 + 1) ? words[$0 + 1] : nil }
        }
        guard words.first == "phub-sim", let seed = value("--seed").flatMap(UInt64.init),
            let nodes = value("--nodes").flatMap(Int.init), let seconds = value("--seconds").flatMap(Int64.init)
        else { return nil }
        var campaign = Campaign(
            nodes: nodes...nodes, duration: .seconds(seconds), profile: value("--profile").flatMap(Profile.init))
        campaign.hasHubs = !words.contains("--without-hubs")
        return campaign.plan(of: seed)
    }
}
