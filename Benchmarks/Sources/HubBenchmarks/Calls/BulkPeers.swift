// SPDX-License-Identifier: Apache-2.0

internal import Floors
internal import Foundation
internal import HubCore
internal import HubTransport
internal import HubWire
internal import Synchronization

/// Sends calls, one at a time, and chunks, and waits for what the peer says of them.
final class BulkCaller: TransportReceiver {
    private struct State {
        var connection: PeerConnection?
        var answer: UnsafeContinuation<Void, any Error>?
        var awaitedBytes = 0
        var arrival: UnsafeContinuation<Void, any Error>?
        var arrivedBytes = 0
    }

    private let state = Mutex(State())

    func call() async throws {
        try await withUnsafeThrowingContinuation { continuation in
            let connection = state.withLock { state in
                state.answer = continuation
                return state.connection
            }
            if connection?.send(.calls, .call, []) != .queued { failAll() }
        }
    }

    /// Queues one chunk; `false` if the lane is full.
    func send(_ chunk: [UInt8]) throws -> Bool {
        switch state.withLock({ $0.connection })?.send(.bulk, .bulkChunk, chunk) {
        case .queued: return true
        case .overloaded: return false
        default: throw WrongAnswer()
        }
    }

    /// Waits until the peer has so many bytes more.
    func arrival(ofBytes bytes: Int) async throws {
        try await withUnsafeThrowingContinuation { continuation in
            let isThere = state.withLock { state in
                state.awaitedBytes += bytes
                guard state.arrivedBytes < state.awaitedBytes else { return true }
                state.arrival = continuation
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    func linkUp(_ connection: PeerConnection) { state.withLock { $0.connection = connection } }

    func received(
        _ type: FrameType, stream: UInt64, payload: UnsafeRawBufferPointer, on connection: PeerConnection
    ) {
        let waiter = state.withLock { state -> UnsafeContinuation<Void, any Error>? in
            if type == .reply { return state.answer.take() }
            state.arrivedBytes += Int(stream)
            return state.arrivedBytes < state.awaitedBytes ? nil : state.arrival.take()
        }
        waiter?.resume()
    }

    func linkDown(_ connection: PeerConnection, _ reason: LinkLoss) { failAll() }
    func bulkLost(on connection: PeerConnection, _ reason: LinkLoss) { failAll() }

    private func failAll() {
        let (answer, arrival) = state.withLock { ($0.answer.take(), $0.arrival.take()) }
        answer?.resume(throwing: WrongAnswer())
        arrival?.resume(throwing: WrongAnswer())
    }
}

/// Answers calls and probes, and says how much of each chunk has arrived. It is slow to read large calls.
final class BulkServer: TransportReceiver {
    static let largeCall = 512 << 10

    func received(
        _ type: FrameType, stream: UInt64, payload: UnsafeRawBufferPointer, on connection: PeerConnection
    ) {
        switch type {
        case .call:
            // On the event loop: nothing else of this connection is read meanwhile. 512 KiB each 5 ms are 100 MB/s.
            if payload.count >= Self.largeCall { Thread.sleep(forTimeInterval: 0.005) }
            connection.send(.calls, .reply, stream: stream, [])
        case .machine: connection.send(.control, .machine, stream: stream, [])
        case .bulkChunk: connection.send(.calls, .bulkAcknowledgement, stream: UInt64(payload.count), [])
        default: connection.close(.garbage("\(type)"))
        }
    }

    func linkUp(_ connection: PeerConnection) {}
    func linkDown(_ connection: PeerConnection, _ reason: LinkLoss) {}
    func bulkLost(on connection: PeerConnection, _ reason: LinkLoss) {}
}

extension BulkCaller {
    func readFinished(on connection: PeerConnection) {}
    func incarnationChanged(of connection: PeerConnection, from old: Incarnation) {}
    func dialFailed(_ address: PeerAddress, expecting node: NodeName?, _ reason: LinkLoss) {}
    func report(_ event: TransportEvent) {}
}

extension BulkServer {
    func readFinished(on connection: PeerConnection) {}
    func incarnationChanged(of connection: PeerConnection, from old: Incarnation) {}
    func dialFailed(_ address: PeerAddress, expecting node: NodeName?, _ reason: LinkLoss) {}
    func report(_ event: TransportEvent) {}
}

extension PeerConnection {
    @discardableResult
    func send(_ lane: Lane, _ type: FrameType, stream: UInt64 = 1, _ bytes: [UInt8]) -> SendResult {
        send(lane) { writer, _ in (try? writer.frame(type, stream: stream) { $0.raw(bytes) }) != nil }
    }
}
