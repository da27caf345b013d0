// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Foundation

/// Three nodes on this machine, typed calls in all directions, one node killed, and every number checked.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Runs three nodes on this machine, kills one and checks every number.",
        discussion: """
            Three node processes on loopback host counters and ledgers; clients on each node call the processes of all. \
            Half-way one node is killed with SIGKILL. At the end each process is asked for its state, which must lie \
            between what its callers were told and that plus what they could not learn. Ends with 1 if one does not.
            """)

    @Option(help: "How long the clients call.") var seconds = 5.0
    @Option(help: "Processes on all three nodes together.") var processes = 30
    @Option(help: "Clients on each node.") var clients = 8

    func validate() throws {
        guard (0.5...3600).contains(seconds) else { throw ValidationError("--seconds: 0.5 to 3600") }
        guard (3...3000).contains(processes) else { throw ValidationError("--processes: 3 to 3000") }
        guard (1...256).contains(clients) else { throw ValidationError("--clients: 1 to 256") }
    }

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        let plan = DemoPlan(processes: processes, clients: clients)
        let seconds = seconds
        let work = Task {
            var run = DemoRun(plan: plan, time: .seconds(seconds))
            return try await run.play()
        }
        let interrupts = Interrupts { work.cancel() }
        defer { withExtendedLifetime(interrupts) {} }
        do {
            if try await !work.value { throw ExitCode(1) }
        } catch is CancellationError {
            throw ExitCode(130)
        }
    }
}
