// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubWire

// What has arrived at a process and was not handed to its machine.

extension World {
    /// The messages of other machines among it, in order.
    func unreadMessages(of node: SimulatedNode) -> [NodeEvent] {
        var events = node.inbox.filter { if case .received = $0 { true } else { false } }
        for input in node.inputs {
            switch input {
            case .message(let wire, let bytes), .arrived(let wire, .frame(let bytes)):
                if let event = unread(bytes, over: wire) { events.append(event) }
            case .event, .resident, .dialed, .accepted, .arrived, .ended: break
            }
        }
        return events
    }

    private func unread(_ bytes: [UInt8], over wire: WireRef) -> NodeEvent? {
        guard let end = self[wire], end.phase == .up, let peer = end.peer else { return nil }
        return bytes.withUnsafeBytes { memory in
            guard case .frame(let frame, _)? = try? FrameDecoder(admitted: true).next(in: memory),
                frame.type == .machine
            else { return nil }
            var reader = frame.reader
            guard case .node? = try? MachineEnvelope(from: &reader).machine,
                let message = try? NodeMessage(from: &reader)
            else { return nil }
            return .received(message, from: peer, end.peerIncarnation)
        }
    }
}
