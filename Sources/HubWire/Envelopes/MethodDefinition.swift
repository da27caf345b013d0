// SPDX-License-Identifier: Apache-2.0

package import HubCore

/// Gives a method of a kind the number under which calls on this connection name it.
package struct MethodDefinition: Hashable, Sendable {
    /// Below ``HubCore/Limits/methodsPerConnection``.
    package var number: UInt32
    package var kind: ProcessKind
    package var method: MethodName

    package init(_ number: UInt32, kind: ProcessKind, method: MethodName) {
        self.number = number
        self.kind = kind
        self.method = method
    }
}

extension MethodDefinition: Envelope {
    package func encode(into writer: inout ByteWriter) throws(WireFault) {
        try writer.fields { writer throws(WireFault) in
            writer.varint(UInt64(number))
            try writer.name(kind)
            try writer.name(method)
        }
    }

    package init(from reader: inout ByteReader) throws(WireFault) {
        var fields = try reader.fields()
        number = try fields.methodNumber()
        kind = try fields.name()
        method = try fields.name()
        try fields.skipExtensionFields()
    }
}

extension ByteReader {
    mutating func methodNumber() throws(WireFault) -> UInt32 {
        let start = offset
        let number = try varint()
        guard number < UInt64(Limits.methodsPerConnection) else { throw WireFault(.overLimit, at: start) }
        return UInt32(number)
    }
}
