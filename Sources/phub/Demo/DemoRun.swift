// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import ProcessHub

/// One demo from the first node's start to the last one's end.
struct DemoRun {
    private let plan: DemoPlan
    private let time: Duration
    private var screen = Screen()
    private var nodes: [NodeProcess] = []
    private var killed: Set<String> = []
    private var table: DemoTable
    /// Where each process was when the clients began.
    private var before: [Whereabouts] = []

    init(plan: DemoPlan, time: Duration) {
        self.plan = plan
        self.time = time
        table = DemoTable(rows: [], style: screen.style)
    }

    /// Plays the demo; whatever happens, no process of it is left.
    ///
    /// - Returns: whether every number adds up.
    mutating func play() async throws -> Bool {
        let folder = FileManager.default.temporaryDirectory.appending(path: "phub-demo-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer {
            for node in nodes { node.close() }
            try? FileManager.default.removeItem(at: folder)
        }
        try await start(in: folder)
        try await populate()
        for node in nodes { try node.tell(.begin) }
        try await watch(for: time / 2)
        let recovery = kill()
        try await watch(for: time / 2)
        say(try await recovery.value)
        return conclude(try await finish())
    }

    /// One node after the other. Each but the first is told of one node only and finds the others through it.
    private mutating func start(in folder: URL) async throws {
        let status = StatusDirectory(folder.appending(path: "status").path)
        var seed: String?
        for name in DemoPlan.nodes {
            let node = try NodeProcess(name, plan: plan, seed: seed, folder: folder, status: status)
            nodes.append(node)
            let address = try await node.hear { if case .listening(let address) = $0 { address } else { nil } }
            seed = address
            screen.say("node \(name): process \(node.processIdentifier), \(address)")
        }
        for node in nodes {
            try await node.hear { if case .sees(let names) = $0 { names == DemoPlan.nodes ? () : nil } else { nil } }
        }
        screen.say("each node sees all: \(DemoPlan.nodes.joined(separator: ", "))")
    }

    /// Starts the processes through one node and waits until every node knows where each is.
    private mutating func populate() async throws {
        guard let first = nodes.first else { return }
        let begun = ContinuousClock.now
        try first.tell(.start)
        for node in nodes { try node.tell(.locate(gone: nil)) }
        let milliseconds = try await first.hear { if case .started(let time) = $0 { time } else { nil } }
        let (map, known) = try await agreement(by: begun + .seconds(30))
        let time = begun.duration(to: known)
        before = map
        let shares = DemoPlan.nodes.map { node in "\(node) \(grouped(Int64(count(of: map, on: node))))" }
        screen.say(
            "\(grouped(Int64(map.count))) processes started through node \(first.name) in \(Int(milliseconds)) ms, "
                + "known to every node after \(short(time)): \(shares.joined(separator: ", "))")
    }

    /// Where all nodes say that the processes are, and since when. They are asked again if they differ: a process may have
    /// been on its way to another node, which happens where one of them saw the others late.
    private func agreement(
        by limit: ContinuousClock.Instant
    ) async throws -> (map: [Whereabouts], since: ContinuousClock.Instant) {
        while true {
            let known = try await Self.known(to: nodes)
            var maps: [[Whereabouts]] = []
            for node in nodes {
                maps.append(try await node.hear { if case .located(let all) = $0 { all } else { nil } })
            }
            if let map = maps.first, maps.allSatisfy({ $0 == map }) { return (map, known) }
            guard ContinuousClock.now < limit else {
                throw NodeProcess.Failure(description: "the nodes do not agree where the processes are")
            }
            try await Task.sleep(for: .milliseconds(20))
            for node in nodes { try node.tell(.locate(gone: nil)) }
        }
    }

    /// When the last of these nodes knew where every process is.
    private static func known(to nodes: [NodeProcess]) async throws -> ContinuousClock.Instant {
        var last = ContinuousClock.now - .seconds(3_600)
        for node in nodes {
            last = max(last, try await node.hear { if case .known(let instant) = $0 { instant } else { nil } })
        }
        return last
    }

    private func count(of map: [Whereabouts], on node: String) -> Int { map.count { $0.node == node } }

    private mutating func say(_ recovery: Duration) {
        let lost = count(of: before, on: DemoPlan.victim)
        screen.say(
            screen.style.green(
                "\(grouped(Int64(lost))) processes of node \(DemoPlan.victim) run again, known to every node "
                    + "\(short(recovery)) after it was killed"))
    }

    private mutating func watch(for time: Duration) async throws {
        let end = ContinuousClock.now + time
        while case let left = ContinuousClock.now.duration(to: end), left > .zero {
            let span = min(left, screen.isTerminal ? .milliseconds(250) : .seconds(1))
            let start = ContinuousClock.now
            try await Task.sleep(for: span)
            measure(start.duration(to: .now))
            if screen.isTerminal { screen.draw(table.lines) } else { screen.say(table.oneLine) }
        }
    }

    /// Reads the tallies of all nodes; `span` passed since the last time.
    private mutating func measure(_ span: Duration) {
        let earlier = table.rows
        table.rows = nodes.enumerated().map { index, node in
            let tally = node.file.read()
            let callsBefore = earlier.indices.contains(index) ? earlier[index].tally.calls : 0
            let calls = Double(tally.calls - callsBefore)
            return DemoTable.Row(
                node: node.name, isRunning: !killed.contains(node.name),
                processes: count(of: before, on: node.name), view: node.view, tally: tally,
                callsPerSecond: calls / (Double(span.wholeNanoseconds) / 1e9))
        }
    }

    /// - Returns: how long it then takes until every node left knows where each process runs again.
    private mutating func kill() -> Task<Duration, any Error> {
        let victims = nodes.filter { $0.name == DemoPlan.victim }
        for node in victims {
            node.kill()
            killed.insert(node.name)
            screen.say(screen.style.red("kill -9 \(node.processIdentifier): node \(node.name) is gone"))
        }
        let (begun, alive) = (ContinuousClock.now, nodes.filter { !killed.contains($0.name) })
        return Task {
            for node in alive { try node.tell(.locate(gone: DemoPlan.victim)) }
            return begun.duration(to: try await Self.known(to: alive))
        }
    }

    /// Lets the clients end their calls, then counts where the processes run and asks each for its state.
    private func finish() async throws -> Audit.Evidence {
        let alive = nodes.filter { !killed.contains($0.name) }
        for node in alive { try node.tell(.finish) }
        for node in alive { try await node.hear { $0 == .finished ? () : nil } }
        var evidence = Audit.Evidence(
            before: before, gone: killed, states: Array(repeating: nil, count: before.count),
            runs: Array(repeating: 0, count: before.count))
        for node in alive {
            try node.tell(.count)
            let here = try await node.hear { if case .runs(let places) = $0 { places } else { nil } }
            for place in here { evidence.runs[place] += 1 }
        }
        guard let witness = alive.first else { return evidence }
        try witness.tell(.audit)
        evidence.states = try await witness.hear { if case .states(let states) = $0 { states } else { nil } }
        return evidence
    }

    private mutating func conclude(_ evidence: Audit.Evidence) -> Bool {
        measure(time)
        let total = table.total
        let audit = Audit(plan, effects: total.effects, evidence)
        for line in DemoReport(total: total, table: table, audit: audit, time: time).lines { screen.say(line) }
        return audit.isClean
    }
}
