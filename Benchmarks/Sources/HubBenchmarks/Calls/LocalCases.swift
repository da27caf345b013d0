// SPDX-License-Identifier: Apache-2.0

internal import Floors
internal import Harness
internal import ProcessHub

/// Calls to processes of the caller's own node.
enum LocalCases {
    /// - Parameter hub: of a node that runs.
    static func cases(_ hub: Hub) async throws -> [Case] {
        _ = try await hub.start((0..<256).map { Child(Adder.self, id: "local-\($0)", .init()) }).result.get()
        let adders = try (0..<256).map { try hub.process("local-\($0)", as: Adder.self) }
        let adder = adders[0]
        return [
            Case("local call 1") { time in
                try await Callers(1).run(for: time) { _ in _ = try await adder.increment(by: 1) }
            },
            Case("local call 256 to 1") { time in
                try await Callers(256).run(for: time) { _ in _ = try await adder.increment(by: 1) }
            },
            Case("local call 256 to 256") { time in
                try await Callers(256).run(for: time) { _ = try await adders[$0].increment(by: 1) }
            },
            Case("withLocal 1") { time in
                try await Callers(1).run(for: time) { _ in
                    guard try await adder.withLocal({ $0.increment(by: 1) }) != nil else { throw WrongAnswer() }
                }
            },
        ]
    }

    static let bars = [
        Bar("local call 1", .cpu, .atMost(0.4), of: "bare target 1"),
        Bar("local call 256 to 256", .rate, .atLeast(1.7), of: "bare target 256 to 256"),
        Bar("withLocal 1", .cpu, .atMost(2), of: "plain actor 1", plus: 200),
        Bar("withLocal 1", .rate, .atLeast(2_000_000)),
    ]
}
