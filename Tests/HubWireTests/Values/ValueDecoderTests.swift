// SPDX-License-Identifier: Apache-2.0

import HubWire
import Testing

@Suite struct ValueDecoderTests {
    private func decode<T: Decodable>(_ type: T.Type, _ tree: ValueTree) throws -> T {
        try ValueDecoder().decode(type, from: tree.encoded)
    }

    private func refusal<T: Decodable>(_ type: T.Type, _ tree: ValueTree) -> ValueError.Reason? {
        reason { _ = try decode(type, tree) }
    }

    private func double(_ value: Double) -> ValueTree { .double(value.bitPattern) }

    // MARK: Maps

    @Test("keys may come in any order, and unknown ones are skipped, whatever they hold")
    func keys() throws {
        let five: ValueTree = [
            "comment": nil, "later": ["x": [1, ["y": "z"]]], "score": 2, "active": true, 7: 8, "name": "n",
            .tagged(9, [1]): [:], "id": 1, .bytes([1]): .undefined,
        ]
        let expected = Shapes.Five(id: 1, name: "n", active: true, score: 2, comment: nil)
        #expect(try decode(Shapes.Five.self, five) == expected)
    }

    @Test("a missing key, null and undefined are nil where there may be nothing, and errors elsewhere")
    func absence() throws {
        struct Maybe: Codable, Equatable {
            var a: Int?
            var b: [Int?]
        }
        #expect(try decode(Maybe.self, ["b": [1, nil, .undefined]]) == Maybe(a: nil, b: [1, nil, nil]))
        #expect(try decode(Maybe.self, ["a": .tagged(4, nil), "b": []]) == Maybe(a: nil, b: []))
        #expect(try decode(Maybe.self, ["a": .undefined, "b": []]) == Maybe(a: nil, b: []))
        #expect(refusal(Maybe.self, ["a": 1]) == .missingKey)
        #expect(refusal(Maybe.self, ["b": nil]) == .missingValue)
        #expect(refusal([Int].self, [1, .undefined]) == .missingValue)
    }

    @Test("the keys of a wide map are found in any order")
    func wideMap() throws {
        struct Wide: Decodable {
            init(from decoder: any Decoder) throws {
                let map = try decoder.container(keyedBy: PlainKey.self)
                #expect(map.allKeys.count == 500)
                for step in 0..<500 {
                    let number = step * 77 % 500
                    #expect(try map.decode(Int.self, forKey: PlainKey("key \(number)")) == number)
                }
                #expect(!map.contains(PlainKey("key 500")))
                #expect(!map.contains(PlainKey("")))
            }
        }
        let entries = (0..<500).map { ValueTree.Entry(.text("key \($0)"), .unsigned(UInt64($0))) }
        let more = [ValueTree.Entry(12, 1), ValueTree.Entry([1], 1)]
        _ = try decode(Wide.self, .map(entries + more))
    }

    @Test("a key twice is refused in a map of any width, also in a part that nobody reads")
    func duplicates() {
        for count in [1, 15, 16, 17, 40, 1_000] {
            let entries = (0..<count).map { ValueTree.Entry(.text("the key number \($0)"), 1) }
            for repeated in [0, count / 2, count - 1] {
                let map = ValueTree.map(entries + [entries[repeated]])
                #expect(refusal(Nothing.self, map) == .duplicateKey)
                #expect(refusal(Nothing.self, ["unknown": [map]]) == .duplicateKey)
            }
            #expect(refusal(Nothing.self, .map(entries)) == nil)
        }
    }

