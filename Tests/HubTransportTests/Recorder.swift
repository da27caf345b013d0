// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubTransport
internal import HubWire
internal import Synchronization
internal import Testing

/// A receiver that keeps what it is told.
final class Recorder: TransportReceiver {
    struct Record: Sendable {
        var ups: [PeerConnection] = []
        var downs: [(PeerConnection, LinkLoss)] = []
        var frames: [(FrameType, UInt64, [UInt8])] = []
        var frameCount = 0
        var frameBytes = 0
        var events: [TransportEvent] = []
        var bulkLosses = 0
        var incarnations: [Incarnation] = []
        var failedDials: [(PeerAddress, NodeName?, LinkLoss)] = []
        var frameOfAClosedConnection = false
        var readsFinished = 0
    }

    let record = Mutex(Record())
    /// Frames are counted and only kept if they are small.
    private let onFrame: (@Sendable (FrameType, UInt64, UnsafeRawBufferPointer, PeerConnection) -> Void)?

    init(onFrame: (@Sendable (FrameType, UInt64, UnsafeRawBufferPointer, PeerConnection) -> Void)? = nil) {
        self.onFrame = onFrame
    }

    func linkUp(_ connection: PeerConnection) { record.withLock { $0.ups.append(connection) } }

    func received(
        _ type: FrameType, stream: UInt64, payload: UnsafeRawBufferPointer, on connection: PeerConnection
    ) {
        onFrame?(type, stream, payload, connection)
        record.withLock { record in
            record.frameCount += 1
            record.frameBytes += payload.count
            if record.frameCount < 5_000, payload.count < 1_024 { record.frames.append((type, stream, Array(payload))) }
            if !record.ups.contains(connection) || record.downs.contains(where: { $0.0 == connection }) {
                record.frameOfAClosedConnection = true
            }
        }
    }

    func readFinished(on connection: PeerConnection) { record.withLock { $0.readsFinished += 1 } }

    func linkDown(_ connection: PeerConnection, _ reason: LinkLoss) {
        record.withLock { $0.downs.append((connection, reason)) }
    }

    func bulkLost(on connection: PeerConnection, _ reason: LinkLoss) { record.withLock { $0.bulkLosses += 1 } }

    func incarnationChanged(of connection: PeerConnection, from old: Incarnation) {
        record.withLock { $0.incarnations.append(connection.incarnation) }
    }

    func dialFailed(_ address: PeerAddress, expecting node: NodeName?, _ reason: LinkLoss) {
        record.withLock { $0.failedDials.append((address, node, reason)) }
    }

    func report(_ event: TransportEvent) { record.withLock { $0.events.append(event) } }

    var now: Record { record.withLock { $0 } }

    /// The losses of connections that were never admitted.
    var losses: [LinkLoss] {
        now.events.compactMap { event in
            if case .failed(_, let loss) = event { loss } else { nil }
        }
    }
}

/// A switchboard with its recorder, on loopback.
struct TestNode: Sendable {
    let name: NodeName
    let recorder: Recorder
    let switchboard: Switchboard
    let address: PeerAddress

    /// Starts a node; `change` adapts its settings first.
    static func start(
        _ name: NodeName, incarnation: UInt64 = .random(in: 1...(.max)), recorder: Recorder = Recorder(),
        _ change: (inout TransportSettings) -> Void = { _ in }
    ) async throws -> TestNode {
        var settings = TransportSettings(
            identity: NodeIdentity(cluster: "test", node: name, incarnation: Incarnation(rawValue: incarnation)),
            listen: .loopback())
        // A hello or a pong may come late on a machine that has other work; tests of late ones set their own times.
        settings.limits.handshakeTime = .seconds(60)
        settings.limits.silence = .seconds(60)
        change(&settings)
        let switchboard = Switchboard(settings: settings, receiver: recorder)
        let address = try await switchboard.start()
        return TestNode(
            name: name, recorder: recorder, switchboard: switchboard,
            address: address ?? PeerAddress(host: "127.0.0.1", port: 1))
    }

    /// The connection to a peer, once there is one.
    func connection(to peer: NodeName, within time: Duration = .seconds(120)) async throws -> PeerConnection {
        try await eventually("\(name) has no connection to \(peer)", within: time) { switchboard.connection(to: peer) }
    }

    func stop() async { await switchboard.shutdown() }
}

struct NeverHappened: Error, CustomStringConvertible {
    let description: String
}

/// What `condition` gives as soon as it gives something.
func eventually<T>(
    _ what: @autoclosure () -> String, within time: Duration = .seconds(120), _ condition: () throws -> T?
) async throws -> T {
    let deadline = ContinuousClock.now.advanced(by: time)
    while true {
        if let value = try condition() { return value }
        guard ContinuousClock.now < deadline else { throw NeverHappened(description: what()) }
        try await Task.sleep(for: .milliseconds(2))
    }
}

/// Waits until `condition` holds.
func eventually(
    _ what: @autoclosure () -> String, within time: Duration = .seconds(120), _ condition: () -> Bool
) async throws {
    let _: Bool = try await eventually(what(), within: time) { condition() ? true : nil }
}

extension PeerConnection {
    /// Queues a frame of bytes.
    @discardableResult
    func send(_ lane: Lane = .calls, _ type: FrameType = .call, stream: UInt64 = 1, _ bytes: [UInt8] = []) -> SendResult
    {
        send(lane) { writer, _ in
            (try? writer.frame(type, stream: stream) { writer in writer.raw(bytes) }) != nil
        }
    }
}
