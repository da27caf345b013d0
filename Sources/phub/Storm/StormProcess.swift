// SPDX-License-Identifier: Apache-2.0

internal import Distributed
internal import ProcessHub

/// A process that fails when it is told to.
distributed actor StormProcess: HubProcess {
    struct Crash: Error {}

    private let (orders, giveOrder) = AsyncStream.makeStream(of: Void.self)

    init(_ arguments: NoArguments, actorSystem: HubActorSystem) {
        self.actorSystem = actorSystem
    }

    distributed func crash() { giveOrder.yield() }

    /// Waits for the order, and fails; without one it goes on for ever.
    func run() async throws {
        for await _ in orders { throw Crash() }
        try await Task.sleep(for: .seconds(1 << 30))
    }
}
