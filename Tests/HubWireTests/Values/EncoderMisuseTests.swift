// SPDX-License-Identifier: Apache-2.0

import HubWire
import Testing

/// Types that break the rules of `Encoder` get an error, or the obvious meaning, and never trap.
@Suite struct EncoderMisuseTests {
    /// A value that is encoded by a closure.
    private struct Value: Encodable {
        let body: (any Encoder) throws -> Void

        func encode(to encoder: any Encoder) throws { try body(encoder) }
    }

    private func encode(_ body: @escaping (any Encoder) throws -> Void) throws -> String {
        try ValueEncoder().encode(Value(body: body)).hex
    }

    @Test("a type that asks for no container, or writes nothing into one, is an empty map or what it asked for")
    func nothingWritten() throws {
        #expect(try encode { _ in } == "a0")
        #expect(try encode { _ = $0.singleValueContainer() } == "a0")
        #expect(try encode { _ = $0.container(keyedBy: PlainKey.self) } == "a0")
        #expect(try encode { _ = $0.unkeyedContainer() } == "80")
        let nested = try encode { encoder in
            var array = encoder.unkeyedContainer()
            _ = array.superEncoder()
            _ = array.nestedUnkeyedContainer()
            _ = array.nestedContainer(keyedBy: PlainKey.self)
        }
        #expect(nested == "83a080a0")
    }

    @Test("the same container asked for twice is one: a superclass and its subclass share a map")
    func sharedContainer() throws {
        let hex = try encode { encoder in
            try Pairs(keys: ["a"]).encode(to: encoder)
            try Pairs(keys: ["b"]).encode(to: encoder)
        }
        #expect(hex == "a2616101616201")
        #expect(reason { _ = try ValueEncoder().encode(Twice()) } == .duplicateKey)
    }

    @Test("keys that were moved into an earlier map are still told apart, and still lead to it")
    func movedKeys() throws {
        func write(_ names: [String], last: String, _ encoder: any Encoder) throws {
            var list = encoder.unkeyedContainer()
            var first = list.nestedContainer(keyedBy: PlainKey.self)
            var second = list.nestedContainer(keyedBy: PlainKey.self)
            for (index, name) in names.enumerated() {
                try second.encode(index, forKey: PlainKey("between \(index)"))
                var deep = first.nestedUnkeyedContainer(forKey: PlainKey(name))
                try second.encode(index, forKey: PlainKey("behind \(index)"))
                try deep.encode(index)
                #expect(deep.codingPath.map(\.stringValue) == ["0", name])
            }
            let inner = second.nestedUnkeyedContainer(forKey: PlainKey(last))
            try first.encode(0, forKey: PlainKey("end"))
            #expect(inner.codingPath.map(\.stringValue) == ["1", last])
        }
        for count in [2, 5, 16, 17, 40] {
            let names = (0..<count).map { "a rather long name \($0)" }
            let bytes = try ValueEncoder().encode(Value { try write(names, last: "last", $0) })
            guard case .array(let maps) = try ValueTree(decoding: bytes) else { return }
            let expected = names.enumerated().map { ValueTree.Entry(.text($1), [.unsigned(UInt64($0))]) }
            #expect(maps.first == .map(expected + [ValueTree.Entry("end", 0)]))
            for (names, last) in [(names + [names[1]], "last"), (names, "between 0"), (names, "behind 1")] {
                #expect(reason { _ = try encode { try write(names, last: last, $0) } } == .duplicateKey)
            }
        }
    }

    @Test("heads of any length fit into containers that were opened in one order and stand in another")
    func movedHeads() throws {
        for (early, late) in [(1, 1), (23, 24), (24, 23), (24, 24), (300, 25), (25, 300), (70_000, 2)] {
            let bytes = try ValueEncoder().encode(
                Value { encoder in
                    var list = encoder.unkeyedContainer()
                    var first = list.nestedUnkeyedContainer()
                    var second = list.nestedContainer(keyedBy: PlainKey.self)
                    var deep = first.nestedUnkeyedContainer()
                    for number in 0..<late { try second.encode(number, forKey: PlainKey("\(number)")) }
                    for _ in 0..<early { try deep.encodeNil() }
                })
            let entries = (0..<late).map { ValueTree.Entry(.text("\($0)"), .unsigned(UInt64($0))) }
            let deep = ValueTree.array(Array(repeating: nil, count: early))
            #expect(try ValueTree(decoding: bytes) == [[deep], .map(entries)])
        }
    }

