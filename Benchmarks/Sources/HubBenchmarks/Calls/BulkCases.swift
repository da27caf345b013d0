// SPDX-License-Identifier: Apache-2.0

internal import Floors
internal import Harness
internal import HubCore
internal import HubTransport
internal import Synchronization

/// Calls through the transport alone, without and beside transfers of 64 MiB to the same peer: frames on the lane of
/// calls, answered by another process of the operating system, and chunks on the bulk lane.
struct BulkCases: Sendable {
    private static let chunk = [UInt8](repeating: 3, count: 256 << 10)
    /// Of one transfer.
    private static let chunks = 256
    private let peer: OtherProcess

    init() throws {
        peer = try OtherProcess(role: ["bulk"])
    }

    func cases() -> [Case] {
        [
            Case("wire 1") { time in
                try await connected { caller in try await Self.calls(caller, for: time) }
            },
            Case("wire 1, 64 MiB under way") { time in
                try await connected { caller in
                    let isOver = Flag()
                    async let transfers = Self.transfers(caller, until: isOver)
                    let sample = try await Self.calls(caller, for: time)
                    isOver.raise()
                    guard try await transfers > 0 else { throw WrongAnswer() }
                    return sample
                }
            },
        ]
    }

    static let bars = [Bar("wire 1, 64 MiB under way", .p99, .atMost(5_000_000))]

    /// Gives `body` a connection of its own, which is closed after it.
    private func connected(_ body: (BulkCaller) async throws -> Sample) async throws -> Sample {
        let receiver = BulkCaller()
        let (switchboard, _) = try await Switchboard.started(
            "a", receiver, seeds: [PeerAddress(parsing: peer.words[0])])
        while switchboard.connection(to: "b") == nil { try await Task.sleep(for: .milliseconds(2)) }
        let sample = try await body(receiver)
        await switchboard.shutdown()
        return sample
    }

    private static func calls(_ caller: BulkCaller, for time: Duration) async throws -> Sample {
        try await Callers(1, timesEach: true).run(for: time) { _ in try await caller.call() }
    }

    /// Sends transfers, each once the peer has the whole of the one before, and returns how many.
    private static func transfers(_ caller: BulkCaller, until isOver: Flag) async throws -> Int {
        var count = 0
        while !isOver.isRaised {
            for _ in 0..<chunks {
                while try !caller.send(chunk) { try await Task.sleep(for: .milliseconds(1)) }
            }
            try await caller.arrival(ofBytes: chunks * chunk.count)
            count += 1
        }
        return count
    }

    /// The other end.
    static func serve() async throws {
        let (switchboard, address) = try await Switchboard.started("b", BulkServer(), seeds: [])
        try await ServingRole.ready(["\(address)"]) { _ in ["\(switchboard.connections.count)"] }
    }
}

private final class Flag: Sendable {
    private let value = Atomic(false)
    var isRaised: Bool { value.load(ordering: .relaxed) }
    func raise() { value.store(true, ordering: .relaxed) }
}

extension Switchboard {
    static func started(
        _ name: NodeName, _ receiver: any TransportReceiver, seeds: [PeerAddress]
    ) async throws -> (Switchboard, PeerAddress) {
        var settings = TransportSettings(
            identity: NodeIdentity(
                cluster: "bench", node: name, incarnation: Incarnation(rawValue: .random(in: 1...(.max)))),
            listen: .loopback())
        settings.seeds = seeds
        let switchboard = Switchboard(settings: settings, receiver: receiver)
        guard let address = try await switchboard.start() else { throw WrongAnswer() }
        return (switchboard, address)
    }
}