    @Test("a container answers about its keys and elements as the protocols say")
    func containers() throws {
        struct Asking: Decodable {
            init(from decoder: any Decoder) throws {
                let map = try decoder.container(keyedBy: PlainKey.self)
                #expect(map.allKeys.map(\.stringValue) == ["list", "none", "deep", "super"])
                #expect(map.contains(PlainKey("none")) && !map.contains(PlainKey("non")))
                #expect(try map.decodeNil(forKey: PlainKey("none")))
                #expect(try !map.decodeNil(forKey: PlainKey("list")))
                #expect(innerReason({ _ = try map.decodeNil(forKey: PlainKey("other")) }) == .missingKey)
                #expect(try map.decodeIfPresent(Int.self, forKey: PlainKey("other")) == nil)
                #expect(try map.decodeIfPresent([Int].self, forKey: PlainKey("list")) == [5, 6])
                let deep = try map.nestedContainer(keyedBy: PlainKey.self, forKey: PlainKey("deep"))
                #expect(deep.codingPath.map(\.stringValue) == ["deep"])
                #expect(try deep.decode(String.self, forKey: PlainKey("k")) == "v")
                try walk(map.nestedUnkeyedContainer(forKey: PlainKey("list")))
                #expect(try map.superDecoder().singleValueContainer().decode(Int.self) == 9)
                #expect(try map.superDecoder(forKey: PlainKey("deep")).codingPath.map(\.stringValue) == ["deep"])
                #expect(innerReason({ _ = try map.superDecoder(forKey: PlainKey("gone")) }) == .missingKey)
            }

            func walk(_ list: any UnkeyedDecodingContainer) throws {
                var list = list
                #expect(list.count == 2 && list.currentIndex == 0 && !list.isAtEnd)
                #expect(try !list.decodeNil())
                #expect(innerReason({ _ = try list.decode(String.self) }) == .wrongType)
                #expect(try list.decode(Int.self) == 5)
                #expect(list.currentIndex == 1)
                #expect(try list.superDecoder().singleValueContainer().decode(Int.self) == 6)
                #expect(list.isAtEnd && list.currentIndex == 2)
                #expect(innerReason({ _ = try list.decode(Int.self) }) == .noMoreElements)
                #expect(innerReason({ _ = try list.decodeNil() }) == .noMoreElements)
                #expect(try list.decodeIfPresent(Int.self) == nil)
            }
        }
        _ = try decode(Asking.self, ["list": [5, 6], "none": nil, "deep": ["k": "v"], "super": 9])
    }

    @Test("containers opened beside each other are read in any order, and more than once")
    func interleaved() throws {
        struct Both: Decodable {
            init(from decoder: any Decoder) throws {
                let map = try decoder.container(keyedBy: PlainKey.self)
                var first = try map.nestedUnkeyedContainer(forKey: PlainKey("a"))
                var second = try map.nestedUnkeyedContainer(forKey: PlainKey("b"))
                for number in 0..<3 {
                    #expect(try second.decode(Int.self) == 10 + number)
                    #expect(try first.decode([Int].self) == [number])
                }
                #expect(try map.decode([[Int]].self, forKey: PlainKey("a")) == [[0], [1], [2]])
                let again = try decoder.container(keyedBy: PlainKey.self)
                #expect(try again.decode([Int].self, forKey: PlainKey("b")).count == 3)
            }
        }
        _ = try decode(Both.self, ["a": [[0], [1], [2]], "b": [10, 11, 12]])
    }

    // MARK: Numbers

    @Test("an integer is taken from any form that is exactly it, and refused where it does not fit")
    func integers() throws {
        #expect(try decode(UInt8.self, 255) == 255)
        #expect(refusal(UInt8.self, 256) == .numberDoesNotFit)
        #expect(refusal(UInt8.self, -1) == .numberDoesNotFit)
        #expect(refusal(Int8.self, -129) == .numberDoesNotFit)
        #expect(refusal(Int.self, .unsigned(.max)) == .numberDoesNotFit)
        #expect(refusal(Int.self, .negative(UInt64(Int64.max) + 1)) == .numberDoesNotFit)
        #expect(try decode(Int128.self, .negative(.max)) == -(1 << 64))
        #expect(refusal(Int.self, double(1)) == .wrongType)
        #expect(refusal(Int.self, "1") == .wrongType)
        #expect(try ValueDecoder().decode(Int.self, from: [0x1B, 0, 0, 0, 0, 0, 0, 0, 5]) == 5)
        #expect(try decode(Int.self, .tagged(2, .bytes([0, 0, 5]))) == 5)
        #expect(try decode(Int.self, .tagged(55_799, .tagged(3, .bytes([5])))) == -6)
        #expect(try decode(UInt.self, .tagged(2, .bytes([]))) == 0)
        #expect(refusal(UInt128.self, .tagged(2, .bytes([1] + Array(repeating: 0, count: 16)))) == .numberDoesNotFit)
        #expect(refusal(UInt128.self, .tagged(3, .bytes([0]))) == .numberDoesNotFit)
        #expect(refusal(Int128.self, .tagged(3, .bytes(Array(repeating: 255, count: 16)))) == .numberDoesNotFit)
        #expect(refusal(Int.self, .tagged(2, "5")) == .wrongType)
    }

