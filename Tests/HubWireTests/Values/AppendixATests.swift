// SPDX-License-Identifier: Apache-2.0

import HubWire
import Testing

/// RFC 8949, Appendix A: every example, in its order.
@Suite struct AppendixATests {
    struct Vector: Sendable, CustomTestStringConvertible {
        let hex: String
        let tree: ValueTree
        /// Whether it is what our encoder would write: definite, shortest.
        let isPreferred: Bool

        init(_ hex: String, _ tree: ValueTree, preferred: Bool = true) {
            self.hex = hex
            self.tree = tree
            self.isPreferred = preferred
        }

        var testDescription: String { hex }
    }

    static let integers = [
        Vector("00", 0), Vector("01", 1), Vector("0a", 10), Vector("17", 23), Vector("1818", 24), Vector("1819", 25),
        Vector("1864", 100), Vector("1903e8", 1000), Vector("1a000f4240", 1_000_000),
        Vector("1b000000e8d4a51000", 1_000_000_000_000), Vector("1bffffffffffffffff", .unsigned(.max)),
        Vector("c249010000000000000000", .tagged(2, .bytes([1, 0, 0, 0, 0, 0, 0, 0, 0]))),
        Vector("3bffffffffffffffff", .negative(.max)),
        Vector("c349010000000000000000", .tagged(3, .bytes([1, 0, 0, 0, 0, 0, 0, 0, 0]))),
        Vector("20", -1), Vector("29", -10), Vector("3863", -100), Vector("3903e7", -1000),
    ]

    static let floats = [
        Vector("f90000", .half(0)), Vector("f98000", .half(0x8000)), Vector("f93c00", .half(0x3C00)),
        Vector("fb3ff199999999999a", .double((1.1).bitPattern)), Vector("f93e00", .half(0x3E00)),
        Vector("f97bff", .half(0x7BFF)), Vector("fa47c35000", .single(Float(100_000).bitPattern)),
        Vector("fa7f7fffff", .single(Float.greatestFiniteMagnitude.bitPattern)),
        Vector("fb7e37e43c8800759c", .double((1.0e+300).bitPattern)), Vector("f90001", .half(1)),
        Vector("f90400", .half(0x0400)), Vector("f9c400", .half(0xC400)),
        Vector("fbc010666666666666", .double((-4.1).bitPattern)), Vector("f97c00", .half(0x7C00)),
        Vector("f97e00", .half(0x7E00)), Vector("f9fc00", .half(0xFC00)), Vector("fa7f800000", .single(0x7F80_0000)),
        Vector("fa7fc00000", .single(0x7FC0_0000)), Vector("faff800000", .single(0xFF80_0000)),
        Vector("fb7ff0000000000000", .double(0x7FF0_0000_0000_0000)),
        Vector("fb7ff8000000000000", .double(0x7FF8_0000_0000_0000)),
        Vector("fbfff0000000000000", .double(0xFFF0_0000_0000_0000)),
    ]

    static let simpleAndTagged = [
        Vector("f4", false), Vector("f5", true), Vector("f6", nil), Vector("f7", .undefined), Vector("f0", .simple(16)),
        Vector("f8ff", .simple(255)),
        Vector("c074323031332d30332d32315432303a30343a30305a", .tagged(0, "2013-03-21T20:04:00Z")),
        Vector("c11a514b67b0", .tagged(1, 1_363_896_240)),
        Vector("c1fb41d452d9ec200000", .tagged(1, .double((1_363_896_240.5).bitPattern))),
        Vector("d74401020304", .tagged(23, .bytes([1, 2, 3, 4]))),
        Vector("d818456449455446", .tagged(24, .bytes([0x64, 0x49, 0x45, 0x54, 0x46]))),
        Vector("d82076687474703a2f2f7777772e6578616d706c652e636f6d", .tagged(32, "http://www.example.com")),
    ]

    static let strings = [
        Vector("40", .bytes([])), Vector("4401020304", .bytes([1, 2, 3, 4])), Vector("60", ""), Vector("6161", "a"),
        Vector("6449455446", "IETF"), Vector("62225c", "\"\\"), Vector("62c3bc", "\u{FC}"),
        Vector("63e6b0b4", "\u{6C34}"), Vector("64f0908591", "\u{10151}"),
        Vector("5f42010243030405ff", .bytes([1, 2, 3, 4, 5]), preferred: false),
        Vector("7f657374726561646d696e67ff", "streaming", preferred: false),
    ]

    private static let oneTo25 = ValueTree.array((1...25).map { .unsigned($0) })
    private static let letters: ValueTree = ["a": "A", "b": "B", "c": "C", "d": "D", "e": "E"]

    static let containers = [
        Vector("80", []), Vector("83010203", [1, 2, 3]), Vector("8301820203820405", [1, [2, 3], [4, 5]]),
        Vector("98190102030405060708090a0b0c0d0e0f101112131415161718181819", oneTo25), Vector("a0", [:]),
        Vector("a201020304", [1: 2, 3: 4]), Vector("a26161016162820203", ["a": 1, "b": [2, 3]]),
        Vector("826161a161626163", ["a", ["b": "c"]]), Vector("a56161614161626142616361436164614461656145", letters),
        Vector("9fff", [], preferred: false),
        Vector("9f018202039f0405ffff", [1, [2, 3], [4, 5]], preferred: false),
        Vector("9f01820203820405ff", [1, [2, 3], [4, 5]], preferred: false),
        Vector("83018202039f0405ff", [1, [2, 3], [4, 5]], preferred: false),
        Vector("83019f0203ff820405", [1, [2, 3], [4, 5]], preferred: false),
        Vector("9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff", oneTo25, preferred: false),
        Vector("bf61610161629f0203ffff", ["a": 1, "b": [2, 3]], preferred: false),
        Vector("826161bf61626163ff", ["a", ["b": "c"]], preferred: false),
        Vector("bf6346756ef563416d7421ff", ["Fun": true, "Amt": -2], preferred: false),
    ]

    @Test("is decoded to the tree that the RFC shows", arguments: integers + floats + simpleAndTagged)
    func scalars(_ vector: Vector) throws { try expect(vector) }

    @Test("strings and containers are decoded to the tree that the RFC shows", arguments: strings + containers)
    func structures(_ vector: Vector) throws { try expect(vector) }

    private func expect(_ vector: Vector) throws {
        let bytes = [UInt8](hex: vector.hex)
        #expect(try ValueTree(decoding: bytes) == vector.tree)
        #expect((vector.tree.encoded == bytes) == vector.isPreferred)
        #expect(try ValueTree(decoding: vector.tree.encoded) == vector.tree)
    }

    @Test("the table has each of the 81 examples once")
    func count() {
        let all = Self.integers + Self.floats + Self.simpleAndTagged + Self.strings + Self.containers
        #expect(Set(all.map(\.hex)).count == 81)
    }
}
