// SPDX-License-Identifier: Apache-2.0

import DemoProcesses
import Foundation
import Logging
import ProcessHub
import TestSupport
import Testing

@testable import phub

/// What callers learn when the operating-system process of their peer dies, or stands still.
@Suite("The peer of a thousand calls", .serialized, .live)
struct PeerDeathTests {
    /// The deadline of 5 s and the second that is promised.
    private static let latest: Duration = Strict.limit(.seconds(6), otherwise: .seconds(30))

    @Test("kill -9 in the middle of 1 000 calls: each ends by its deadline and says what is known")
    func killed() async throws {
        let peer = try await RunningPeer()
        defer { peer.end(SIGKILL) }
        try await peer.connected { counter in
            let calls = Calls(to: counter)
            try await calls.underWay()
            peer.end(SIGKILL)
            let ends = await calls.ends()
            #expect(ends.acknowledged > 0)
            #expect(ends.unknown + ends.absent > 0)
            #expect(ends.acknowledged + ends.unknown + ends.absent == ends.calls)
            #expect(ends.latest < Self.latest, "the last ended after \(ends.latest)")
        }
    }

    @Test("a peer that stands still for longer than the deadline: each call ends in time, and the numbers add up")
    func stopped() async throws {
        let peer = try await RunningPeer()
        defer { peer.end(SIGKILL) }
        try await peer.connected { counter in
            let calls = Calls(to: counter)
            try await calls.underWay()
            kill(peer.processIdentifier, SIGSTOP)
            let ends = await calls.ends()
            kill(peer.processIdentifier, SIGCONT)
            #expect(ends.acknowledged + ends.unknown + ends.absent == ends.calls)
            #expect(ends.latest < Self.latest, "the last ended after \(ends.latest)")
            let state = try await withDeadline(.seconds(120)) { try await counter.value() }
            #expect(ends.acknowledged <= state)
            #expect(state <= ends.acknowledged + ends.unknown)
        }
    }
}

/// A thousand callers that go on until the peer fails them.
private final class Calls: Sendable {
    struct Ends: Sendable {
        var calls = 0
        var acknowledged = 0
        var unknown = 0
        /// Not executed, by the error's own word.
        var absent = 0
        var latest: Duration = .zero
    }

    private let counter: Counter
    private let task: Task<Ends, Never>
    private static let callers = 1_000

    init(to counter: Counter) {
        self.counter = counter
        task = Task {
            await withTaskGroup(of: Ends.self) { group in
                for _ in 0..<Self.callers { group.addTask { await Self.call(counter) } }
                return await group.reduce(into: Ends()) { sum, ends in
                    sum.calls += ends.calls
                    sum.acknowledged += ends.acknowledged
                    sum.unknown += ends.unknown
                    sum.absent += ends.absent
                    sum.latest = max(sum.latest, ends.latest)
                }
            }
        }
    }

    /// Calls until one call fails.
    private static func call(_ counter: Counter) async -> Ends {
        var ends = Ends()
        while true {
            ends.calls += 1
            let start = ContinuousClock.now
            do {
                _ = try await counter.increment(by: 1)
                ends.acknowledged += 1
            } catch {
                ends.latest = ContinuousClock.now - start
                switch (error as? HubError)?.outcome {
                case .notExecuted: ends.absent += 1
                case .unknown: ends.unknown += 1
                default: break  // Neither fits a process that died; the sum will not add up.
                }
                return ends
            }
        }
    }

    /// Waits until the calls are in full swing.
    func underWay() async throws {
        try await withDeadline(.seconds(120)) {
            while try await counter.value() < 2 * Self.callers {}
        }
    }

    func ends() async -> Ends { await task.value }
}

/// One node in an operating-system process of its own, with a counter on it.
private final class RunningPeer: Sendable {
    private let process = Process()
    private let input = Pipe()
    private let address: String
    private let cluster = "test-\(UUID().uuidString)"
    private static let child: ChildID = "counter-0"

    init() async throws {
        let folder = URL(filePath: ProcessInfo.processInfo.arguments[0]).deletingLastPathComponent()
        let tally = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: tally) }
        let output = Pipe()
        process.executableURL = folder.appending(path: "phub")
        process.arguments = [
            "demo-node", "--name", "a", "--cluster", cluster, "--processes", "3", "--clients", "1", "--tally",
            tally.path,
        ]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: JSONLine.bytes(DemoFact.start))
        var address: String?
        var isStarted = false
        for await line in IncomingLines(output.fileHandleForReading).lines {
            switch try JSONLine.value(line, as: DemoNews.self) {
            case .listening(let told): address = told
            case .started: isStarted = true
            default: break
            }
            if isStarted { break }
        }
        self.address = try #require(address)
    }

    var processIdentifier: Int32 { process.processIdentifier }

    /// Runs a node of this process that is a member with the peer, and takes no children itself, while `body` does.
    func connected(_ body: @Sendable @escaping (Counter) async throws -> Void) async throws {
        let node = Node(
            name: "caller", discovery: .seeds([address]), cluster: ClusterName(cluster), traits: NodeTraits(weight: 0),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let hub = try Hub("demo", on: node)
        try await node.run {
            let counter = try hub.process(Self.child, as: Counter.self)
            while hub.lookup(Self.child)?.host == nil { try await Task.sleep(for: .milliseconds(5)) }
            _ = try await counter.value()
            try await body(counter)
        }
    }

    func end(_ signal: Int32) {
        if process.isRunning { kill(process.processIdentifier, signal) }
    }
}
