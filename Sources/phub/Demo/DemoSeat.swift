// SPDX-License-Identifier: Apache-2.0

internal import DemoProcesses
internal import Logging
internal import ProcessHub

/// A node of the demo with its hub: all that the demo asks of the library.
struct DemoSeat: Sendable {
    let node: Node
    private let hub: Hub

    init(name: String, seed: String?, status: String?) throws {
        node = Node(
            name: NodeName(name), listen: .loopback(0), discovery: .seeds(seed.map { [$0] } ?? []), cluster: "demo",
            status: status.map(StatusDirectory.init), logger: Self.logger)
        hub = try Hub("demo", on: node) { $0.processes = [Counter.self, Ledger.self] }
    }

    /// Starts a process on this node and returns the epoch that other nodes need to know.
    func start(_ member: DemoPlan.Member) async throws -> Epoch {
        switch member.kind {
        case .counter: try await hub.place(Counter.self, id: ChildID(member.id), .init()).epoch
        case .ledger: try await hub.place(Ledger.self, id: ChildID(member.id), NoArguments()).epoch
        }
    }

    /// Takes note of where a process runs.
    func learn(_ member: DemoPlan.Member, epoch: Epoch) {
        let kind = member.kind == .counter ? Counter.kind : Ledger.kind
        hub.learn(ChildID(member.id), kind: kind, at: Route(node: NodeName(member.node), epoch: epoch))
    }

    func reference(to member: DemoPlan.Member) throws -> DemoReference {
        switch member.kind {
        case .counter: .counter(try hub.process(ChildID(member.id), as: Counter.self))
        case .ledger: .ledger(try hub.process(ChildID(member.id), as: Ledger.self))
        }
    }

    /// Standard output carries the demo's own lines, standard error the parent's terminal: only what must be seen.
    private static var logger: Logger {
        var logger = Logger(label: "demo") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .critical
        return logger
    }
}

/// A typed reference to a process of the plan.
enum DemoReference: Sendable {
    case counter(Counter)
    case ledger(Ledger)

    /// The next call of a client: how much it adds to what ``state()`` tells, and the call.
    func nextCall(_ random: inout SeededGenerator) -> (amount: Int, call: @Sendable () async throws -> Void) {
        let number = Int.random(in: 1...4, using: &random)
        switch self {
        case .counter(let counter): return (number, { _ = try await counter.increment(by: number) })
        case .ledger(let ledger) where number == 4: return (1, { _ = try await ledger.withdraw(40) })
        case .ledger(let ledger): return (1, { _ = try await ledger.deposit(10) })
        }
    }

    /// What the process says of itself: the sum of what it executed.
    func state() async throws -> Int {
        switch self {
        case .counter(let counter): try await counter.value()
        case .ledger(let ledger): try await ledger.entries()
        }
    }
}
