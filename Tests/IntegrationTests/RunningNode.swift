// SPDX-License-Identifier: Apache-2.0

import Foundation
import ProcessHub
import TestSupport
import Testing

@testable import phub

/// `phub` as its users run it.
enum Program {
    /// The test bundle lies beside the programs it tests.
    static let folder = URL(filePath: ProcessInfo.processInfo.arguments[0]).deletingLastPathComponent()
    static let url = folder.appending(path: "phub")

    /// Runs a command to its end.
    static func run(
        _ arguments: [String], of program: URL = url, environment: [String: String] = [:], within seconds: Double = 120
    ) async throws -> (status: Int32, output: String) {
        let process = Process()
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try Data().write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        process.executableURL = program
        process.arguments = arguments
        let handle = try FileHandle(forWritingTo: file)
        process.standardOutput = handle
        process.standardError = handle
        try process.run()
        try await until("the end of \(arguments)", seconds: seconds) { !process.isRunning }
        return (process.terminationStatus, (try? String(contentsOf: file, encoding: .utf8)) ?? "")
    }
}

struct TimedOut: Error, CustomStringConvertible {
    let description: String
}

/// What is promised of nodes that run on a machine with nothing else to do, in seconds.
enum Promised {
    static let agreement = Strict.limit(2, otherwise: 120.0)
    static let suspicion = Strict.limit(2, otherwise: 120.0)
    static let death = Strict.limit(5, otherwise: 120.0)
}

/// Waits for a condition: as long as a busy machine may need.
func until(
    _ what: @autoclosure () -> String, seconds: Double = 120, _ isSo: () throws -> Bool
) async throws {
    let end = ContinuousClock.now + .seconds(seconds)
    while try !isSo() {
        guard ContinuousClock.now < end else { throw TimedOut(description: "in \(seconds) s did not come: \(what())") }
        try await Task.sleep(for: .milliseconds(20))
    }
}

/// A node in an operating-system process of its own.
final class RunningNode: Sendable {
    let name: String
    let process: Process
    private let output: URL
    private let errors: URL

    /// Starts it; ``address()`` waits until it listens.
    init(_ name: String, in town: Town, seeds: [String] = [], _ more: [String] = []) throws {
        self.name = name
        let folder = FileManager.default.temporaryDirectory
        (output, errors) = (folder.appending(path: UUID().uuidString), folder.appending(path: UUID().uuidString))
        process = Process()
        process.executableURL = Program.url
        process.arguments =
            ["node", "--name", name, "--cluster", town.cluster, "--status", town.directory.path, "--log-level", "info"]
            + seeds.flatMap { ["--seed", $0] } + more
        try Data().write(to: output)
        try Data().write(to: errors)
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: output)
        try? FileManager.default.removeItem(at: errors)
    }

    var pid: Int32 { process.processIdentifier }
    var text: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }
    var log: String { (try? String(contentsOf: errors, encoding: .utf8)) ?? "" }

    /// Where it listens, once it does.
    func address() async throws -> String {
        var found: String?
        try await until("node \(name) listens: \(log)") {
            found = text.firstMatch(of: #/listening: node \S+ at (\S+),/#).map { String($0.output.1) }
            return found != nil
        }
        return try #require(found)
    }

    func send(_ signal: Int32) { if process.isRunning { kill(pid, signal) } }

    /// Its exit code, once it has ended.
    func status() async throws -> Int32 {
        try await until("the end of node \(name): \(log)") { !process.isRunning }
        return process.terminationStatus
    }
}

/// The nodes of one test, which share a directory of status files.
final class Town: Sendable {
    let cluster = "test-\(UUID().uuidString.prefix(8))"
    let directory = StatusDirectory(
        FileManager.default.temporaryDirectory.appending(path: "town-\(UUID().uuidString)").path)

    deinit { try? FileManager.default.removeItem(atPath: directory.path) }

    var survey: Survey? { Survey.all(Survey.Voice.all(in: directory)).first { $0.cluster == cluster } }

    /// What `phub nodes` shows of a node.
    func state(of name: String) -> String? { survey?.rows.first { $0.name == name }?.state }

    /// Waits until all running nodes see exactly these, as long as is promised from `start` on.
    func agrees(on names: String..., since start: ContinuousClock.Instant = .now) async throws {
        let seconds = Promised.agreement - (ContinuousClock.now - start) / .seconds(1)
        try await until("one view of \(names), but \(String(describing: survey))", seconds: seconds) {
            guard let survey, survey.isAgreed, let view = survey.opinions.first else { return false }
            return view.members == names && view.nodes == names
        }
    }

    /// What a speaking node says of another.
    func word(of speaker: String, on name: String) -> String? {
        directory.statuses().first { $0.node == speaker }?.roster.first { $0.member.name == name }?.state
    }

    func incarnation(of name: String) -> String? {
        Survey.Voice.all(in: directory).first { $0.status.node == name && $0.condition == .speaking }?.status
            .incarnation
    }
}
