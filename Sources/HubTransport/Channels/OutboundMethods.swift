// SPDX-License-Identifier: Apache-2.0

package import HubCore
package import HubWire

/// The numbers that stand for methods on one connection's lane of calls: given on first use, never taken back.
package struct OutboundMethods: Sendable {
    private struct Key: Hashable {
        let kind: ProcessKind
        let method: MethodName
    }

    private var numbers: [Key: UInt32] = [:]
    /// The same by the sender's own ordinals, which cost no hashing.
    private var numbersByOrdinal: [UInt32?] = []
    private var order: [Key] = []

    package init() {}

    package var count: Int { order.count }

    /// The number of a method. The first use writes the frame that defines it, so the frame of the call comes after.
    ///
    /// - Returns: `nil` if the connection has given all its numbers, or a name is not valid.
    /// - Parameter ordinal: the sender's own small number of the method, the same for as long as it runs.
    package mutating func number(
        of method: MethodName, kind: ProcessKind, ordinal: Int, definingIn writer: inout ByteWriter
    ) -> UInt32? {
        if numbersByOrdinal.indices.contains(ordinal), let known = numbersByOrdinal[ordinal] { return known }
        guard let number = number(of: method, kind: kind, definingIn: &writer) else { return nil }
        guard (0..<Limits.methodsPerConnection).contains(ordinal) else { return number }
        while numbersByOrdinal.count <= ordinal { numbersByOrdinal.append(nil) }
        numbersByOrdinal[ordinal] = number
        return number
    }

    /// The number of a method. The first use writes the frame that defines it, so the frame of the call comes after.
    ///
    /// - Returns: `nil` if the connection has given all its numbers, or a name is not valid.
    package mutating func number(
        of method: MethodName, kind: ProcessKind, definingIn writer: inout ByteWriter
    ) -> UInt32? {
        let key = Key(kind: kind, method: method)
        if let known = numbers[key] { return known }
        guard order.count < Limits.methodsPerConnection else { return nil }
        let number = UInt32(order.count)
        do {
            try writer.frame(.defineMethod, MethodDefinition(number, kind: kind, method: method))
        } catch {
            return nil
        }
        numbers[key] = number
        order.append(key)
        return number
    }

    /// Forgets the numbers from `count` on: the frames that defined them were taken back.
    mutating func rollBack(to count: Int) {
        guard order.count > count else { return }
        while order.count > count { numbers[order.removeLast()] = nil }
        numbersByOrdinal = numbersByOrdinal.map { number in number.flatMap { $0 < count ? $0 : nil } }
    }
}
