// SPDX-License-Identifier: Apache-2.0

package import HubCore

extension NodeMessage {
    /// Appends the message.
    ///
    /// - Throws: ``WireFault`` if a peer would refuse it; what was appended until then remains.
    package func encode(into writer: inout ByteWriter) throws(WireFault) {
        try writer.fields { writer throws(WireFault) in
            switch self {
            case .membership(let message):
                writer.u8(0)
                try message.encode(into: &writer)
            case .unknown(let tag):
                writer.u8(tag)
            }
        }
    }

    /// Reads a message and leaves the reader at what follows it.
    ///
    /// - Throws: ``WireFault``; the connection is beyond repair.
    package init(from reader: inout ByteReader) throws(WireFault) {
        var fields = try reader.fields()
        switch try fields.u8() {
        case 0:
            self = .membership(try MembershipMessage(from: &fields))
            try fields.skipExtensionFields()
        case let tag:
            self = .unknown(tag)  // How its fields go on is not known, only where they end.
        }
    }
}
