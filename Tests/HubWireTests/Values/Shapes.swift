// SPDX-License-Identifier: Apache-2.0

/// The five shapes of value that the codec's speed is judged by: an `Int`, these, and 1 KiB of data.
enum Shapes {
    /// Five fields.
    struct Five: Codable, Hashable, Sendable {
        var id: Int
        var name: String
        var active: Bool
        var score: Double
        var comment: String?

        static let sample = Five(id: 123_456, name: "Ada Lovelace", active: true, score: 0.125, comment: "first")
    }

    /// An enum with payloads.
    enum Command: Codable, Hashable, Sendable {
        case add(amount: Int, note: String)
        case rename(String)
        case reset

        static let sample = Command.add(amount: 42, note: "hello")
    }

    /// Structs in arrays in a struct.
    struct Order: Codable, Hashable, Sendable {
        struct Line: Codable, Hashable, Sendable {
            var sku: String
            var count: Int
            var price: Double
        }

        var id: String
        var customer: Five
        var lines: [Line]
        var tags: [String: String]

        static let sample = Order(
            id: "o-1", customer: .sample,
            lines: [Line(sku: "apple", count: 3, price: 1.5), Line(sku: "pear", count: 1, price: 0.1)],
            tags: ["region": "eu", "kind": "gift"])
    }

    /// What 1 KiB of data holds, as `[UInt8]` here and as `Data` where there is Foundation.
    static let kibibyte = (0..<1_024).map { UInt8(truncatingIfNeeded: $0 &* 31) }
}
