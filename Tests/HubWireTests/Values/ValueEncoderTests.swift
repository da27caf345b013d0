// SPDX-License-Identifier: Apache-2.0

import HubWire
import Testing

@Suite struct ValueEncoderTests {
    struct Golden: Sendable, CustomTestStringConvertible {
        let name: String
        let hex: String
        let encode: @Sendable () throws -> [UInt8]
        let decodesBack: @Sendable ([UInt8]) throws -> Bool

        init<T: Codable & Equatable & Sendable>(_ value: T, _ hex: String) {
            self.name = "\(T.self) \(value)"
            self.hex = hex
            self.encode = { try ValueEncoder().encode(value) }
            self.decodesBack = { try ValueDecoder().decode(T.self, from: $0) == value }
        }

        var testDescription: String { name }
        var bytes: [UInt8] { [UInt8](hex: hex) }
    }

    static let integers = [
        Golden(0, "00"), Golden(23, "17"), Golden(24, "1818"), Golden(255, "18ff"), Golden(256, "190100"),
        Golden(65_535, "19ffff"), Golden(65_536, "1a00010000"), Golden(4_294_967_295, "1affffffff"),
        Golden(4_294_967_296, "1b0000000100000000"), Golden(Int.max, "1b7fffffffffffffff"),
        Golden(Int.min, "3b7fffffffffffffff"), Golden(-1, "20"), Golden(-24, "37"), Golden(-25, "3818"),
        Golden(Int8.min, "387f"), Golden(Int8.max, "187f"), Golden(Int16.min, "397fff"), Golden(Int16.max, "197fff"),
        Golden(Int32.min, "3a7fffffff"), Golden(Int64.min, "3b7fffffffffffffff"), Golden(UInt8.max, "18ff"),
        Golden(UInt16.max, "19ffff"), Golden(UInt32.max, "1affffffff"), Golden(UInt64.max, "1bffffffffffffffff"),
        Golden(UInt.max, "1bffffffffffffffff"), Golden(Int128(7), "07"), Golden(Int128(-8), "27"),
        Golden(UInt128(UInt64.max), "1bffffffffffffffff"), Golden(UInt128(1) << 64, "c249010000000000000000"),
        Golden(-(Int128(1) << 64), "3bffffffffffffffff"), Golden(-(Int128(1) << 64) - 1, "c349010000000000000000"),
        Golden(Int128.max, "c2507fffffffffffffffffffffffffffffff"),
        Golden(Int128.min, "c3507fffffffffffffffffffffffffffffff"),
        Golden(UInt128.max, "c250ffffffffffffffffffffffffffffffff"),
    ]

    static let scalars = [
        Golden(1.5, "f93e00"), Golden(1.1, "fb3ff199999999999a"), Golden(100_000.0, "fa47c35000"),
        Golden(Float(0.1), "fa3dcccccd"), Golden(Double(Float(0.1)), "fa3dcccccd"), Golden(-0.0, "f98000"),
        Golden(Double.infinity, "f97c00"), Golden(-Float.infinity, "f9fc00"),
        Golden(Double.leastNonzeroMagnitude, "fb0000000000000001"), Golden(5.960464477539063e-8, "f90001"),
        Golden(Float.leastNonzeroMagnitude, "fa00000001"), Golden(65_504.0, "f97bff"), Golden(65_520.0, "fa477ff000"),
        Golden(true, "f5"), Golden(false, "f4"), Golden("", "60"), Golden("a\u{10151}", "6561f0908591"),
        Golden([UInt8](), "40"), Golden([1, 2, 3] as [UInt8], "43010203"), Golden(Int?.none, "f6"),
        Golden(Int?.some(3), "03"),
    ]