    @Test("containers of two kinds for one place are refused")
    func twoKinds() {
        let misuses: [(any Encoder) throws -> Void] = [
            { encoder in
                _ = encoder.container(keyedBy: PlainKey.self)
                var array = encoder.unkeyedContainer()
                try? array.encode(1)
            },
            { encoder in
                _ = encoder.unkeyedContainer()
                var map = encoder.container(keyedBy: PlainKey.self)
                _ = map.nestedUnkeyedContainer(forKey: PlainKey("a"))
            },
            { encoder in
                var single = encoder.singleValueContainer()
                try single.encode(1)
                try single.encode(2)
            },
            { encoder in
                var single = encoder.singleValueContainer()
                try single.encodeNil()
                var map = encoder.container(keyedBy: PlainKey.self)
                var nested = map.nestedContainer(keyedBy: PlainKey.self, forKey: PlainKey("b"))
                try? nested.encode(1, forKey: PlainKey("c"))
            },
            { encoder in
                _ = encoder.unkeyedContainer()
                var single = encoder.singleValueContainer()
                try single.encode([1])
            },
        ]
        for (index, misuse) in misuses.enumerated() {
            #expect(reason { _ = try encode(misuse) } == .placeTaken, "misuse \(index)")
        }
    }

    @Test("a container that is used after its value was finished writes nothing")
    func escaped() throws {
        final class Shelf {
            var map: KeyedEncodingContainer<PlainKey>?
            var encoder: (any Encoder)?
        }
        let shelf = Shelf()
        let keeper = Value { encoder in
            shelf.map = encoder.container(keyedBy: PlainKey.self)
            shelf.encoder = encoder
        }
        let hex = try encode { encoder in
            var array = encoder.unkeyedContainer()
            try array.encode(keeper)
            #expect(reason { try shelf.map?.encode(1, forKey: PlainKey("a")) } == .containerClosed)
            try array.encode(Nothing())
            #expect(reason { try shelf.map?.encode(1, forKey: PlainKey("a")) } == .containerClosed)
        }
        #expect(hex == "82a0a0")
        #expect(reason { try shelf.map?.encode(1, forKey: PlainKey("a")) } == .containerClosed)
        #expect(shelf.map?.codingPath.isEmpty == true)
        _ = shelf.encoder?.unkeyedContainer()
        _ = shelf.map?.nestedContainer(keyedBy: PlainKey.self, forKey: PlainKey("b"))
    }

    @Test("an outer container cannot be written to while a value inside it is being encoded")
    func outerInUse() throws {
        let hex = try encode { encoder in
            var array = encoder.unkeyedContainer()
            let outer = array
            try array.encode(
                Value { inner in
                    var outer = outer
                    #expect(reason { try outer.encode(1) } == .containerClosed)
                    var single = inner.singleValueContainer()
                    try single.encode(2)
                })
        }
        #expect(hex == "8102")
    }

    @Test("a type that wraps itself in itself for ever is too deep")
    func endless() {
        struct Endless: Encodable {
            func encode(to encoder: any Encoder) throws {
                var container = encoder.singleValueContainer()
                try container.encode(self)
            }
        }
        #expect(reason { _ = try ValueEncoder().encode(Endless()) } == .tooDeep)
        #expect(reason { _ = try ValueEncoder().encode([Endless()]) } == .tooDeep)
    }

    @Test("an object that holds itself is too deep")
    func circle() {
        final class Ring: Encodable {
            var next: Ring?
        }
        let ring = Ring()
        ring.next = ring
        defer { ring.next = nil }
        #expect(reason { _ = try ValueEncoder().encode(ring) } == .tooDeep)
    }

    @Test("nested containers without end are too deep, though opening one cannot throw")
    func endlessContainers() {
        let result = reason {
            _ = try encode { encoder in
                var containers = [encoder.unkeyedContainer()]
                for _ in 0..<10_000 { containers.append(containers[containers.count - 1].nestedUnkeyedContainer()) }
            }
        }
        #expect(result == .tooDeep)
    }

    @Test("an error that a type throws arrives as the cause, and the place with it")
    func foreignErrors() throws {
        struct Own: Error, Equatable {}
        let error = #expect(throws: ValueError.self) { try encode { _ in throw Own() } }
        #expect(error?.reason == .refusedByType)
        #expect(error?.cause as? Own == Own())
        let invalid = #expect(throws: ValueError.self) {
            try encode { encoder in
                let path = [PlainKey("a"), PlainKey("b")]
                throw EncodingError.invalidValue("secret", .init(codingPath: path, debugDescription: "secret"))
            }
        }
        #expect(invalid?.path == "a.b")
        #expect(invalid.map { "\($0)" }?.contains("secret") == false)
    }

    @Test("the coding path of each container leads to it")
    func codingPaths() throws {
        let hex = try encode { encoder in
            #expect(encoder.codingPath.isEmpty)
            var map = encoder.container(keyedBy: PlainKey.self)
            try map.encode(1, forKey: PlainKey("zero"))
            var array = map.nestedUnkeyedContainer(forKey: PlainKey("list"))
            try array.encode(7)
            let inner = array.nestedContainer(keyedBy: PlainKey.self)
            let above = map.superEncoder()
            #expect(array.codingPath.map(\.stringValue) == ["list"])
            #expect(inner.codingPath.map(\.stringValue) == ["list", "1"])
            #expect(inner.codingPath.last?.intValue == 1)
            #expect(above.codingPath.map(\.stringValue) == ["super"])
            try array.encode(
                Value { #expect($0.codingPath.map(\.stringValue) == ["list", "2"]) })
        }
        #expect(hex == "a3647a65726f01646c6973748307a0a0657375706572a0")
    }
}
