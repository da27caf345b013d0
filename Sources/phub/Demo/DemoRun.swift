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
        for node in nodes { try node.tell(.begin) }
        try await watch(for: time / 2)
        kill()
        try await watch(for: time / 2)
        let states = try await finish()
        return conclude(states)
    }

    /// One node after the other. Each but the first is told of one node only and finds the others through it.
    private mutating func start(in folder: URL) async throws {
        let status = StatusDirectory(folder.appending(path: "status").path)
        var seed: String?
        var epochs: [String: Epoch] = [:]
        for name in DemoPlan.nodes {
            let node = try NodeProcess(name, plan: plan, seed: seed, folder: folder, status: status)
            nodes.append(node)
            let address = try await node.hear { if case .listening(let address) = $0 { address } else { nil } }
            let hosted = try await node.hear { if case .hosts(let epochs) = $0 { epochs } else { nil } }
            seed = address
            epochs.merge(hosted) { _, last in last }
            let count = plan.members(on: name).count
            screen.say("node \(name): process \(node.processIdentifier), \(address), hosts \(count) processes")
        }
        for node in nodes {
            try await node.hear { if case .sees(let names) = $0 { names == DemoPlan.nodes ? () : nil } else { nil } }
        }
        screen.say("each node sees all: \(DemoPlan.nodes.joined(separator: ", "))")
        try tellRoutes(epochs)
    }

    private func tellRoutes(_ epochs: [String: Epoch]) throws {
        for node in nodes {
            for member in plan.members {
                guard let epoch = epochs[member.id] else { continue }
                try node.tell(.route(id: member.id, node: member.node, epoch: epoch))
            }
        }
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
        let before = table.rows
        table.rows = nodes.enumerated().map { index, node in
            let tally = node.file.read()
            let earlier = before.indices.contains(index) ? before[index].tally.calls : 0
            let calls = Double(tally.calls - earlier)
            return DemoTable.Row(
                node: node.name, isRunning: !killed.contains(node.name),
                processes: plan.members(on: node.name).count, view: node.view, tally: tally,
                callsPerSecond: calls / (Double(span.wholeNanoseconds) / 1e9))
        }
    }

    private mutating func kill() {
        for node in nodes where node.name == DemoPlan.victim {
            node.kill()
            killed.insert(node.name)
            screen.say(screen.style.red("kill -9 \(node.processIdentifier): node \(node.name) is gone"))
        }
    }

    /// Lets the clients end their calls, then has one surviving node ask every surviving process for its state.
    private func finish() async throws -> [String: Int] {
        let alive = nodes.filter { !killed.contains($0.name) }
        for node in alive { try node.tell(.finish) }
        for node in alive { try await node.hear { $0 == .finished ? () : nil } }
        let ids = plan.members.filter { !killed.contains($0.node) }.map(\.id)
        guard let witness = alive.first else { return [:] }
        try witness.tell(.audit(ids: ids))
        return try await witness.hear { if case .states(let states) = $0 { states } else { nil } }
    }

    private mutating func conclude(_ states: [String: Int]) -> Bool {
        measure(time)
        let total = table.total
        let audit = Audit(plan, effects: total.effects, states: states, gone: killed)
        for line in DemoReport(plan: plan, total: total, table: table, audit: audit, time: time).lines {
            screen.say(line)
        }
        return audit.differences.isEmpty
    }
}
