// SPDX-License-Identifier: Apache-2.0

package import HubCore

extension Hello: Envelope {
    package func encode(into writer: inout ByteWriter) throws(WireFault) {
        try writer.fields { writer throws(WireFault) in
            writer.u32(Self.magic)
            writer.u16(lowestProtocol)
            writer.u16(highestProtocol)
            try writer.name(cluster)
            try writer.name(node)
            writer.incarnation(incarnation)
            writer.u64(features.rawValue)
            writer.u8(lane.rawValue)
            writer.u64(generation)
            try writer.optionalName(destination)
            writer.u16(port)
        }
    }

    package init(from reader: inout ByteReader) throws(WireFault) {
        var fields = try reader.fields()
        guard try fields.u32() == Self.magic else { throw fields.fault(.wrongMagic) }
        let lowest = try fields.u16()
        let highest = try fields.u16()
        let cluster: ClusterName = try fields.name()
        var identity = NodeIdentity(cluster: cluster, node: try fields.name(), incarnation: try fields.incarnation())
        identity.lowestProtocol = lowest
        identity.highestProtocol = highest
        identity.features = Features(rawValue: try fields.u64())
        guard let lane = LinkLane(rawValue: try fields.u8()) else { throw fields.fault(.invalidField) }
        let generation = try fields.u64()
        let destination: NodeName? = try fields.optionalName()
        identity.port = try fields.u16()
        try fields.skipExtensionFields()
        self.init(identity: identity, lane: lane, generation: generation, destination: destination)
    }

    /// `PHub`.
    private static let magic: UInt32 = 0x5048_7562
}

/// The answer to a `Hello` that is not admitted.
package struct RefusalEnvelope: Hashable, Sendable {
    package var refusal: HandshakeRefusal
    /// For people: at most 512 bytes, and escaped, because it comes from a peer that was not admitted.
    package var text: String

    package init(_ refusal: HandshakeRefusal, text: String = "") {
        self.refusal = refusal
        self.text = text
    }
}

extension RefusalEnvelope: Envelope {
    package func encode(into writer: inout ByteWriter) throws(WireFault) {
        try writer.fields { writer throws(WireFault) in
            writer.u8(refusal.reason.rawValue)
            try writer.optionalName(refusal.node)
            writer.text(text.escaped, cutTo: Limits.refusalTextBytes)
        }
    }

    package init(from reader: inout ByteReader) throws(WireFault) {
        var fields = try reader.fields()
        let reason = HandshakeRefusal.Reason(rawValue: try fields.u8()) ?? .unspecified
        refusal = HandshakeRefusal(reason, by: try fields.optionalName())
        text = try fields.text(cutTo: Limits.refusalTextBytes).escaped.cut(toBytes: Limits.refusalTextBytes)
        try fields.skipExtensionFields()
    }
}
