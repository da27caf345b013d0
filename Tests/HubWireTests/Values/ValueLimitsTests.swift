// SPDX-License-Identifier: Apache-2.0

import HubCore
import HubWire
import Testing

/// Each limit, met and passed by one, on both sides: what one writes the other reads.
@Suite struct ValueLimitsTests {
    private func encoding(_ value: some Encodable, _ limits: ValueLimits) -> ValueError.Reason? {
        reason { _ = try ValueEncoder(limits: limits).encode(value) }
    }

    private func decoding<T: Decodable>(_ type: T.Type, _ bytes: [UInt8], _ limits: ValueLimits) -> ValueError.Reason? {
        reason { _ = try ValueDecoder(limits: limits).decode(type, from: bytes) }
    }

    /// Expects that exactly the limits which are `enough` admit the value, in both directions.
    private func expect<T: Codable>(
        _ value: T, enough: ValueLimits, tooFew: ValueLimits, _ refusal: ValueError.Reason
    ) throws {
        let bytes = try ValueEncoder().encode(value)
        #expect(encoding(value, enough) == nil)
        #expect(decoding(T.self, bytes, enough) == nil)
        #expect(encoding(value, tooFew) == refusal)
        #expect(decoding(T.self, bytes, tooFew) == refusal)
        #expect(reason { _ = try ValueTree(decoding: bytes, limits: tooFew) } == refusal)
    }

    @Test("depth counts arrays, maps and tags inside each other")
    func depth() throws {
        func expect<T: Codable>(_ value: T, depth: Int) throws {
            let enough = ValueLimits(depth: depth)
            try self.expect(value, enough: enough, tooFew: ValueLimits(depth: depth - 1), .tooDeep)
        }
        try expect([1], depth: 1)
        try expect([[[Int]]](), depth: 1)
        try expect([[[7]]], depth: 3)
        try expect(["a": ["b": [true]]], depth: 3)
        try expect(Int128.max, depth: 1)
        try expect(["big": [Int128.min]], depth: 3)
        try expect(Shapes.Command.sample, depth: 2)
        try expect([Shapes.Order.sample], depth: 4)
        try expect([Shapes.Order.sample.customer as Shapes.Five?, nil], depth: 2)
        #expect(reason { _ = try ValueTree(decoding: [0xC1, 0xC1, 0x00], limits: ValueLimits(depth: 1)) } == .tooDeep)
    }

    @Test("elements count all items, keys included")
    func elements() throws {
        func expect<T: Codable>(_ value: T, elements: Int) throws {
            let enough = ValueLimits(elements: elements)
            try self.expect(value, enough: enough, tooFew: ValueLimits(elements: elements - 1), .tooManyElements)
        }
        try expect(1, elements: 1)
        try expect([1, 2, 3], elements: 4)
        try expect(["a": [1, 2]], elements: 5)
        try expect([Int128.max], elements: 3)
        try expect(Shapes.Command.sample, elements: 7)
        try expect(Shapes.Order.sample, elements: 37)
    }

    @Test("bytes count the whole value")
    func bytes() throws {
        for value in [Shapes.Order.sample, Shapes.Order(id: "", customer: .sample, lines: [], tags: [:])] {
            let size = try ValueEncoder().encode(value).count
            try expect(value, enough: ValueLimits(bytes: size), tooFew: ValueLimits(bytes: size - 1), .tooLarge)
        }
        let long = String(repeating: "x", count: 100_000)
        try expect(long, enough: ValueLimits(bytes: 100_005), tooFew: ValueLimits(bytes: 100_004), .tooLarge)
        try expect(Array(0..<3_000), enough: ValueLimits(bytes: 8_723), tooFew: ValueLimits(bytes: 8_722), .tooLarge)
    }

    @Test("a prefix is bounded by its own length, not by what follows")
    func prefix() throws {
        let bytes: [UInt8] = [0x82, 1, 2] + Array(repeating: 0, count: 100)
        var offset = 0
        _ = try ValueDecoder(limits: ValueLimits(bytes: 3)).decodePrefix([Int].self, from: bytes, at: &offset)
        #expect(offset == 3)
        let tight = ValueDecoder(limits: ValueLimits(bytes: 2))
        offset = 0
        #expect(reason { _ = try tight.decodePrefix([Int].self, from: bytes, at: &offset) } == .tooLarge)
    }

    @Test("the standard limits are those of the product")
    func standard() {
        #expect(ValueLimits.standard.depth == Limits.valueDepth)
        #expect(ValueLimits.standard.elements == Limits.valueElements)
        #expect(ValueLimits.standard.bytes == Limits.valueBytes)
        #expect(decoding(Nothing.self, Array(repeating: 0x81, count: 64) + [0xF6], .standard) == nil)
        #expect(decoding(Nothing.self, Array(repeating: 0x81, count: 65) + [0xF6], .standard) == .tooDeep)
    }

    @Test("limits that no machine could keep are cut down")
    func absurd() {
        let most = ValueLimits(depth: .max, elements: .max, bytes: .max)
        #expect(most.depth == 256)
        #expect(ValueLimits(depth: -1, elements: -1, bytes: -1) == ValueLimits(depth: 0, elements: 0, bytes: 0))
        #expect(encoding(1, ValueLimits(depth: 0, elements: 0, bytes: 0)) == .tooManyElements)
        #expect(encoding(1, ValueLimits(elements: 1, bytes: 0)) == .tooLarge)
        #expect(decoding(Nothing.self, Array(repeating: 0x81, count: 256) + [0xF6], most) == nil)
        #expect(reason { _ = try ValueTree(decoding: Array(repeating: 0xC1, count: 256) + [0], limits: most) } == nil)
        #expect(decoding(Nothing.self, Array(repeating: 0x81, count: 257) + [0xF6], most) == .tooDeep)
    }
}
