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
        let tag = try fields.u8()
        guard let known = try Self.known(tag, &fields) else {
            self = .unknown(tag <= Self.lastTag ? .max : tag)  // the largest stands for a part of a known sort
            return  // How its fields go on is not known, only where they end.
        }
        self = known
        try fields.skipExtensionFields()
    }

    private static let lastTag: UInt8 = 3

    private static func known(_ tag: UInt8, _ fields: inout ByteReader) throws(WireFault) -> HubMessage? {
        switch tag {
        case 0: return .registry(try RegistryMessage(from: &fields))
        case 1:
            guard let message = try OperationMessage(from: &fields) else { return nil }
            return .operation(message)
        case 2:
            guard let message = try MoveMessage(from: &fields) else { return nil }
            return .move(message)
        case 3: return .lacking(try fields.names(try fields.rowCount()))
        default: return nil
        }
    }
}