    @Test("a float is taken from any width and from an integer if it is exactly that")
    func floats() throws {
        #expect(try decode(Double.self, 7) == 7)
        #expect(try decode(Double.self, -7) == -7)
        #expect(try decode(Double.self, .unsigned(1 << 53)) == 9_007_199_254_740_992)
        #expect(refusal(Double.self, .unsigned(1 << 53 + 1)) == .numberDoesNotFit)
        #expect(try decode(Double.self, .tagged(2, .bytes([1, 0, 0, 0, 0, 0, 0, 0, 0]))) == 0x1p64)
        #expect(try decode(Float.self, .unsigned(1 << 24)) == 16_777_216)
        #expect(refusal(Float.self, .unsigned(1 << 24 + 1)) == .numberDoesNotFit)
        #expect(try decode(Float.self, double(0.5)) == 0.5)
        #expect(refusal(Float.self, double(0.1)) == .numberDoesNotFit)
        #expect(refusal(Float.self, double(1e300)) == .numberDoesNotFit)
        #expect(try decode(Float.self, .double(0x7FF8_0000_0000_0001)).isNaN)
        #expect(try decode(Double.self, .half(0x3C00)) == 1)
        #expect(refusal(Double.self, true) == .wrongType)
        #expect(refusal(Bool.self, 1) == .wrongType)
        #expect(refusal(Bool.self, .simple(19)) == .wrongType)
    }

    #if !os(macOS) || arch(arm64)
        @Test("a half-width float comes back")
        func halves() throws {
            for value in [Float16(1.5), .infinity, .leastNonzeroMagnitude, -.greatestFiniteMagnitude] {
                try expectRoundTrip(value)
                #expect(try ValueEncoder().encode(value).count == 3)
            }
        }
    #endif

    // MARK: Strings and tags

    @Test("strings in pieces are joined, as keys too")
    func pieces() throws {
        #expect(try ValueDecoder().decode([UInt8].self, from: [UInt8](hex: "5f42010243030405ff")) == [1, 2, 3, 4, 5])
        #expect(try ValueDecoder().decode([UInt8].self, from: [UInt8](hex: "5fff")) == [])
        #expect(try ValueDecoder().decode([String].self, from: [UInt8](hex: "827f6161ff7fff")) == ["a", ""])
        let map = try ValueDecoder().decode([String: Int].self, from: [UInt8](hex: "bf7f61616162ff017f6163ff02ff"))
        #expect(map == ["ab": 1, "c": 2])
    }

    @Test("bytes are not text, text is not bytes, and a list of numbers is neither")
    func stringKinds() {
        #expect(refusal(String.self, .bytes([0x61])) == .wrongType)
        #expect(refusal([UInt8].self, "a") == .wrongType)
        #expect(refusal([UInt8].self, [1, 2]) == .wrongType)
        #expect(refusal([Int].self, .bytes([1])) == .wrongType)
    }

    @Test("unknown tags are passed over to what they hold, everywhere")
    func tags() throws {
        func tagged(_ tree: ValueTree) -> ValueTree { .tagged(100, .tagged(1_000_000, tree)) }
        #expect(try decode(String.self, tagged("x")) == "x")
        #expect(try decode([UInt8].self, tagged(.bytes([1]))) == [1])
        #expect(try decode([[String: Bool]].self, tagged([tagged(["a": tagged(true)])])) == [["a": true]])
        #expect(try decode(Double.self, tagged(1)) == 1)
        #expect(try decode(Int?.self, tagged(nil)) == nil)
    }

