// SPDX-License-Identifier: Apache-2.0

package import HubCore

extension HubMessage {
    /// Appends the message.
    ///
    /// - Throws: ``WireFault`` if a peer would refuse it; what was appended until then remains.
    package func encode(into writer: inout ByteWriter) throws(WireFault) {
        try writer.fields { writer throws(WireFault) in
            switch self {
            case .registry(let message):
                writer.u8(0)
                try message.encode(into: &writer)
            case .operation(let message):
                writer.u8(1)
                try message.encode(into: &writer)
            case .move(let message):
                writer.u8(2)
                try message.encode(into: &writer)
            case .lacking(let kinds):
                writer.u8(3)
                try writer.rowCount(kinds.count)
                try writer.names(kinds)
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
        case 0: self = .registry(try RegistryMessage(from: &fields))
        case 1: self = .operation(try OperationMessage(from: &fields))
        case 2: self = .move(try MoveMessage(from: &fields))
        case 3: self = .lacking(try fields.names(try fields.rowCount()))
        case let tag:
            self = .unknown(tag)
            return  // How its fields go on is not known, only where they end.
        }
        try fields.skipExtensionFields()
    }
}
