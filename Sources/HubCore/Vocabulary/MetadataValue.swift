// SPDX-License-Identifier: Apache-2.0

/// A value of a child's metadata: what can be compared, shown to an operator and sent to any node.
///
/// Two numbers that are no numbers (`Double.nan`) are equal here, unlike two doubles: a child's metadata equals itself.
public enum MetadataValue: Hashable, Codable, Sendable {
    case string(String)
    case integer(Int64)
    case double(Double)
    case bool(Bool)
    case list([MetadataValue])
    case map([String: MetadataValue])
}

extension MetadataValue {
    public static func == (left: MetadataValue, right: MetadataValue) -> Bool {
        switch (left, right) {
        case (.string(let left), .string(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.double(let left), .double(let right)): left == right || (left.isNaN && right.isNaN)
        case (.bool(let left), .bool(let right)): left == right
        case (.list(let left), .list(let right)): left == right
        case (.map(let left), .map(let right)): left == right
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .string(let value): hasher.combine(value)
        case .integer(let value): hasher.combine(value)
        case .double(let value): hasher.combine(value.isNaN ? .nan : value)
        case .bool(let value): hasher.combine(value)
        case .list(let values): hasher.combine(values)
        case .map(let values): hasher.combine(values)
        }
    }
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
