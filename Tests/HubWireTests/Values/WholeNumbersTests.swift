// SPDX-License-Identifier: Apache-2.0

import HubWire
import Testing

/// A number that is a whole value takes a quick way; what comes out must not depend on that.
@Suite struct WholeNumbersTests {
    /// Is written and read as its number is, the long way.
    private struct Wrapped: Codable, Equatable {
        var number: Int

        init(_ number: Int) { self.number = number }
        init(from decoder: any Decoder) throws { number = try decoder.singleValueContainer().decode(Int.self) }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            try container.encode(number)
        }
    }

    private static let numbers =
        [0, 1, 23, 24, 0xFF, 0x100, 0xFFFF, 0x1_0000, 0xFFFF_FFFF, 0x1_0000_0000, Int.max].flatMap { [$0, ~$0] }

    @Test("a number is written as it would be inside another type", arguments: numbers)
    func writing(number: Int) throws {
        let long = try ValueEncoder().encode(Wrapped(number))
        #expect(try ValueEncoder().encode(number) == long)
        var bytes: [UInt8] = [7]
        try ValueEncoder().encode(number, into: &bytes)
        #expect(bytes == [7] + long)
    }

    @Test("a number is read as it would be inside another type", arguments: numbers)
    func reading(number: Int) throws {
        let bytes = try ValueEncoder().encode(Wrapped(number))
        #expect(try ValueDecoder().decode(Int.self, from: bytes) == number)
        var offset = 1
        #expect(try ValueDecoder().decodePrefix(Int.self, from: [0xFF] + bytes + [0xFF], at: &offset) == number)
        #expect(offset == 1 + bytes.count)
    }

    @Test("every head, whole, cut short and with more behind it, means the same both ways", arguments: 0...255)
    func heads(first: Int) {
        for fill: UInt8 in [0, 1, 0x7F, 0x80, 0xFF] {
            for length in 0...10 {
                let bytes = [UInt8(first)] + [UInt8](repeating: fill, count: length)
                #expect(outcome(bytes, Int.self, number: \.self) == outcome(bytes, Wrapped.self, number: \.number))
            }
        }
    }

    @Test("limits that a number breaks are kept")
    func limits() {
        let encoder = ValueEncoder(limits: ValueLimits(bytes: 2))
        #expect(reason { _ = try encoder.encode(0x100) } == reason { _ = try encoder.encode(Wrapped(0x100)) })
        #expect(reason { _ = try encoder.encode(0x100) } != nil)
    }

    private enum Outcome: Equatable {
        case number(Int, offset: Int)
        case refused(ValueError.Reason?)
    }

    private func outcome<T: Decodable>(_ bytes: [UInt8], _ type: T.Type, number: KeyPath<T, Int>) -> [Outcome] {
        var found: [Outcome] = []
        do {
            found.append(.number(try ValueDecoder().decode(type, from: bytes)[keyPath: number], offset: bytes.count))
        } catch {
            found.append(.refused((error as? ValueError)?.reason))
        }
        var offset = 0
        do {
            let value = try ValueDecoder().decodePrefix(type, from: bytes, at: &offset)[keyPath: number]
            found.append(.number(value, offset: offset))
        } catch {
            found.append(.refused((error as? ValueError)?.reason))
        }
        return found
    }
}
