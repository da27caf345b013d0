// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import HubSimulator

@main
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "phub-sim",
        abstract: "Runs whole clusters on simulated machines, networks and clocks, and checks what they promise.",
        discussion: """
            The same seed gives the same run, to the byte. Without --seed or --scenario, a campaign of --seeds runs, from \
            --start-seed on; it stops at the first seed that breaks a promise, prints the line that replays it, and ends \
            with status 1.
            """)

    @Option(help: "Run this seed alone.")
    var seed: UInt64?
    @Option(help: "Run so many seeds.")
    var seeds: UInt64 = 100
    @Option(help: "The first of them.")
    var startSeed: UInt64 = 1
    @Option(help: "How many nodes: a number, or a range such as 3-9 from which each seed draws.")
    var nodes: NodeCount = NodeCount(range: 5...5)
    @Option(help: "For so many simulated seconds faults happen; then all is healed.")
    var seconds: Int64 = 60
    @Option(
        help:
            "What goes wrong: \(Profile.allCases.map(\.rawValue).joined(separator: ", ")); without it each seed draws.")
    var profile: Profile?
    @Option(help: "Run a scenario that people can read.")
    var scenario: String?
    @Flag(help: "Print every event and every effect.")
    var trace = false
    @Flag(help: "Reduce the faults of a seed or a scenario that fails, and print what is left as a scenario.")
    var shrink = false
    @Flag(help: "Print the plan of a seed as a scenario instead of running it.")
    var plan = false
    @Flag(help: "Go on after a seed that fails.")
    var keepGoing = false
    @Flag(help: "Leave out the machines of hubs: membership, connections and calls alone, for large clusters.")
    var withoutHubs = false
    @Option(help: "After a campaign, print so many of the marks that the fewest seeds reached.")
    var rarest = 0
    @Flag(help: "Print what membership sends in a quiet cluster of 50, 200 and 1000 nodes.")
    var traffic = false

    func validate() throws {
        guard seconds > 0, seconds <= 86_400 else { throw ValidationError("--seconds is 1 to 86400") }
        guard rarest >= 0 else { throw ValidationError("--rarest is 0 or more") }
        guard nodes.range.lowerBound >= 1, nodes.range.upperBound <= Seats.most else {
            throw ValidationError("--nodes is 1 to 1024")
        }
        guard !startSeed.addingReportingOverflow(seeds).overflow else {
            throw ValidationError("--start-seed and --seeds together are more than there are seeds")
        }
    }

    func run() throws {
        if traffic { return TrafficReport.print() }
        if let scenario { return try runScenario(at: scenario) }
        var campaign = Campaign(nodes: nodes.range, duration: .seconds(seconds), profile: profile)
        campaign.hasHubs = !withoutHubs
        guard let seed else { return try runCampaign(campaign) }
        let drawn = campaign.plan(of: seed)
        if plan { return print(drawn.scenario, terminator: "") }
        try runOne(drawn)
    }

    private func runScenario(at path: String) throws {
        let text = try SourceFile.text(at: path)
        do {
            try runOne(try Scenario.plan(of: text))
        } catch let fault as Scenario.Fault {
            throw ValidationError("\(path), \(fault)")
        }
    }

    private func runOne(_ plan: Plan) throws {
        let result = Simulation.run(plan, reporter: trace ? { print($0) } : nil)
        print("trace \(Text.hex(result.traceHash)), \(result.coreEvents) events, \(result.calls) calls")
        guard let violation = result.violation else { return print("clean") }
        print(violation)
        if shrink {
            var shrinker = Shrinker(plan, rule: violation.rule)
            print("# the same broken rule with fewer faults\n\(shrinker.shrink().scenario)", terminator: "")
        }
        throw ExitCode.failure
    }

    private func runCampaign(_ planned: Campaign) throws {
        var campaign = planned
        var failures = 0
        let clock = ContinuousClock()
        let start = clock.now
        for seed in startSeed..<(startSeed + seeds) {
            let result = campaign.run(seed)
            guard let violation = result.violation else { continue }
            print("\(violation)\n\(result.replay)")
            failures += 1
            if !keepGoing { throw ExitCode.failure }
        }
        CampaignReport(campaign, failures: failures, in: clock.now - start).print(rarest: rarest)
        if failures > 0 { throw ExitCode.failure }
        // A few seeds cannot see everything, and a profile leaves things out.
        if profile == nil, !withoutHubs, seeds >= 500, !campaign.marks.missing.isEmpty { throw ExitCode.failure }
    }
}

/// A number of nodes, or a range of them.
struct NodeCount: ExpressibleByArgument {
    var range: ClosedRange<Int>

    init(range: ClosedRange<Int>) { self.range = range }

    init?(argument: String) {
        let ends = argument.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2, first <= last else {
            return nil
        }
        range = first...last
    }

    var defaultValueDescription: String { range.count == 1 ? "\(range.lowerBound)" : "\(range)" }
}

extension Profile: ExpressibleByArgument {}
