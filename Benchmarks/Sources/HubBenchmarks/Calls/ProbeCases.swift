// SPDX-License-Identifier: Apache-2.0

internal import Floors
internal import Harness
internal import HubCore
internal import HubTransport
internal import HubWire
internal import Synchronization

/// How long a probe takes to a peer that reads slowly, while callers send it large arguments on the same connection: a
/// control frame overtakes the calls that wait here, but not what the kernel holds already.
struct ProbeCases: Sendable {
    private static let callers = 32
    private static let argument = [UInt8](repeating: 5, count: BulkServer.largeCall)
    private let peer: OtherProcess

    init() throws {
        peer = try OtherProcess(role: ["bulk"])
    }

    func cases() -> [Case] {
        [
            Case("probe 1") { time in
                try await connected { caller in
                    try await Callers(1, timesEach: true).run(for: time) { _ in try await caller.probe() }
                }
            },
            Case("probe 1, 32 send 512 KiB to a slow reader") { time in
                try await loaded(for: time).probes
            },
            Case("the 512 KiB calls beside it") { time in
                try await loaded(for: time).calls
            },
        ]
    }

    /// What comes later than this is taken for no answer, and others are asked.
    static let bars = [Bar("probe 1, 32 send 512 KiB to a slow reader", .p99, .atMost(200_000_000))]

    private func loaded(for time: Duration) async throws -> (probes: Sample, calls: Sample) {
        try await connected { caller in
            async let calls = Callers(Self.callers, timesEach: true).run(for: time) { number in
                try await caller.call(UInt64(number), Self.argument)
            }
            let probes = try await Callers(1, timesEach: true).run(for: time) { _ in try await caller.probe() }
            return (probes, try await calls)
        }
    }

    /// Gives `body` a connection of its own, which is closed after it.
    private func connected<T>(_ body: (ProbeCaller) async throws -> T) async throws -> T {
        let receiver = ProbeCaller()
        let (switchboard, _) = try await Switchboard.started(
            "a", receiver, seeds: [PeerAddress(parsing: peer.words[0])])
        while switchboard.connection(to: "b") == nil { try await Task.sleep(for: .milliseconds(2)) }
        let result = try await body(receiver)
        await switchboard.shutdown()
        return result
    }
}

/// Sends probes and calls, and waits for the answer to each.
private final class ProbeCaller: TransportReceiver {
    private struct State {
        var connection: PeerConnection?
        var waiting: [UInt64: UnsafeContinuation<Void, any Error>] = [:]
    }

    private let state = Mutex(State())
    private static let probes: UInt64 = 1_000

    func probe() async throws { try await ask(.control, .machine, Self.probes, []) }

    func call(_ caller: UInt64, _ argument: [UInt8]) async throws { try await ask(.calls, .call, caller, argument) }

    private func ask(_ lane: Lane, _ type: FrameType, _ stream: UInt64, _ bytes: [UInt8]) async throws {
        try await withUnsafeThrowingContinuation { continuation in
            let connection = state.withLock { state in
                state.waiting[stream] = continuation
                return state.connection
            }
            if connection?.send(lane, type, stream: stream, bytes) != .queued { failAll() }
        }
    }

    func linkUp(_ connection: PeerConnection) { state.withLock { $0.connection = connection } }

    func received(
        _ type: FrameType, stream: UInt64, payload: UnsafeRawBufferPointer, on connection: PeerConnection
    ) {
        state.withLock { $0.waiting.removeValue(forKey: stream) }?.resume()
    }

    func linkDown(_ connection: PeerConnection, _ reason: LinkLoss) { failAll() }

    private func failAll() {
        let waiting = state.withLock { state in
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for continuation in waiting { continuation.resume(throwing: WrongAnswer()) }
    }
}

extension ProbeCaller {
    func bulkLost(on connection: PeerConnection, _ reason: LinkLoss) {}
    func readFinished(on connection: PeerConnection) {}
    func incarnationChanged(of connection: PeerConnection, from old: Incarnation) {}
    func dialFailed(_ address: PeerAddress, expecting node: NodeName?, _ reason: LinkLoss) {}
    func report(_ event: TransportEvent) {}
}
