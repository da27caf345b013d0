// SPDX-License-Identifier: Apache-2.0

import Distributed
import ProcessHub
import TestSupport
import Testing

/// The Swift code of the README. A test of the repository compares the marked lines with it, but for spaces.
enum Readme {
    // README: 0
    distributed actor Counter: HubProcess {
        struct Arguments: Codable, Sendable { var start = 0 }
        private var count: Int

        init(_ arguments: Arguments, actorSystem: HubActorSystem) {
            self.actorSystem = actorSystem
            count = arguments.start
        }

        distributed func increment(by n: Int) -> Int { count += n; return count }
        distributed var value: Int { count }
    }
    // README: end

    static func twentyLines() async throws {
        // README: 0
        let node = Node(name: "a", listen: .loopback(7946), discovery: .seeds(["127.0.0.1:7947"]))
        let hub = try Hub("my_hub", on: node) { $0.processes = [Counter.self] }

        try await node.run {  // or: ServiceGroup(services: [node, server])
            let counter = try await hub.start(Counter.self, id: "c-1", .init(start: 5), tags: ["billing"])
            let total = try await counter.increment(by: 2)  // typed, wherever the process runs
            let again = try hub.process("c-1", as: Counter.self)  // never waits, never touches the network
            try await again.cast { try await $0.increment(by: 1) }  // no reply, at most once
            let soon = try await withDeadline(.milliseconds(200)) { try await again.value }
            let fast = try await again.withLocal { $0.increment(by: 10) }  // nil unless it runs on this node
            let many = hub.start(
                (0..<10).map { Child(Counter.self, id: "n-\($0)", .init(start: $0)) },
                options: .init(deadline: .seconds(5), onFailure: .rollBack))
            print(total, soon, fast ?? -1, try await many.result.ids)  // awaited once, many times or never
            print(hub.tagged("billing").map(\.id), hub.lookup("n-3")?.host?.node ?? "nowhere")
            try await hub.stop("c-1")
        }
        // README: end
    }

    static func outcome(of counter: Counter) async throws {
        // README: 1
        do {
            _ = try await counter.increment(by: 1)
        } catch let error as HubError where error.outcome == .notExecuted {
            // It did not happen and never will: safe to do again.
        }
        // README: end
    }
}

@Suite("README", .live)
struct ReadmeTests {
    @Test(
        "its twenty lines run, on the very port that they name",
        .enabled(if: Strict.isOn, "a node of the README may be running on this machine"))
    func twentyLines() async throws { try await Readme.twentyLines() }
}
