// SPDX-License-Identifier: Apache-2.0

internal import DemoProcesses
internal import Logging
internal import ProcessHub

/// A node of the demo with its hub: all that the demo asks of the library.
struct DemoSeat: Sendable {
    let node: Node
    private let hub: Hub

    init(name: String, cluster: String, seed: String?, status: String?) throws {
        node = Node(
            name: NodeName(name), listen: .loopback(0), discovery: .seeds(seed.map { [$0] } ?? []),
            cluster: ClusterName(cluster), status: status.map(StatusDirectory.init), logger: Self.logger)
        hub = try Hub("demo", on: node) { $0.processes = [Counter.self, Ledger.self] }
    }

    /// Starts the processes of a plan, wherever they belong, in one request.
    func start(_ plan: DemoPlan) async throws {
        let children = plan.members.map { member in
            switch member.kind {
            case .counter: Child(Counter.self, id: ChildID(member.id), .init())
            case .ledger: Child(Ledger.self, id: ChildID(member.id))
            }
        }
        _ = try await hub.start(children, options: .init(deadline: .seconds(30))).result.get()
    }

    /// Those that run the hub: a node may be seen before it is known what it runs.
    func members(of view: MemberView) -> [String] {
        view.members.filter { $0.hubs.contains("demo") }.map(\.name.rawValue)
    }

    /// Where a process is, as far as this node knows.
    func whereabouts(of member: DemoPlan.Member) -> Whereabouts? {
        hub.lookup(ChildID(member.id))?.host.map { Whereabouts(node: $0.node.rawValue, epoch: $0.epoch) }
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
    func nextCall(_ random: inout SeededGenerator) -> (amount: Int, call: @Sendable () async throws -> Booking) {
        let number = Int.random(in: 1...4, using: &random)
        switch self {
        case .counter(let counter): return (number, { try await counter.add(number) })
        case .ledger(let ledger) where number == 4: return (1, { try await ledger.withdraw(40) })
        case .ledger(let ledger): return (1, { try await ledger.deposit(10) })
        }
    }

    /// What the process says of itself: the sum of what it executed, and its epoch.
    func statement() async throws -> Booking {
        switch self {
        case .counter(let counter): try await counter.statement()
        case .ledger(let ledger): try await ledger.statement()
        }
    }

    /// Whether the process runs on this very node.
    func isHere() async throws -> Bool {
        switch self {
        case .counter(let counter): try await counter.withLocal { _ in true } ?? false
        case .ledger(let ledger): try await ledger.withLocal { _ in true } ?? false
        }
    }
}
