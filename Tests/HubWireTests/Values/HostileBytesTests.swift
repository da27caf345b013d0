// SPDX-License-Identifier: Apache-2.0

import HubCore
import HubWire
import TestSupport
import Testing

/// No bytes trap, and no part of a value is a value.
@Suite(.computing) struct HostileBytesTests {
    static var goldens: [ValueEncoderTests.Golden] {
        ValueEncoderTests.integers + ValueEncoderTests.scalars + ValueEncoderTests.structures
    }

    @Test("a value that is cut short anywhere, or goes on, is refused")
    func truncation() throws {
        for golden in Self.goldens {
            let bytes = golden.bytes
            for length in 0..<bytes.count {
                let part = Array(bytes[..<length])
                #expect(isOneOf([.truncated, .lengthBeyondEnd], golden, part), "\(golden.name), \(length)")
            }
            #expect(isOneOf([.trailingBytes], golden, bytes + [0xF6]), "\(golden.name) and more")
        }
    }

    private func isOneOf(_ reasons: [ValueError.Reason], _ golden: ValueEncoderTests.Golden, _ bytes: [UInt8]) -> Bool {
        let asTree = reason { _ = try ValueTree(decoding: bytes) }
        let asType = reason { _ = try golden.decodesBack(bytes) }
        return asTree == asType && asTree.map(reasons.contains) == true
    }

    @Test("bytes changed by chance are decoded or refused, and what is decoded can be encoded", arguments: 0..<8)
    func mutation(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let seeds = Self.goldens.map(\.bytes) + [try ValueEncoder().encode(Shapes.Order.sample)]
        for _ in 0..<1_500 {
            guard var bytes = seeds.randomElement(using: &random) else { continue }
            for _ in 0..<Int.random(in: 1...4, using: &random) { mutate(&bytes, &random) }
            try survive(bytes)
        }
    }

    private func mutate(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        let index = Int.random(in: 0...bytes.count, using: &random)
        let telling: [UInt8] = [0x1B, 0x3B, 0x5B, 0x5F, 0x7F, 0x9B, 0x9F, 0xBB, 0xBF, 0xC2, 0xD8, 0xF6, 0xFB, 0xFF]
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes.insert(telling.randomElement(using: &random) ?? 0, at: index)
        case 1 where index < bytes.count: bytes.remove(at: index)
        case 2 where index < bytes.count: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        default: bytes.insert(UInt8.random(in: .min ... .max, using: &random), at: index)
        }
    }

    private func survive(_ bytes: [UInt8]) throws {
        let tree = try? ValueTree(decoding: bytes)
        if let tree { #expect(try ValueTree(decoding: tree.encoded) == tree) }
        try surviveAs([Int128?].self, bytes, tree)
        try surviveAs(Shapes.Order.self, bytes, tree)
        try surviveAs(Shapes.Command.self, bytes, tree)
        try surviveAs(Shapes.Five.self, bytes, tree)
        try surviveAs([String: Int].self, bytes, tree)
        try surviveAs([UInt8].self, bytes, tree)
    }

    private func surviveAs<T: Codable & Equatable>(_ type: T.Type, _ bytes: [UInt8], _ tree: ValueTree?) throws {
        guard let value = try? ValueDecoder().decode(type, from: bytes) else { return }
        #expect(tree != nil, "\(type) was decoded from what is no value: \(bytes.hex)")
        // A mutated score may be NaN, which equals nothing; its bytes do.
        let again = try ValueEncoder().encode(value)
        let decoded = try ValueDecoder().decode(type, from: again)
        #expect(decoded == value || again.hex.contains("f97e") || again.hex.contains("7ff"), "\(bytes.hex)")
    }

    @Test("lengths that lie about gigabytes cost nothing")
    func lies() {
        for head in ["5b", "7b", "9b", "bb"] {
            for length in ["7fffffffffffffff", "ffffffffffffffff", "0000000100000000", "000000007fffffff"] {
                let bytes = [UInt8](hex: head + length) + Array(repeating: 0x60, count: 100)
                #expect(reason { _ = try ValueTree(decoding: bytes) } == .lengthBeyondEnd)
            }
        }
    }

    @Test("a million small items are within the time and memory of a frame")
    func manySmallItems() throws {
        let size = Limits.frameBytes - 5
        let list: [UInt8] = [0x9A] + [UInt8](hex: String(format(size))) + Array(repeating: 0xA0, count: size)
        let decoded = try ValueDecoder().decode([Nothing].self, from: list)
        #expect(decoded.count == size)
    }

    private func format(_ number: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
