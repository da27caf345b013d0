// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Foundation
internal import ProcessHub

/// One node of the demo: hosts its share of the processes and the clients, and does as its standard input says until that
/// closes.
struct DemoNodeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo-node", abstract: "One node of the demo.", shouldDisplay: false)

    @Option var name: String
    @Option var processes: Int
    @Option var clients: Int
    @Option var tally: String
    @Option var status: String?
    @Option var seed: String?

    func run() async throws {
        // Control-C reaches the whole group of the terminal; the parent decides what it means.
        signal(SIGINT, SIG_IGN)
        let plan = DemoPlan(processes: processes, clients: clients)
        let layout = TallyLayout(members: plan.members.count, clients: plan.clients)
        let seat = try DemoSeat(name: name, seed: seed, status: status)
        let stage = DemoStage(
            plan: plan, name: name, seat: seat, file: try TallyFile(path: tally, layout: layout),
            lines: IncomingLines(.standardInput).lines)
        do {
            try await seat.node.run { try await stage.play() }
        } catch {
            Stdout.say(.failed("\(error)"))
            throw ExitCode.failure
        }
    }
}

/// Does what the parent says, in the order it is said.
struct DemoStage: Sendable {
    let plan: DemoPlan
    let name: String
    let seat: DemoSeat
    let file: TallyFile
    let lines: AsyncStream<String>

    func play() async throws {
        Stdout.say(.listening(address: try await seat.node.whenListening()))
        var epochs: [String: Epoch] = [:]
        for member in plan.members(on: name) { epochs[member.id] = try await seat.start(member) }
        Stdout.say(.hosts(epochs: epochs))
        // After its own news, whose hearer may skip others; the newest view is told again.
        async let _ = tellViews()
        let stop = StopFlag()
        try await withThrowingTaskGroup(of: Void.self) { clients in
            for await line in lines {
                switch try JSONLine.value(line, as: DemoFact.self) {
                case .route(let id, _, let epoch): learn(id, epoch)
                case .begin: for client in try self.clients() { clients.addTask { await client.run(until: stop) } }
                case .finish:
                    stop.raise()
                    try await clients.waitForAll()
                    Stdout.say(.finished)
                case .audit(let ids): Stdout.say(.states(await states(of: Set(ids))))
                }
            }
            stop.raise()
            Self.exitSoon()
        }
    }

    private func tellViews() async {
        for await view in seat.node.views { Stdout.say(.sees(view.members.map(\.name.rawValue))) }
    }

    private func learn(_ id: String, _ epoch: Epoch) {
        guard let member = plan.members.first(where: { $0.id == id }) else { return }
        seat.learn(member, epoch: epoch)
    }

    private func clients() throws -> [DemoClient] {
        let references = try plan.members.map(seat.reference)
        return (0..<plan.clients).map { index in
            DemoClient(plan, references, row: file.row(client: index), seed: .random(in: 0 ... .max))
        }
    }

    /// What each process says of itself; one that does not answer is left out.
    private func states(of ids: Set<String>) async -> [String: Int] {
        var states: [String: Int] = [:]
        for member in plan.members where ids.contains(member.id) {
            states[member.id] = try? await seat.reference(to: member).state()
        }
        return states
    }

    /// The parent is gone: this process must not outlive it, whatever still hangs.
    private static func exitSoon() {
        Thread.detachNewThread {
            Thread.sleep(forTimeInterval: 3)
            exit(1)
        }
    }
}

/// Standard output of a node: its news, a line each.
enum Stdout {
    static func say(_ news: DemoNews) {
        guard let bytes = try? JSONLine.bytes(news) else { return }
        try? FileHandle.standardOutput.write(contentsOf: bytes)
    }
}
