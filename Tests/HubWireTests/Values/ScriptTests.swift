// SPDX-License-Identifier: Apache-2.0

import HubCore
import HubWire
import TestSupport
import Testing

/// Types that use their containers in any order, against a model that knows only trees.
@Suite(.computing) struct ScriptTests {
    @Test("containers opened beside each other and used in any order get what was written into each", arguments: 0..<40)
    func anyOrder(_ block: UInt64) throws {
        for seed in block * 10..<block * 10 + 10 {
            let script = Script(seed: seed)
            let bytes = try ValueEncoder().encode(script)
            #expect(try ValueTree(decoding: bytes) == script.model.tree, "seed \(seed)")
        }
    }
}

/// A value that opens containers and writes into whichever of them chance picks, long after siblings were opened.
private struct Script: Encodable {
    let seed: UInt64
    let model = Node()
    private let mayOpen = Flag()

    private final class Flag {
        var value = true
    }

    init(seed: UInt64) { self.seed = seed }

    /// What ought to come out.
    final class Node {
        enum Kind { case open, scalar(ValueTree), map, array }

        var kind = Kind.open
        var children: [(key: String, node: Node)] = []

        var tree: ValueTree {
            switch kind {
            case .open: [:]
            case .scalar(let tree): tree
            case .map: .map(children.map { ValueTree.Entry(.text($0.key), $0.node.tree) })
            case .array: .array(children.map { $0.node.tree })
            }
        }
    }

    private enum Place {
        case encoder(any Encoder)
        case map(KeyedEncodingContainer<PlainKey>)
        case array(any UnkeyedEncodingContainer)
    }

    func encode(to encoder: any Encoder) throws {
        var random = SeededGenerator(seed: seed)
        model.kind = .open
        model.children = []
        var places: [(place: Place, node: Node)] = [(.encoder(encoder), model)]
        // Every third script has a few containers of many entries, whose heads are longer than a byte.
        let isWide = seed.isMultiple(of: 3)
        for _ in 0..<Int.random(in: 1...(isWide ? 250 : 60), using: &random) {
            let index = Int.random(in: 0..<places.count, using: &random)
            mayOpen.value = !isWide || places.count < 5
            if let opened = try step(&places[index], &random) { places.append(opened) }
        }
    }

    private func step(_ place: inout (place: Place, node: Node), _ random: inout SeededGenerator) throws
        -> (place: Place, node: Node)?
    {
        switch place.place {
        case .encoder(let encoder):
            return try begin(encoder, place.node, &random)
        case .map(var container):
            let key = PlainKey("k\(place.node.children.count)")
            let node = Node()
            #expect(throws: CancellationError.self) { try container.encode(Payload.failing, forKey: key) }
            place.node.children.append((key.stringValue, node))
            let opened = try write(&container, key, node, &random)
            place.place = .map(container)
            return opened.map { ($0, node) }
        case .array(var container):
            let node = Node()
            #expect(throws: CancellationError.self) { try container.encode(Payload.failing) }
            #expect(container.count == place.node.children.count)
            place.node.children.append(("", node))
            let opened = try write(&container, node, &random)
            place.place = .array(container)
            return opened.map { ($0, node) }
        }
    }

    private func begin(_ encoder: any Encoder, _ node: Node, _ random: inout SeededGenerator) throws
        -> (place: Place, node: Node)?
    {
        switch (node.kind, Int.random(in: 0..<4, using: &random)) {
        case (.open, 0):
            let value = Payload.random(&random)
            var container = encoder.singleValueContainer()
            #expect(throws: CancellationError.self) { try container.encode(Payload.failing) }
            try container.encode(value)
            node.kind = .scalar(value.tree)
            return nil
        case (.open, 1), (.array, _):
            node.kind = .array
            return (.array(encoder.unkeyedContainer()), node)
        case (.open, _), (.map, _):
            node.kind = .map
            return (.map(encoder.container(keyedBy: PlainKey.self)), node)
        default:
            return nil
        }
    }

    private func write(
        _ container: inout KeyedEncodingContainer<PlainKey>, _ key: PlainKey, _ node: Node,
        _ random: inout SeededGenerator
    ) throws -> Place? {
        switch mayOpen.value ? Int.random(in: 0..<6, using: &random) : 5 {
        case 0:
            node.kind = .map
            return .map(container.nestedContainer(keyedBy: PlainKey.self, forKey: key))
        case 1:
            node.kind = .array
            return .array(container.nestedUnkeyedContainer(forKey: key))
        case 2:
            return .encoder(container.superEncoder(forKey: key))
        default:
            let value = Payload.random(&random)
            try container.encode(value, forKey: key)
            node.kind = .scalar(value.tree)
            return nil
        }
    }

    private func write(
        _ container: inout any UnkeyedEncodingContainer, _ node: Node, _ random: inout SeededGenerator
    ) throws -> Place? {
        switch mayOpen.value ? Int.random(in: 0..<6, using: &random) : 5 {
        case 0:
            node.kind = .map
            return .map(container.nestedContainer(keyedBy: PlainKey.self))
        case 1:
            node.kind = .array
            return .array(container.nestedUnkeyedContainer())
        case 2:
            return .encoder(container.superEncoder())
        default:
            let value = Payload.random(&random)
            try container.encode(value)
            node.kind = .scalar(value.tree)
            return nil
        }
    }
}

/// Something to put into a container: one item, or a value with containers of its own.
private indirect enum Payload: Encodable {
    case number(Int)
    case text(Int)
    case list(Int)
    case script(Script)
    /// Throws after it wrote a part of itself.
    case failing

    static func random(_ random: inout SeededGenerator) -> Payload {
        let size = [0, 1, 22, 23, 24, 25, 255, 256, 300].randomElement(using: &random) ?? 0
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return .list(size)
        case 1: return .text(size)
        case 2 where Int.random(in: 0..<4, using: &random) == 0: return .script(Script(seed: random.next() / 3 * 3 + 1))
        default: return .number(size)
        }
    }

    var tree: ValueTree {
        switch self {
        case .number(let number): .unsigned(UInt64(number))
        case .text(let length): .text(String(repeating: "x", count: length))
        case .list(let count): .array((0..<count).map { .unsigned(UInt64($0)) })
        case .script(let script): script.model.tree
        case .failing: nil
        }
    }

    func encode(to encoder: any Encoder) throws {
        if case .failing = self { return try fail(encoder) }
        var container = encoder.singleValueContainer()
        switch self {
        case .number(let number): try container.encode(number)
        case .text(let length): try container.encode(String(repeating: "x", count: length))
        case .list(let count): try container.encode(Array(0..<count))
        case .script(let script): try container.encode(script)
        case .failing: break
        }
    }
}

private func fail(_ encoder: any Encoder) throws {
    var map = encoder.container(keyedBy: PlainKey.self)
    try map.encode(1, forKey: PlainKey("a"))
    var nested = map.nestedUnkeyedContainer(forKey: PlainKey("b"))
    try nested.encode([1, 2, 3])
    try map.encode(2, forKey: PlainKey("c"))
    try nested.encode("late")
    throw CancellationError()
}

/// A key of any name.
struct PlainKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
