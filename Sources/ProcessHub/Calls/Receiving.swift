// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubTransport
internal import HubWire
internal import Logging
internal import Synchronization

/// What the connections receive for calls.
extension CallDriver {
    func linkUp(_ connection: PeerConnection) {
        reports.withLock { $0 }?(.admitted)
        let session = PeerSession(connection)
        if runsOnLoops { session.take(loopSeat()) }
        connection.attachment = session
        logger.info("connected", metadata: ["peer": "\(connection.peer)"])
        linked(connection.peer)
    }

    func received(
        _ type: FrameType, stream: UInt64, payload: UnsafeRawBufferPointer, on connection: PeerConnection
    ) {
        guard let session = connection.attachment as? PeerSession else { return }
        do {
            try handle(type, stream, payload, session)
        } catch {
            meters.count(.refusedFrame)
            logger.warning(
                "a peer broke the protocol", metadata: ["peer": "\(connection.peer)", "fault": "\(error)"])
            connection.close(.garbage("\(error)"))
        }
    }

    private func handle(
        _ type: FrameType, _ stream: UInt64, _ payload: UnsafeRawBufferPointer, _ session: PeerSession
    ) throws(WireFault) {
        switch type {
        case .call: try serve(stream: stream, payload: payload, wantsAnswer: true, of: session)
        case .cast: try serve(stream: stream, payload: payload, wantsAnswer: false, of: session)
        case .reply: try replied(stream, payload, session)
        case .error: try failed(stream, payload, session)
        case .cancel: if let call = session.call(stream) { cancel(call) }
        case .defineMethod: try session.define(payload, among: kinds)
        default: meters.count(.refusedFrame)  // Nothing here speaks them yet; a newer peer may.
        }
    }

    private func replied(
        _ stream: UInt64, _ payload: UnsafeRawBufferPointer, _ session: PeerSession
    ) throws(WireFault) {
        var reader = ByteReader(payload)
        let envelope = try ReplyEnvelope(from: &reader)
        answered(stream, .result(Array(reader.rest())), envelope.epoch, from: session.connection)
    }

    private func failed(
        _ stream: UInt64, _ payload: UnsafeRawBufferPointer, _ session: PeerSession
    ) throws(WireFault) {
        var reader = ByteReader(payload)
        let envelope = try ErrorEnvelope(from: &reader)
        let answer = Answer.failure(envelope.failure, payload: Array(reader.rest()))
        answered(stream, answer, envelope.epoch, from: session.connection)
    }

    func linkDown(_ connection: PeerConnection, _ reason: LinkLoss) {
        logger.info("disconnected", metadata: ["peer": "\(connection.peer)", "reason": "\(reason)"])
        lost(connection)
        if let session = connection.attachment as? PeerSession {
            session.take(nil)
            if hold.hasBegun { dropHeld(from: session) }
        }
        connection.attachment = nil  // The session holds the connection.
    }

    func report(_ event: TransportEvent) {
        meters.transport(event.word)
        if case .certificatesReloaded = event {
            logger.info("\(event)")
        } else if case .failed(_, .noListener) = event {
            // Told again and again of a node that is gone; that it is gone is told by others.
            logger.debug("\(event)")
        } else if transportLog.admits(at: Clock.elapsed()) {
            logger.warning("\(event)")
        }
        reports.withLock { $0 }?(.reported(event))
    }
}

/// What the transport says of connections.
enum TransportNews: Sendable {
    /// One is up.
    case admitted
    case reported(TransportEvent)
}
