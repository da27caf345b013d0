// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import Harness
internal import ProcessHub
internal import Synchronization

/// What it costs to start a process and to have one.
enum ChildCases {
    static let crowd = 100_000

    /// - Parameter hub: of a node that runs.
    static func cases(_ hub: Hub) -> [Case] {
        let spawn = Spawn(hub: hub)
        return [
            Case("spawn and stop 1") { time in
                try await Callers(1).run(for: time) { _ in try await spawn.once() }
            },
            Case("idle child") { _ in
                let other = try OtherProcess(role: ["crowd"])
                return [.bytes: Double(other.words.first ?? "") ?? 0]
            },
        ]
    }

    static let bars = [Bar("idle child", .bytes, .atMost(800))]

    /// A process of its own, so that nothing but the children is in the difference: says the bytes a child takes.
    static func crowdedNode() async throws {
        let node = Node(name: "crowded", logger: .quiet)
        let hub = try Hub("bench", on: node) { $0.processes = [Adder.self] }
        try await node.run {
            try await hub.place(Adder.self, id: "first", .init())
            let before = residentBytes()
            // Twelve-byte ids, as the bar says.
            for index in 0..<crowd { try await hub.place(Adder.self, id: "child-\(100_000 + index)", .init()) }
            try await ServingRole.ready("\((residentBytes() - before) / crowd)")
        }
    }

    private static func residentBytes() -> Int {
        let words = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
        return (words.count > 1 ? Int(words[1]) ?? 0 : 0) * Int(getpagesize())
    }
}

/// Starts processes under ids that were never used and stops each again.
private final class Spawn: Sendable {
    private let hub: Hub
    private let number = Atomic(0)

    init(hub: Hub) { self.hub = hub }

    func once() async throws {
        let id: ChildID = "spawn-\(number.wrappingAdd(1, ordering: .relaxed).newValue)"
        try await hub.place(Adder.self, id: id, .init())
        await hub.remove(id)
        hub.forget(id)
    }
}
