// SPDX-License-Identifier: Apache-2.0

internal import Foundation

/// The five values that the codec is compared with JSON on.
enum Shapes {
    static let integer = 1_234_567
    static let fields = Fields(id: "order-1234567", count: 17, total: 1234.5, paid: true, note: nil)
    static let data = Data((0..<1024).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    static let event = Event.moved(to: "node-b", after: 12)
    static let nested = Nested(
        name: "cart-17", lines: [fields, fields], tags: ["new", "eu"], place: .init(row: 3, column: 4))

    struct Fields: Codable, Sendable {
        var id: String
        var count: Int
        var total: Double
        var paid: Bool
        var note: String?
    }

    enum Event: Codable, Sendable {
        case moved(to: String, after: Int)
        case stopped
    }

    struct Nested: Codable, Sendable {
        struct Place: Codable, Sendable {
            var row: Int
            var column: Int
        }
        var name: String
        var lines: [Fields]
        var tags: [String]
        var place: Place
    }
}
