// SPDX-License-Identifier: Apache-2.0

/// A value of a child's metadata: what can be compared, shown to an operator and sent to any node.
public enum MetadataValue: Hashable, Codable, Sendable {
    case string(String)
    case integer(Int64)
    case double(Double)
    case bool(Bool)
    case list([MetadataValue])
    case map([String: MetadataValue])
}

extension MetadataValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .double(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(arrayLiteral elements: MetadataValue...) { self = .list(elements) }
    public init(dictionaryLiteral elements: (String, MetadataValue)...) {
        self = .map(Dictionary(elements) { _, last in last })
    }
}
