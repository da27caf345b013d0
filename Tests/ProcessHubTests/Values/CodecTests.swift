// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import ProcessHub

@Suite("Codec")
struct CodecTests {
    let codec = Codec { nil }

    private func roundTrip<T: Codable & Equatable>(_ value: T) throws -> Bool {
        try codec.decode(T.self, from: codec.encode(value)) == value
    }

    @Test("Foundation's values round-trip bit for bit")
    func foundation() throws {
        for seconds in [0, 0.1, -1.0 / 3, 774_000_000.123456, .greatestFiniteMagnitude, .leastNonzeroMagnitude] {
            let date = Date(timeIntervalSinceReferenceDate: seconds)
            let back = try codec.decode(Date.self, from: codec.encode(date))
            #expect(back.timeIntervalSinceReferenceDate.bitPattern == seconds.bitPattern)
        }
        for _ in 0..<50 { #expect(try roundTrip(UUID())) }
        let decimals = ["0", "-0.1", "123456789012345678901234567890.123456", "1e-100", "-9.99e120"]
        for text in decimals { #expect(try roundTrip(#require(Decimal(string: text)))) }
        #expect(try roundTrip(Decimal.nan.isNaN))
        let base = try #require(URL(string: "https://example.com/a/"))
        #expect(try roundTrip(base))
        let relative = try #require(URL(string: "b?c=%20#d", relativeTo: base))
        let back = try codec.decode(URL.self, from: codec.encode(relative))
        #expect(back.absoluteString == relative.absoluteString)
        #expect(back.baseURL == relative.baseURL)
        for size in [0, 1, 23, 24, 255, 256, 65_536] {
            #expect(try roundTrip(Data((0..<size).map { UInt8(truncatingIfNeeded: $0) })))
        }
    }

    @Test("Data is a byte string, not a list of numbers")
    func data() throws {
        #expect(try codec.encode(Data([1, 2, 3])) == [0x43, 1, 2, 3])
    }
}
