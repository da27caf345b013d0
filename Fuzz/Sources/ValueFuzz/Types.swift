// SPDX-License-Identifier: Apache-2.0

/// Nests as deep as the bytes want.
struct Branch: Codable, Equatable {
    var name: String?
    var left: [Branch]
    var right: [String: Branch]?
}

class Base: Codable {
    var id: UInt16

    init(id: UInt16) { self.id = id }
}

/// Has a superclass that is encoded into a place of its own.
final class Derived: Base, Equatable {
    private enum CodingKeys: CodingKey { case flag }

    let flag: Bool

    required init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        flag = try container.decode(Bool.self, forKey: .flag)
        try super.init(from: container.superDecoder())
    }

    override func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try super.encode(to: container.superEncoder())
        try container.encode(flag, forKey: .flag)
    }

    static func == (left: Derived, right: Derived) -> Bool { left.id == right.id && left.flag == right.flag }
}