    // MARK: Several values in one buffer

    @Test("values one after another are read in turn, each with its own end")
    func prefixes() throws {
        var bytes: [UInt8] = [0xEE]
        try ValueEncoder().encode(300, into: &bytes)
        try ValueEncoder().encode(Shapes.Order.sample, into: &bytes)
        try ValueEncoder().encode("end", into: &bytes)
        let decoder = ValueDecoder()
        var offset = 1
        #expect(try decoder.decodePrefix(Int.self, from: bytes, at: &offset) == 300)
        let before = offset
        #expect(reason { _ = try decoder.decodePrefix(String.self, from: bytes, at: &offset) } == .wrongType)
        #expect(offset == before)
        #expect(try decoder.decodePrefix(Shapes.Order.self, from: bytes, at: &offset) == .sample)
        #expect(try decoder.decodePrefix(String.self, from: bytes, at: &offset) == "end")
        #expect(offset == bytes.count)
        #expect(reason { _ = try decoder.decodePrefix(Int.self, from: bytes, at: &offset) } == .truncated)
        for wrong in [-1, Int.min, Int.max, bytes.count + 1] {
            var offset = wrong
            #expect(reason { _ = try decoder.decodePrefix(Int.self, from: bytes, at: &offset) } == .truncated)
            #expect(offset == wrong)
        }
    }

    // MARK: What else reaches a type

