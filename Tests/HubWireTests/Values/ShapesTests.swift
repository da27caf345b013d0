// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HubWire

@Suite struct ShapesTests {
    @Test("each of the five shapes comes back as it was")
    func roundTrips() throws {
        try expectRoundTrip(42)
        try expectRoundTrip(Shapes.Five.sample)
        try expectRoundTrip(Shapes.kibibyte)
        try expectRoundTrip(Shapes.Command.sample)
        try expectRoundTrip(Shapes.Command.rename("x"))
        try expectRoundTrip(Shapes.Command.reset)
        try expectRoundTrip(Shapes.Order.sample)
    }
}

/// Encodes and decodes a value and expects the same.
func expectRoundTrip<T: Codable & Equatable>(_ value: T, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let bytes = try ValueEncoder().encode(value)
    #expect(try ValueDecoder().decode(T.self, from: bytes) == value, sourceLocation: sourceLocation)
    #expect(throws: Never.self, sourceLocation: sourceLocation) { try ValueTree(decoding: bytes) }
}
