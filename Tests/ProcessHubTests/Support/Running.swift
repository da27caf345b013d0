// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import ProcessHub
import Testing

/// Runs nodes while `body` does, and leaves with all of them.
func running(_ nodes: Node..., body: @Sendable @escaping () async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
        for node in nodes { group.addTask { try await node.run() } }
        for node in nodes { _ = try await node.whenListening() }
        do {
            try await body()
        } catch {
            for node in nodes { node.leave() }
            throw error
        }
        for node in nodes { node.leave() }
        try await group.waitForAll()
    }
}

func quietLogger() -> Logger {
    Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}

/// How long calls of the tests may take: they outwait a machine which has other work.
let patience: Duration = .seconds(120)

/// Each test has a cluster of its own: the address of a node that left may soon be one of another test, of whose nodes many
/// have the same names.
var testCluster: ClusterName {
    let name = Test.current.map { "\($0.id)" } ?? "test"
    return ClusterName(rawValue: "test-\(UInt(bitPattern: name.hashValue))")
}

func testNode(_ name: NodeName, discovery: Discovery = .none) -> Node {
    Node(name: name, discovery: discovery, cluster: testCluster, callDeadline: patience, logger: quietLogger())
}

/// Waits for a condition, at most `seconds`.
func eventually(
    within seconds: Double = 120, _ condition: () async throws -> Bool,
    sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    let end = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < end {
        if try await condition() { return }
        await Task.yield()
        try await Task.sleep(for: .milliseconds(2))
    }
    Issue.record("the condition did not come true in \(seconds) s", sourceLocation: sourceLocation)
}

/// What a call fails with, if it fails with a ``HubError``.
func failure<T>(_ body: () async throws -> T) async -> HubError? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error as? HubError
    }
}
