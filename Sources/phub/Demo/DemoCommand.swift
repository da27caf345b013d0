// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Foundation

/// Three nodes on this machine, typed calls in all directions, one node killed, and every number checked.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Runs three nodes on this machine, kills one and checks every number.",
        discussion: """
            Counters and ledgers are started through one node of three and spread over all; clients on each node call \
            the processes of all. Half-way one node is killed with SIGKILL, and its processes are started elsewhere. At \
            the end each process must run exactly once, and its state must lie between what its callers were told and \
            that plus what they could not learn. Ends with 1 if one does not.
            """)

    @Option(help: "How long the clients call.") var seconds = 5.0
    @Option(help: "Processes on all three nodes together.") var processes = 10_000
    @Option(help: "Clients on each node.") var clients = 8

    func validate() throws {
        guard (0.5...3600).contains(seconds) else { throw ValidationError("--seconds: 0.5 to 3600") }
        guard (3...100_000).contains(processes) else { throw ValidationError("--processes: 3 to 100000") }
        guard (1...256).contains(clients) else { throw ValidationError("--clients: 1 to 256") }
    }

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        let plan = DemoPlan(processes: processes, clients: clients)
        let seconds = seconds
        try await Interrupts.ending {
            var run = DemoRun(plan: plan, time: .seconds(seconds))
            return try await run.play()
        }
    }
}
