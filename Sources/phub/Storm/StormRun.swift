// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import ProcessHub

/// How large a storm is.
struct StormPlan: Sendable {
    let nodes: Int
    let children: Int
    let kills: Int
    /// How long anything may take.
    let patience: Duration
    let seed: UInt64
}

/// One storm from the first node's start to the last one's end.
struct StormRun {
    private let plan: StormPlan
    private let names: [String]
    private var chance: SeededGenerator
    private var screen = Screen()
    private let desk = StormDesk()
    private let cluster = "storm-\(getpid())"
    /// Who lives, by name.
    private var nodes: [String: Seat] = [:]
    private var lives = 0
    private var killed = 0
    private var recoveries: [Duration] = []

    private struct Seat {
        let life: Int
        let program: OwnProgram
    }

    init(_ plan: StormPlan) {
        self.plan = plan
        names = (0..<plan.nodes).map { "n-\($0)" }
        chance = SeededGenerator(seed: plan.seed)
    }

    /// Plays the storm; whatever happens, no process of it is left.
    ///
    /// - Returns: whether nothing was lost.
    mutating func play() async throws -> Bool {
        defer { for seat in nodes.values { seat.program.close() } }
        for name in names { try await begin(name) }
        try await agree()
        await tell(names[0], desk.start(plan.children, through: nodes[names[0]]?.life ?? 0))
        guard try await check() else { return false }
        screen.say("\(names.count) nodes run \(plan.children) children")
        while killed < plan.kills {
            try await blow()
            guard try await check() else { return false }
        }
        let sorted = recoveries.sorted()
        let median = sorted.isEmpty ? nil : sorted[sorted.count / 2]
        screen.say(
            screen.style.green(
                "\(killed) nodes killed, \(await desk.answered) requests answered: nothing lost, nothing back that was "
                    + "stopped; once begun again, a node saw all in \(short(median)), at most \(short(sorted.last))"))
        return true
    }

    /// One node, or two of five or more, are killed while requests are under way, and begun again.
    private mutating func blow() async throws {
        try await traffic(for: .milliseconds(Int.random(in: 50...500, using: &chance)))
        let count = names.count >= 5 && Int.random(in: 0..<5, using: &chance) == 0 ? 2 : 1
        let victims = Array(names.shuffled(using: &chance).prefix(count))
        await desk.willKill(count)
        for name in victims { nodes.removeValue(forKey: name)?.program.kill() }
        killed += count
        try await traffic(for: .milliseconds(Int.random(in: 0...1_000, using: &chance)))
        let since = ContinuousClock.now
        for name in victims { try await begin(name) }
        try await agree()
        recoveries.append(since.duration(to: .now))
    }

    private mutating func begin(_ name: String) async throws {
        var seeds: [String] = []
        for seat in nodes.values.sorted(by: { $0.life < $1.life }).prefix(2) {
            if let address = await desk.address(of: seat.life) { seeds += ["--seed", address] }
        }
        lives += 1
        let (life, desk) = (lives, desk)
        let program = try OwnProgram(["storm-node", "--name", name, "--cluster", cluster] + seeds)
        nodes[name] = Seat(life: life, program: program)
        Task.detached {
            for await line in program.lines { await desk.hear(line, from: life) }
            await desk.ended(life)
        }
        try await wait("node \(name) to listen") { await desk.address(of: life) != nil }
    }

    private mutating func agree() async throws {
        let (names, desk) = (names, desk)
        let end = ContinuousClock.now + plan.patience
        while ContinuousClock.now < end {
            var agreed = 0
            for seat in nodes.values where await desk.sees(names, seat.life) { agreed += 1 }
            if agreed == names.count { return }
            try await traffic(for: .milliseconds(20))
        }
        throw OwnProgram.Failure(description: "the nodes do not see each other")
    }

    // MARK: - Requests

    private mutating func traffic(for time: Duration) async throws {
        let end = ContinuousClock.now + time
        repeat {
            await request()
            try await Task.sleep(for: .milliseconds(Int.random(in: 1...20, using: &chance)))
        } while ContinuousClock.now < end
    }

    private mutating func request() async {
        guard let name = nodes.keys.sorted().randomElement(using: &chance), let life = nodes[name]?.life else { return }
        let running = await desk.book.running
        switch Int.random(in: 0..<10, using: &chance) {
        case 0:
            guard let id = running.randomElement(using: &chance) else { return }
            await tell(name, .crash(ids: [id]))
        case 1..<(running.count < plan.children ? 7 : 4):
            await tell(name, desk.start(Int.random(in: 1...4, using: &chance), through: life))
        default:
            let ids = running.shuffled(using: &chance).prefix(Int.random(in: 1...3, using: &chance))
            if !ids.isEmpty { await tell(name, desk.stop(Array(ids), through: life)) }
        }
    }

    private func tell(_ name: String, _ fact: StormFact) async {
        guard let seat = nodes[name] else { return }
        do { try seat.program.tell(fact) } catch { await desk.ended(seat.life) }
    }

    // MARK: - Whether all is well

    /// Lets all requests end, and sees that within some seconds everything is as the book says.
    private mutating func check() async throws -> Bool {
        let desk = desk
        try await wait("all requests to be answered") { await desk.isCalm }
        let end = ContinuousClock.now + plan.patience
        var faults: [String] = []
        while ContinuousClock.now < end {
            if let failure = await desk.failure { throw OwnProgram.Failure(description: failure) }
            let fact = await desk.survey()
            for name in names { await tell(name, fact) }
            let lives = Dictionary(uniqueKeysWithValues: nodes.map { ($1.life, $0) })
            try await wait("all nodes to say what they know") { await desk.faults(of: lives) != nil }
            faults = await desk.faults(of: lives) ?? []
            if faults.isEmpty {
                await desk.allAgree()
                if killed % 20 < 2 { screen.say("\(killed) killed, \(await desk.book.running.count) children run") }
                return true
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        screen.say(screen.style.red("after \(killed) kills, \(faults.count) not as they must be:"))
        for fault in faults.prefix(20) { screen.say("  " + fault) }
        return false
    }

    private func wait(_ what: String, _ isSo: @Sendable () async -> Bool) async throws {
        let end = ContinuousClock.now + max(plan.patience, .seconds(30))
        while await !isSo() {
            guard ContinuousClock.now < end else { throw OwnProgram.Failure(description: "waited in vain for \(what)") }
            try await Task.sleep(for: .milliseconds(2))
        }
    }
}
