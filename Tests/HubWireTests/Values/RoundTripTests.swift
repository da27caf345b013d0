// SPDX-License-Identifier: Apache-2.0

import HubWire
import Testing

/// Shapes that `Codable` types have beyond those of `Shapes`.
@Suite struct RoundTripTests {
    class Animal: Codable {
        var name: String
        init(name: String) { self.name = name }
    }

    /// Shares its superclass's map.
    final class Cat: Animal {
        var lives: Int
        private enum CodingKeys: CodingKey { case lives }

        init(name: String, lives: Int) {
            self.lives = lives
            super.init(name: name)
        }

        required init(from decoder: any Decoder) throws {
            lives = try decoder.container(keyedBy: CodingKeys.self).decode(Int.self, forKey: .lives)
            try super.init(from: decoder)
        }

        override func encode(to encoder: any Encoder) throws {
            try super.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(lives, forKey: .lives)
        }
    }

    /// Gives its superclass a place of its own.
    final class Dog: Animal {
        var toys: [String]
        private enum CodingKeys: CodingKey { case toys }

        init(name: String, toys: [String]) {
            self.toys = toys
            super.init(name: name)
        }

        required init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            toys = try container.decode([String].self, forKey: .toys)
            try super.init(from: container.superDecoder())
        }

        override func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            let above = container.superEncoder()
            try container.encode(toys, forKey: .toys)
            try super.encode(to: above)
        }
    }

    @Test("a class and its superclass come back, in one map or in two")
    func classes() throws {
        let cat = try ValueEncoder().encode(Cat(name: "Tom", lives: 9))
        #expect(try ValueTree(decoding: cat) == ["name": "Tom", "lives": 9])
        let again = try ValueDecoder().decode(Cat.self, from: cat)
        #expect(again.name == "Tom" && again.lives == 9)
        let dog = try ValueEncoder().encode(Dog(name: "Rex", toys: ["ball"]))
        #expect(try ValueTree(decoding: dog) == ["super": ["name": "Rex"], "toys": ["ball"]])
        let back = try ValueDecoder().decode(Dog.self, from: dog)
        #expect(back.name == "Rex" && back.toys == ["ball"])
    }

    struct Widths: Codable, Hashable {
        var i8: Int8 = .min, i16: Int16 = .min, i32: Int32 = .min, i64: Int64 = .min, i128: Int128 = .min
        var u8: UInt8 = .max, u16: UInt16 = .max, u32: UInt32 = .max, u64: UInt64 = .max, u128: UInt128 = .max
        var word = Int.min, size = UInt.max
        var float: Float = 0.1, double = 0.1, flag = true, text = "ü\u{0}\u{10151}", bytes: [UInt8] = [0, 255]
        var maybe: Int8?, some: Float? = 1.5, list: [Int16?] = [1, nil, -300], row: ContiguousArray<UInt8> = [1, 2]
        var set: Set<String> = ["a", "b"], pairs: [Colour: Int] = [.red: 1, .green: 2], range = 1..<5
        var lists: [[UInt64]] = [[], [.max]], single: [Bool] = [true], optional: [String: Double?] = ["x": nil, "y": 2]
    }

    @Test("every width of number, and the standard library's own collections, come back")
    func widths() throws { try expectRoundTrip(Widths()) }

    @Test("each element of an array of each scalar type comes back")
    func arrays() throws {
        try expectRoundTrip([Int8.min, .max])
        try expectRoundTrip([Int16.min, .max])
        try expectRoundTrip([Int32.min, .max])
        try expectRoundTrip([Int64.min, .max])
        try expectRoundTrip([Int128.min, .max])
        try expectRoundTrip([UInt16.min, .max])
        try expectRoundTrip([UInt32.min, .max])
        try expectRoundTrip([UInt64.min, .max])
        try expectRoundTrip([UInt128.min, .max])
        try expectRoundTrip([UInt.min, .max])
        try expectRoundTrip([Float.leastNonzeroMagnitude, .greatestFiniteMagnitude, .infinity])
        try expectRoundTrip([Double.leastNonzeroMagnitude, .greatestFiniteMagnitude, -.infinity])
        try expectRoundTrip([true, false])
        try expectRoundTrip(["", "a", String(repeating: "ü", count: 70_000)])
        try expectRoundTrip([[UInt8](), Array(repeating: 7, count: 70_000)])
        try expectRoundTrip(Dictionary(uniqueKeysWithValues: (0..<1_000).map { ("\($0)", $0) }))
        try expectRoundTrip(Dictionary(uniqueKeysWithValues: (0..<1_000).map { ($0, "\($0)") }))
    }

    @Test("deep structures of one type come back")
    func recursion() throws {
        struct Tree: Codable, Hashable {
            var value: Int
            var children: [Tree] = []
        }
        var tree = Tree(value: 0)
        for depth in 1...30 { tree = Tree(value: depth, children: [tree, Tree(value: -depth)]) }
        try expectRoundTrip(tree)
    }

    /// Reads and writes itself with other types in one place: the decoder is asked several times.
    @Test("a value that tries several forms of itself in one place finds the one that it is")
    func severalForms() throws {
        enum Mixed: Codable, Hashable {
            case number(Int), list([Mixed]), named([String: Mixed])

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let number = try? container.decode(Int.self) {
                    self = .number(number)
                } else if let list = try? container.decode([Mixed].self) {
                    self = .list(list)
                } else {
                    self = .named(try container.decode([String: Mixed].self))
                }
            }

            func encode(to encoder: any Encoder) throws {
                var container = encoder.singleValueContainer()
                switch self {
                case .number(let number): try container.encode(number)
                case .list(let list): try container.encode(list)
                case .named(let named): try container.encode(named)
                }
            }
        }
        let value: Mixed = .list([.number(1), .named(["a": .list([]), "b": .number(-7)]), .list([.list([])])])
        try expectRoundTrip(value)
        #expect(try ValueDecoder().decode([Mixed].self, from: [0x81, 0x01]) == [.number(1)])
        #expect(reason { _ = try ValueDecoder().decode([Mixed].self, from: [0x81, 0x60]) } == .wrongType)
    }
}
