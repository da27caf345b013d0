// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubTransport
internal import HubWire
internal import Logging

/// Takes what a node's connections receive: calls go to those who carry calls, messages to the machines they are for.
final class Reception: TransportReceiver {
    private let calls: CallDriver
    private let membership: NodeDriver
    private let residents: Residents

    init(calls: CallDriver, membership: NodeDriver, residents: Residents) {
        self.calls = calls
        self.membership = membership
        self.residents = residents
    }

    func linkUp(_ connection: PeerConnection) {
        calls.linkUp(connection)
        membership.post(.linkUp(connection.peer, connection.incarnation, connection.listening))
        for resident in residents.all { resident.linkUp(connection.peer, connection.incarnation) }
    }

    func received(
        _ type: FrameType, stream: UInt64, payload: UnsafeRawBufferPointer, on connection: PeerConnection
    ) {
        guard type == .machine else { return calls.received(type, stream: stream, payload: payload, on: connection) }
        do {
            try hand(payload, from: connection)
        } catch {
            calls.meters.count(.refusedFrame)
            calls.logger.warning(
                "a peer broke the protocol", metadata: ["peer": "\(connection.peer)", "fault": "\(error)"])
            connection.close(.garbage("\(error)"))
        }
    }

    /// Hands a message to the machine that it is for. One for a machine that this version does not have is counted.
    private func hand(_ payload: UnsafeRawBufferPointer, from connection: PeerConnection) throws(WireFault) {
        var reader = ByteReader(payload)
        switch try MachineEnvelope(from: &reader).machine {
        case .node: try handToNode(&reader, payload.count, from: connection)
        case .hub(let hub):
            // A peer may send before it has heard that the hub is no longer here.
            guard let resident = residents[hub] else { return calls.meters.count(.droppedMessage) }
            try resident.received(reader.rest(), over: connection)
        case .other: calls.meters.count(.refusedFrame)
        }
    }

    private func handToNode(
        _ reader: inout ByteReader, _ bytes: Int, from connection: PeerConnection
    ) throws(WireFault) {
        let message = try NodeMessage(from: &reader)
        guard reader.isAtEnd else { throw reader.fault(.invalidField) }
        let event = NodeEvent.received(message, from: connection.peer, connection.incarnation)
        if !membership.post(event, from: connection.peer, bytes: bytes) {
            calls.meters.count(.droppedMessage)
        }
    }

    func readFinished(on connection: PeerConnection) {}

    func linkDown(_ connection: PeerConnection, _ reason: LinkLoss) {
        membership.post(.linkDown(connection.peer, connection.incarnation, LinkEnd(reason)))
        calls.linkDown(connection, reason)
    }

    func bulkLost(on connection: PeerConnection, _ reason: LinkLoss) {}

    func incarnationChanged(of connection: PeerConnection, from old: Incarnation) {
        membership.post(.peerRenewed(connection.peer, from: old, to: connection.incarnation))
    }

    func dialFailed(_ address: PeerAddress, expecting node: NodeName?, _ reason: LinkLoss) {
        guard let fault = DialFault(reason) else { return }
        membership.post(.dialFailed(address, node: node, fault))
    }

    func report(_ event: TransportEvent) { calls.report(event) }
}
