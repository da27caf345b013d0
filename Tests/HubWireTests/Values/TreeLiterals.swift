// SPDX-License-Identifier: Apache-2.0

package import HubWire

// Trees are written in tests as Swift literals: `[1, "a", ["k": nil]]`.

extension ValueTree: ExpressibleByIntegerLiteral {
    package init(integerLiteral value: Int) {
        self = value >= 0 ? .unsigned(UInt64(value)) : .negative(UInt64(bitPattern: Int64(~value)))
    }
}

extension ValueTree: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) { self = .text(value) }
}

extension ValueTree: ExpressibleByBooleanLiteral {
    package init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension ValueTree: ExpressibleByNilLiteral {
    package init(nilLiteral: ()) { self = .null }
}

extension ValueTree: ExpressibleByArrayLiteral {
    package init(arrayLiteral elements: ValueTree...) { self = .array(elements) }
}

extension ValueTree: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (ValueTree, ValueTree)...) { self = .map(elements.map { Entry($0, $1) }) }
}
