// SPDX-License-Identifier: Apache-2.0

package import HubCore

/// A ping, and the pong that gives it back unchanged.
package struct PingEnvelope: Hashable, Sendable {
    package var number: UInt64
    /// The pinging node's own elapsed time; it means nothing to the other.
    package var sentNanoseconds: Int64

    package init(_ number: UInt64, sentNanoseconds: Int64) {
        self.number = number
        self.sentNanoseconds = sentNanoseconds
    }
}

extension PingEnvelope: Envelope {
    package func encode(into writer: inout ByteWriter) throws(WireFault) {
        try writer.fields { writer throws(WireFault) in
            writer.varint(number)
            writer.u64(UInt64(bitPattern: sentNanoseconds))
        }
    }

    package init(from reader: inout ByteReader) throws(WireFault) {
        var fields = try reader.fields()
        number = try fields.varint()
        sentNanoseconds = Int64(bitPattern: try fields.u64())
        try fields.skipExtensionFields()
    }
}

/// Says which machine of a node the message that follows is for.
package struct MachineEnvelope: Hashable, Sendable {
    package var machine: Machine

    package init(_ machine: Machine) { self.machine = machine }

    package enum Machine: Hashable, Sendable {
        /// The one of the node.
        case node
        /// The one of this hub.
        case hub(HubID)
        /// One that only a newer version has; its messages are counted and dropped.
        case other(UInt8)
    }
}

extension MachineEnvelope: Envelope {
    package func encode(into writer: inout ByteWriter) throws(WireFault) {
        try writer.fields { writer throws(WireFault) in
            switch machine {
            case .node:
                writer.u8(0)
            case .hub(let hub):
                writer.u8(1)
                try writer.name(hub)
            case .other(let number):
                writer.u8(number)
            }
        }
    }

    package init(from reader: inout ByteReader) throws(WireFault) {
        var fields = try reader.fields()
        switch try fields.u8() {
        case 0: machine = .node
        case 1: machine = .hub(try fields.name())
        case let number:
            machine = .other(number)
            return  // How its fields go on is not known, only where they end.
        }
        try fields.skipExtensionFields()
    }
}

/// The living sender was declared dead and goes on under a new incarnation; the ids of its calls stay as they are.
package struct IncarnationNotice: Hashable, Sendable {
    package var old: Incarnation
    package var new: Incarnation

    package init(old: Incarnation, new: Incarnation) {
        self.old = old
        self.new = new
    }
}

extension IncarnationNotice: Envelope {
    package func encode(into writer: inout ByteWriter) throws(WireFault) {
        try writer.fields { writer throws(WireFault) in
            writer.incarnation(old)
            writer.incarnation(new)
        }
    }

    package init(from reader: inout ByteReader) throws(WireFault) {
        var fields = try reader.fields()
        old = try fields.incarnation()
        new = try fields.incarnation()
        try fields.skipExtensionFields()
    }
}

/// The last frame of a connection that its sender closes in good order.
package struct Goodbye: Hashable, Sendable {
    package var reason: Reason
    /// For people: at most 512 bytes, escaped.
    package var text: String

    package init(_ reason: Reason, text: String = "") {
        self.reason = reason
        self.text = text
    }

    /// The numbers never change.
    package enum Reason: UInt8, Hashable, Sendable, CaseIterable {
        /// A reason that this version does not know.
        case unspecified = 0
        /// The node is shutting down.
        case leaving = 1
        /// A newer connection of the pair takes the place of this one.
        case superseded = 2
        /// The peer broke a rule of the protocol.
        case fault = 3
        /// The connection was not used.
        case idle = 4
        /// Another living node has the peer's name.
        case nameTaken = 5
        /// The peer's incarnation was declared dead.
        case deadIncarnation = 6
    }
}

extension Goodbye: Envelope {
    package func encode(into writer: inout ByteWriter) throws(WireFault) {
        try writer.fields { writer throws(WireFault) in
            writer.u8(reason.rawValue)
            writer.text(text.escaped, cutTo: Limits.refusalTextBytes)
        }
    }

    package init(from reader: inout ByteReader) throws(WireFault) {
        var fields = try reader.fields()
        reason = Reason(rawValue: try fields.u8()) ?? .unspecified
        text = try fields.text(cutTo: Limits.refusalTextBytes).escaped.cut(toBytes: Limits.refusalTextBytes)
        try fields.skipExtensionFields()
    }
}