    static let structures = [
        Golden([Int](), "80"), Golden([1, nil, 3], "8301f603"), Golden([[1], []], "82810180"),
        Golden(["a": 1], "a1616101"), Golden([7: "x"], "a161376178"), Golden([true: 1], "82f501"),
        Golden(Array(1...25), "9819" + (1...25).map { $0 < 24 ? [UInt8($0)].hex : "18" + [UInt8($0)].hex }.joined()),
        Golden(Nothing(), "a0"), Golden([Nothing(), Nothing()], "82a0a0"), Golden(Wrapped(value: 5), "05"),
        Golden(Colour.green, "65677265656e"), Golden(Shapes.Command.reset, "a1657265736574a0"),
        Golden(Shapes.Command.rename("x"), "a16672656e616d65a1625f306178"),
        Golden(Shapes.Command.sample, "a163616464a266616d6f756e74182a646e6f74656568656c6c6f"),
        Golden(
            Shapes.Five(id: 1, name: "n", active: false, score: 2, comment: nil),
            "a4626964016" + "46e616d65616e66616374697665f46573636f7265f94000"),
    ]

    @Test("numbers take their shortest exact form and come back", arguments: integers + scalars)
    func numbers(_ golden: Golden) throws { try expect(golden) }

    @Test("structures are written as they are, keys in the type's order", arguments: structures)
    func containers(_ golden: Golden) throws { try expect(golden) }

    private func expect(_ golden: Golden) throws {
        let bytes = try golden.encode()
        #expect(bytes.hex == golden.hex)
        #expect(try golden.decodesBack(bytes))
        #expect(try ValueTree(decoding: bytes).encoded == bytes, "an encoded value is in the preferred form")
    }

    @Test("the bits of a NaN survive, in the shortest form that has them")
    func notANumber() throws {
        let quiet = Double(bitPattern: 0x7FF8_0000_0000_0000)
        let loaded = Double(bitPattern: 0xFFF8_0000_0000_0001)
        let narrow = Float(bitPattern: 0x7FC0_2000)
        #expect(try ValueEncoder().encode(quiet).hex == "f97e00")
        #expect(try ValueEncoder().encode(loaded).hex == "fbfff8000000000001")
        #expect(try ValueEncoder().encode(narrow).hex == "f97e01")
        for value in [quiet, loaded] {
            let again = try ValueDecoder().decode(Double.self, from: ValueEncoder().encode(value))
            #expect(again.bitPattern == value.bitPattern)
        }
        #expect(
            try ValueDecoder().decode(Float.self, from: ValueEncoder().encode(narrow)).bitPattern == narrow.bitPattern)
    }

    @Test("appending keeps what was there, also when the value cannot be encoded")
    func appending() throws {
        var bytes: [UInt8] = [0xAA]
        try ValueEncoder().encode("x", into: &bytes)
        #expect(bytes == [0xAA, 0x61, 0x78])
        #expect(throws: ValueError.self) { try ValueEncoder().encode(Twice(), into: &bytes) }
        #expect(bytes == [0xAA, 0x61, 0x78])
    }

    @Test("a map of many keys is checked for duplicates as one of few is")
    func wideMaps() throws {
        for count in [2, 3, 16, 17, 40, 300] {
            let keys = (0..<count).map { "a long enough key \($0)" }
            #expect(throws: Never.self) { try ValueEncoder().encode(Pairs(keys: keys)) }
            for repeated in [0, count / 2, count - 2] {
                let twice = keys + [keys[repeated]]
                #expect(reason { _ = try ValueEncoder().encode(Pairs(keys: twice)) } == .duplicateKey)
            }
        }
    }

    @Test("keys are told apart byte by byte: composed and decomposed letters are two keys")
    func canonicalKeys() throws {
        let bytes = try ValueEncoder().encode(Pairs(keys: ["\u{E9}", "e\u{301}"]))
        #expect(try ValueTree(decoding: bytes) == ["\u{E9}": 1, "e\u{301}": 1])
    }
}

struct Nothing: Codable, Hashable {}

struct Wrapped: Codable, Hashable {
    let value: Int

    init(value: Int) { self.value = value }
    init(from decoder: any Decoder) throws { value = try decoder.singleValueContainer().decode(Int.self) }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }
}

enum Colour: String, Codable { case red, green }

/// Writes each key with the value 1.
struct Pairs: Encodable {
    let keys: [String]

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: PlainKey.self)
        for key in keys { try container.encode(1, forKey: PlainKey(key)) }
    }
}

/// Writes one key twice.
struct Twice: Encodable {
    func encode(to encoder: any Encoder) throws { try Pairs(keys: ["a", "a"]).encode(to: encoder) }
}