    @Test("what the owner of the codec gave reaches the type's encoder and decoder")
    func userInfo() throws {
        struct Curious: Codable {
            init() {}
            init(from decoder: any Decoder) throws { #expect(decoder.userInfo[.hint] as? String == "in") }
            func encode(to encoder: any Encoder) throws { #expect(encoder.userInfo[.hint] as? String == "out") }
        }
        let bytes = try ValueEncoder(userInfo: { [.hint: "out"] }).encode([Curious()])
        #expect(try ValueDecoder(userInfo: { [.hint: "in"] }).decode([Curious].self, from: bytes).count == 1)
    }

    @Test("a type in the leaf table travels as one byte string, wherever it stands")
    func leaves() throws {
        var leaves = LeafTable()
        leaves.add(Point.self) { point, body in
            try withUnsafeBytes(of: (point.x, point.y)) { try body($0) }
        } decode: { bytes in
            guard bytes.count == 2 else { throw CancellationError() }
            return Point(x: bytes[0], y: bytes[1])
        }
        let encoder = ValueEncoder(leaves: leaves)
        let decoder = ValueDecoder(leaves: leaves)
        let value = ["p": [Point(x: 1, y: 2), nil]]
        let bytes = try encoder.encode(value)
        #expect(try ValueTree(decoding: bytes) == ["p": [.bytes([1, 2]), nil]])
        #expect(try decoder.decode([String: [Point?]].self, from: bytes) == value)
        #expect(try encoder.encode(Point(x: 3, y: 4)) == [0x42, 3, 4])
        #expect(reason { _ = try decoder.decode(Point.self, from: [0x41, 1]) } == .refusedByType)
        #expect(reason { _ = try decoder.decode(Point.self, from: [0x81, 1]) } == .wrongType)
        try expectRoundTrip(Point(x: 1, y: 2))
    }

    @Test("a decoder that outlives its call finds nothing and does not trap")
    func escaped() throws {
        final class Shelf: @unchecked Sendable {
            var decoder: (any Decoder)?
            var map: KeyedDecodingContainer<PlainKey>?
            var list: (any UnkeyedDecodingContainer)?
        }
        struct Keeper: Decodable {
            init(from decoder: any Decoder) throws {
                let shelf = decoder.userInfo[.hint] as? Shelf
                shelf?.decoder = decoder
                shelf?.map = try decoder.container(keyedBy: PlainKey.self)
                shelf?.list = try shelf?.map?.nestedUnkeyedContainer(forKey: PlainKey("l"))
            }
        }
        let shelf = Shelf()
        _ = try ValueDecoder(userInfo: { [.hint: shelf] }).decode(Keeper.self, from: (["l": [1]] as ValueTree).encoded)
        #expect(innerReason({ _ = try shelf.decoder?.container(keyedBy: PlainKey.self) }) == .containerClosed)
        #expect(innerReason({ _ = try shelf.decoder?.singleValueContainer().decode([Int].self) }) == .containerClosed)
        #expect(try shelf.decoder?.singleValueContainer().decodeNil() == false)
        #expect(shelf.decoder?.codingPath.isEmpty == true)
        #expect(shelf.map?.allKeys.isEmpty == true && shelf.map?.contains(PlainKey("l")) == false)
        #expect(shelf.list?.isAtEnd == true && shelf.list?.count == 0)
        #expect(innerReason({ _ = try shelf.list?.decode(Int.self) }) == .noMoreElements)
    }

    @Test("a type that asks for itself in its own place for ever is too deep")
    func endless() {
        struct Endless: Decodable {
            init(from decoder: any Decoder) throws { self = try decoder.singleValueContainer().decode(Endless.self) }
        }
        #expect(refusal(Endless.self, 1) == .tooDeep)
    }

    // MARK: Errors

    @Test("an error names the place and the reason, and never shows the value")
    func errors() throws {
        var order = try ValueTree(decoding: ValueEncoder().encode(Shapes.Order.sample))
        guard case .map(var entries) = order else { return }
        entries[2].value = [["sku": "secret", "count": "secret", "price": 1]]
        order = .map(entries)
        let error = #expect(throws: ValueError.self) { try decode(Shapes.Order.self, order) }
        #expect(error?.path == "lines[0].count")
        #expect(error?.reason == .wrongType)
        #expect(error.map { order.encoded[$0.offset] } == 0x66, "the offset is the head of the text")
        #expect(error.map { "\($0)" }?.contains("secret") == false)
        let colour = #expect(throws: ValueError.self) { try decode([Colour].self, ["red", "secret"]) }
        #expect(colour?.reason == .refusedByType && colour?.path == "[1]")
        #expect(colour?.cause is DecodingError)
        #expect(colour.map { "\($0)" }?.contains("secret") == false)
        let missing = #expect(throws: ValueError.self) { try decode([Shapes.Five].self, [["id": 1]]) }
        #expect(missing?.path == "[0].name" && missing?.reason == .missingKey)
    }

    @Test("a type may catch what its decoder throws as the standard library's error, and go on")
    func caught() throws {
        struct Either: Decodable {
            let text: String
            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                do {
                    text = "\(try container.decode(Int.self))"
                } catch DecodingError.typeMismatch {
                    text = try container.decode(String.self)
                }
            }
        }
        #expect(try decode([Either].self, [1, "a"]).map(\.text) == ["1", "a"])
    }
}

extension CodingUserInfoKey {
    // The initializer gives nothing only in theory.
    fileprivate static var hint: CodingUserInfoKey { CodingUserInfoKey(rawValue: "hint")! }
}

private struct Point: Codable, Hashable {
    var x: UInt8
    var y: UInt8
}

/// The reason inside the standard library's error that a type sees.
private func innerReason(_ body: () throws -> Void) -> ValueError.Reason? {
    do {
        try body()
        return nil
    } catch let DecodingError.typeMismatch(_, context) {
        return (context.underlyingError as? ValueError)?.reason
    } catch let DecodingError.valueNotFound(_, context) {
        return (context.underlyingError as? ValueError)?.reason
    } catch let DecodingError.keyNotFound(_, context) {
        return (context.underlyingError as? ValueError)?.reason
    } catch let DecodingError.dataCorrupted(context) {
        return (context.underlyingError as? ValueError)?.reason
    } catch {
        return nil
    }
}
