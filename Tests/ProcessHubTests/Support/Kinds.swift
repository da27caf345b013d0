// SPDX-License-Identifier: Apache-2.0

import Distributed
import ProcessHub

/// A process whose turns the tests can hold and watch.
distributed actor Bench: HubProcess {
    struct Arguments: Codable, Sendable {
        var start = 0
        var refuses = false
    }

    struct Refusal: Error, Codable, Equatable {
        var reason: String
    }

    struct Secret: Error {}

    struct Pair: Codable, Sendable, Equatable {
        var left: Int
        var right: [String]
    }

    static var errors: [any (Error & Codable & Sendable).Type] { [Refusal.self] }
    static var idempotent: Set<MethodName> { ["value()"] }

    private var count: Int

    init(_ arguments: Arguments, actorSystem: HubActorSystem) throws {
        self.actorSystem = actorSystem
        if arguments.refuses { throw Refusal(reason: "asked to") }
        count = arguments.start
    }

    distributed func increment(by n: Int) -> Int {
        count += n
        return count
    }

    distributed var value: Int { count }
    distributed func nothing() {}
    distributed func fence() -> Epoch { context.epoch }
    distributed func pair(_ pair: Pair, named name: String?) -> Pair { pair }
    distributed func refuse() throws { throw Refusal(reason: "no") }
    distributed func refuseTyped() throws(Refusal) { throw Refusal(reason: "typed") }
    distributed func betray() throws { throw Secret() }
    distributed func wait(for seconds: Double) async throws { try await Task.sleep(for: .seconds(seconds)) }
    distributed func fill(bytes: Int) -> [UInt8] { [UInt8](repeating: 7, count: bytes) }
    distributed func take(_ bytes: [UInt8]) -> Int { bytes.count }
    distributed func ask(_ other: Bench) async throws -> Int { try await other.increment(by: 100) }
    distributed func askBack(through other: Bench) async throws -> Int { try await other.ask(self) }
    distributed func askUnknown(_ other: Bench) async throws { _ = try await other.increment(by: 1) }
    distributed func tags() -> [String] { context.tags.sorted() }
    distributed func end() { context.stop() }
    func local() -> Int { count }
}

/// A kind of the same shape and another name.
distributed actor Other: HubProcess {
    init(_: NoArguments, actorSystem: HubActorSystem) { self.actorSystem = actorSystem }
    distributed func increment(by n: Int) -> Int { -n }
}

/// A kind whose calls run side by side.
distributed actor Crowd: HubProcess {
    static var turns: Turns { .concurrent }
    private var inside = 0
    private var most = 0
    init(_: NoArguments, actorSystem: HubActorSystem) { self.actorSystem = actorSystem }

    distributed func enter() async -> Int {
        inside += 1
        most = max(most, inside)
        while most < 2 { await Task.yield() }
        inside -= 1
        return most
    }
}
