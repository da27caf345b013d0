// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// The program itself, run as its users run it.
@Suite("Demo", .serialized, .live)
struct DemoTests {
    @Test("the demo survives the death of a node, adds up and leaves no process behind")
    func addsUp() async throws {
        let demo = try RunningDemo("--seconds", "4", "--processes", "300", "--clients", "2")
        #expect(try await demo.status() == 0)
        let text = demo.text
        #expect(text.contains("300 processes started through node a") && text.contains("kill -9"))
        #expect(text.contains("run again, known to every node"))
        #expect(text.contains("300 processes run exactly once"))
        #expect(text.contains("300 processes asked, every one adds up"))
        #expect(demo.nodes.count == 3)
        #expect(try await demo.nodesAreGone())
    }

    @Test(
        "an interrupted demo ends with the status of an interrupt and leaves no process behind",
        arguments: [SIGINT, SIGTERM])
    func interrupted(signal: Int32) async throws {
        let demo = try RunningDemo("--seconds", "60", "--processes", "9", "--clients", "2")
        try await demo.untilNodesRun()
        kill(demo.process.processIdentifier, signal)
        #expect(try await demo.status() == 130)
        #expect(try await demo.nodesAreGone())
    }

    @Test("nodes whose parent was killed end by themselves")
    func orphaned() async throws {
        let demo = try RunningDemo("--seconds", "60", "--processes", "9", "--clients", "2")
        try await demo.untilNodesRun()
        kill(demo.process.processIdentifier, SIGKILL)
        #expect(try await demo.nodesAreGone())
    }

    @Test(
        "a number out of range is refused before anything starts",
        arguments: [["--clients", "0"], ["--seconds", "0"]])
    func refused(arguments: [String]) async throws {
        let demo = try RunningDemo(arguments)
        #expect(try await demo.status() == 64)
        #expect(demo.nodes.isEmpty)
    }
}

/// `phub demo` and what it printed.
private final class RunningDemo {
    let process = Process()
    private let output = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)

    convenience init(_ arguments: String...) throws { try self.init(arguments) }

    init(_ arguments: [String]) throws {
        // The test bundle lies beside the program it tests.
        let folder = URL(filePath: ProcessInfo.processInfo.arguments[0]).deletingLastPathComponent()
        process.executableURL = folder.appending(path: "phub")
        process.arguments = ["demo"] + arguments
        try Data().write(to: output)
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGTERM) }
        try? FileManager.default.removeItem(at: output)
    }

    var text: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }

    /// The process ids that the demo printed.
    var nodes: [Int32] { text.matches(of: #/: process (\d+)/#).compactMap { Int32($0.output.1) } }

    func status() async throws -> Int32 {
        try await wait(for: "its end", seconds: 120) { !self.process.isRunning }
        return process.terminationStatus
    }

    func untilNodesRun() async throws {
        try await wait(for: "a line of figures", seconds: 120) { self.text.contains("calls ") }
    }

    func nodesAreGone() async throws -> Bool {
        let nodes = nodes
        try await wait(for: "the end of its nodes", seconds: 120) { nodes.allSatisfy { kill($0, 0) != 0 } }
        return nodes.count == 3
    }

    private func wait(for what: String, seconds: Double, _ isSo: () -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(seconds)
        while !isSo() {
            guard ContinuousClock.now < end else { throw TimedOut(what: what, text: text) }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    struct TimedOut: Error {
        let what: String
        let text: String
    }
}
