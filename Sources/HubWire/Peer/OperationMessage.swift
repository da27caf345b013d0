// SPDX-License-Identifier: Apache-2.0

package import HubCore

extension OperationMessage {
    package func encode(into writer: inout ByteWriter) throws(WireFault) {
        try writer.fields { writer throws(WireFault) in
            switch self {
            case .abandoned(let operation):
                writer.u8(0)
                writer.varint(operation.number)
            }
        }
    }

    package init(from reader: inout ByteReader) throws(WireFault) {
        var fields = try reader.fields()
        let start = fields.offset
        switch try fields.u8() {
        case 0: self = .abandoned(OperationID(try fields.varint()))
        default: throw WireFault(.invalidField, at: start)
        }
        try fields.skipExtensionFields()
    }
}
