// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import DemoProcesses
internal import Foundation
internal import ProcessHub

/// One node of the demo: hosts its share of the processes and the clients, and does as its standard input says until that
/// closes.
struct DemoNodeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo-node", abstract: "One node of the demo.", shouldDisplay: false)

    @Option var name: String
    /// Each demo has a cluster of its own, should several run on one machine.
    @Option var cluster: String
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
        let seat = try DemoSeat(name: name, cluster: cluster, seed: seed, status: status)
        let stage = DemoStage(
            plan: plan, name: name, seat: seat, file: try TallyFile(path: tally, layout: layout),
            lines: IncomingLines(.standardInput).lines)
        do {
            try await seat.node.run { try await stage.play() }
        } catch {
            Stdout.say(DemoNews.failed("\(error)"))
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
        Stdout.say(DemoNews.listening(address: try await seat.node.whenListening()))
        // After its own news, whose hearer may skip others; the newest view is told again.
        async let _ = tellViews()
        let stop = StopFlag()
        try await withThrowingTaskGroup(of: Void.self) { clients in
            for await line in lines {
                switch try JSONLine.value(line, as: DemoFact.self) {
                case .start: Stdout.say(DemoNews.started(try await start()))
                case .locate(let gone):
                    let found = try await locate(without: gone)
                    Stdout.say(DemoNews.known(.now))
                    Stdout.say(DemoNews.located(found))
                case .begin: for client in try self.clients() { clients.addTask { await client.run(until: stop) } }
                case .finish:
                    stop.raise()
                    try await clients.waitForAll()
                    Stdout.say(DemoNews.finished)
                case .count: Stdout.say(DemoNews.runs(try await countHere()))
                case .audit: Stdout.say(DemoNews.states(await states()))
                }
            }
            stop.raise()
            Stdout.exitSoon()
        }
    }

    private func tellViews() async {
        for await view in seat.node.views { Stdout.say(DemoNews.sees(seat.members(of: view))) }
    }

    /// - Returns: how long it took, in milliseconds.
    private func start() async throws -> Double {
        let begun = ContinuousClock.now
        try await seat.start(plan)
        return Double(begun.duration(to: .now).wholeNanoseconds) / 1e6
    }

    /// Looks until this node knows for each process where it is, and that it is not on a node that is gone.
    private func locate(without gone: String?) async throws -> [Whereabouts] {
        var found: [Whereabouts] = []
        found.reserveCapacity(plan.members.count)
        // Each is looked up about once, so that looking costs the processes little.
        while found.count < plan.members.count {
            if let place = seat.whereabouts(of: plan.members[found.count]), place.node != gone {
                found.append(place)
            } else {
                try await Task.sleep(for: .milliseconds(1))
            }
        }
        return found
    }

    private func clients() throws -> [DemoClient] {
        let references = try plan.members.map(seat.reference)
        let epochs = plan.members.map { seat.whereabouts(of: $0)?.epoch ?? .none }
        return (0..<plan.clients).map { index in
            DemoClient(references, epochs: epochs, row: file.row(client: index), seed: .random(in: 0 ... .max))
        }
    }

    private func countHere() async throws -> [Int] {
        var here: [Int] = []
        for (place, member) in plan.members.enumerated() where try await seat.reference(to: member).isHere() {
            here.append(place)
        }
        return here
    }

    /// What each process says of itself; several are asked at a time.
    private func states() async -> [Booking?] {
        await withTaskGroup(of: (Int, Booking?).self) { group in
            let askers = 64
            for asker in 0..<askers {
                group.addTask { (asker, nil) }
            }
            var states = [Booking?](repeating: nil, count: plan.members.count)
            var next = 0
            for await (place, booking) in group {
                if let booking { states[place] = booking }
                guard next < plan.members.count else { continue }
                let (asked, member) = (next, plan.members[next])
                next += 1
                group.addTask { (asked, try? await seat.reference(to: member).statement()) }
            }
            return states
        }
    }
}
