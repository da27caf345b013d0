// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// What one value may hold. The same numbers bind the encoder and the decoder, so what one writes the other reads.
package struct ValueLimits: Hashable, Sendable {
    /// Arrays, maps and tags inside each other.
    package var depth: Int
    /// Data items in the whole value, keys of maps included.
    package var elements: Int
    package var bytes: Int

    package init(
        depth: Int = Limits.valueDepth, elements: Int = Limits.valueElements, bytes: Int = Limits.valueBytes
    ) {
        self.depth = Swift.max(0, Swift.min(depth, Self.deepest))
        self.elements = Swift.max(0, elements)
        self.bytes = Swift.max(0, Swift.min(bytes, Self.largest))
    }

    package static let standard = ValueLimits()

    /// Decoding walks deeper values by recursion, and a thread's stack is finite.
    private static let deepest = 256
    /// Positions are kept in 32 bits.
    static let largest = Int(Int32.max) - 16
}

/// What a type may ask of its encoder or decoder beside the value; asked for only when a type does, so that whoever
/// owns the codec need not be owned by it.
package typealias UserInfo = @Sendable () -> [CodingUserInfoKey: any Sendable]
