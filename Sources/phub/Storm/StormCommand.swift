// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Foundation

/// Nodes that are killed one after the other while children are started, stopped and fail, and every child checked.
struct StormCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storm",
        abstract: "Kills nodes again and again while children start, stop and fail, and checks every child.",
        discussion: """
            Each node is a process of its own on this machine. At random moments one of them, of five nodes at times two \
            together, is killed with SIGKILL and started again, while callers on all nodes start and stop children and \
            make some fail. After each kill, once all nodes see each other again, every child of which a caller was told \
            that it runs must run exactly once, none of which a caller was told that it is stopped may run, and each node \
            must know where all of them are. Ends with 1 if that is not so in time.
            """)

    @Option(help: "How many nodes.") var nodes = 5
    @Option(help: "How many children, about.") var children = 300
    @Option(help: "How many nodes are killed.") var kills = 20
    @Option(help: "How many seconds it may take until all is well.") var within = 15.0
    @Option(help: "Where chance comes from; another storm each time without it.") var seed: UInt64?

    func validate() throws {
        guard (3...9).contains(nodes) else { throw ValidationError("--nodes: 3 to 9") }
        guard (1...10_000).contains(children) else { throw ValidationError("--children: 1 to 10000") }
        guard (0...100_000).contains(kills) else { throw ValidationError("--kills: 0 to 100000") }
        guard (1...3_600).contains(within) else { throw ValidationError("--within: 1 to 3600") }
    }

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        let plan = StormPlan(
            nodes: nodes, children: children, kills: kills, patience: .seconds(within),
            seed: seed ?? .random(in: 0 ... .max))
        try await Interrupts.ending {
            var run = StormRun(plan)
            return try await run.play()
        }
    }
}
