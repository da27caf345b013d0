// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Foundation
internal import Logging
internal import ProcessHub

/// What it costs to be there: a cluster of idle nodes in one process, and the CPU time that it takes.
struct IdleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "idle", abstract: "Measures the CPU time of idle nodes in one process.")

    @Option(help: "How many nodes.") var nodes = 50
    @Option(help: "How long to measure once all see all.") var seconds = 10.0

    func validate() throws {
        guard (1...500).contains(nodes) else { throw ValidationError("--nodes: 1 to 500") }
        guard (0.1...3600).contains(seconds) else { throw ValidationError("--seconds: 0.1 to 3600") }
    }

    func run() async throws {
        let quiet = Logger(label: "idle") { _ in SwiftLogNoOpLogHandler() }
        let first = Node(name: "n-0", cluster: "idle", logger: quiet)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await first.run() }
            let seed = try await first.whenListening()
            let others = (1..<nodes).map { index in
                Node(name: NodeName("n-\(index)"), discovery: .seeds([seed]), cluster: "idle", logger: quiet)
            }
            for node in others { group.addTask { try await node.run() } }
            try await measure([first] + others)
            for node in others + [first] { node.leave() }
            try await group.waitForAll()
        }
    }

    private func measure(_ all: [Node]) async throws {
        var screen = Screen()
        let began = ContinuousClock.now
        while !all.allSatisfy({ $0.members.count == all.count }) {
            guard began.duration(to: .now) < .seconds(120) else {
                screen.say("after 120 s not all see all: \(all.map(\.members.count).min() ?? 0) is the fewest")
                throw ExitCode(1)
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        screen.say("\(all.count) nodes see each other after \(short(began.duration(to: .now)))")
        // Rumours die down, connections that lost a race close.
        try await Task.sleep(for: .seconds(5))
        let (start, cost) = (ContinuousClock.now, Self.processSeconds())
        try await Task.sleep(for: .seconds(seconds))
        let time = Double(start.duration(to: .now).wholeNanoseconds) / 1e9
        let share = (Self.processSeconds() - cost) / time * 100
        let agreed = all.allSatisfy { $0.members.count == all.count }
        screen.say(
            "idle for \(Int(time)) s: \(String(format: "%.2f", share)) % of a core for all, views \(agreed ? "unchanged" : "changed")"
        )
    }

    /// The CPU time that this process has taken.
    private static func processSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
