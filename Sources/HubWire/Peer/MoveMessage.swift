// SPDX-License-Identifier: Apache-2.0

package import HubCore

extension MoveMessage {
    package func encode(into writer: inout ByteWriter) throws(WireFault) {
        try writer.fields { writer throws(WireFault) in
            let (tag, child, epoch): (UInt8, ChildID, Epoch)
            switch self {
            case .offered(let id, let next): (tag, child, epoch) = (0, id, next)
            case .accepted(let id, let next): (tag, child, epoch) = (1, id, next)
            case .declined(let id, let next): (tag, child, epoch) = (2, id, next)
            }
            writer.u8(tag)
            try writer.name(child)
            writer.epoch(epoch)
        }
    }

    /// `nil` for a message that only a newer version knows.
    package init?(from reader: inout ByteReader) throws(WireFault) {
        var fields = try reader.fields()
        let tag = try fields.u8()
        guard tag <= 2 else { return nil }
        let (child, epoch): (ChildID, Epoch) = (try fields.name(), try fields.epoch())
        switch tag {
        case 0: self = .offered(child, epoch)
        case 1: self = .accepted(child, epoch)
        default: self = .declined(child, epoch)
        }
        try fields.skipExtensionFields()
    }
}
