// SPDX-License-Identifier: Apache-2.0

import HubCore
import Testing

@testable import HubWire

@Suite struct FloatFormsTests {
    @Test("every 16-bit float widens to one that narrows to the same bits")
    func allHalves() {
        for bits in UInt16.min...UInt16.max {
            let wide = FloatForms.widened(half: bits)
            let single = FloatForms.single(exactly: wide)
            #expect(single.flatMap(FloatForms.half(exactly:)) == bits)
            #expect(single.map(FloatForms.widened(single:)) == wide)
        }
    }

    #if !os(macOS) || arch(arm64)
        @Test("every 16-bit number means what the standard library says")
        func halvesAgree() {
            for bits in UInt16.min...UInt16.max {
                let half = Float16(bitPattern: bits)
                if half.isNaN { continue }
                #expect(Double(bitPattern: FloatForms.widened(half: bits)) == Double(half))
            }
        }
    #endif

    @Test("a float narrows when and only when nothing is lost")
    func narrowing() {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<20_000 {
            let single = UInt32.random(in: .min ... .max, using: &random)
            let wide = FloatForms.widened(single: single)
            #expect(FloatForms.single(exactly: wide) == single)
            let fits = FloatForms.half(exactly: single).map { FloatForms.widened(half: $0) == wide }
            #expect(fits != false)
            let double = UInt64.random(in: .min ... .max, using: &random)
            let narrow = FloatForms.single(exactly: double)
            #expect(narrow.map { FloatForms.widened(single: $0) == double } != false)
        }
        #expect(FloatForms.single(exactly: (0.1).bitPattern) == nil)
        #expect(FloatForms.half(exactly: Float(65_520).bitPattern) == nil)
        #expect(FloatForms.half(exactly: Float(0x1p-25).bitPattern) == nil)
        #expect(FloatForms.half(exactly: Float(0x1.8p-24).bitPattern) == nil)
        #expect(FloatForms.half(exactly: Float(0x1p-24).bitPattern) == 1)
        #expect(FloatForms.half(exactly: Float(0x1.ff8p-15).bitPattern) == 0x03FF)
        #expect(FloatForms.single(exactly: 0x7FF0_0000_0000_0001) == nil, "the payload of a NaN does not fit")
    }
}

@Suite struct TextBytesTests {
    @Test("UTF-8 is what the standard library takes it for")
    func validity() {
        var random = SeededGenerator(seed: 2)
        let pieces = [
            "61", "617363696920", "6c657474657273206f6e6c79", "c3bc", "e6b0b4", "f0908591", "c080", "eda080", "ed9fbf",
            "f48fbfbf", "f4908080", "e08080", "e0a080", "f0808080", "f5", "80", "c3", "e6b0", "f09085", "ff",
        ].map { [UInt8](hex: $0) }
        for _ in 0..<20_000 {
            var text: [UInt8] = []
            for _ in 0..<Int.random(in: 0...4, using: &random) { text += pieces.randomElement(using: &random) ?? [] }
            let expected = String(validating: text, as: UTF8.self) != nil
            let found = text.withUnsafeBufferPointer { buffer in
                buffer.baseAddress.map { TextBytes.isUTF8($0, buffer.count) } ?? true
            }
            #expect(found == expected, "\(text)")
        }
    }

    @Test("two texts are equal when all their bytes are")
    func equality() {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<2_000 {
            let text = (0..<Int.random(in: 1...40, using: &random)).map { _ in UInt8.random(in: 0...9, using: &random) }
            var other = text
            #expect(isEqual(text, other))
            other[Int.random(in: 0..<text.count, using: &random)] ^= 0x80
            #expect(!isEqual(text, other))
        }
    }

    private func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.withUnsafeBufferPointer { left in
            right.withUnsafeBufferPointer { right in
                guard let first = left.baseAddress, let second = right.baseAddress else { return true }
                return TextBytes.equal(first, second, left.count)
            }
        }
    }
}
