// SPDX-License-Identifier: Apache-2.0

/// A step of a coding path: a key of a map or an index of an array.
struct PathKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(stringValue: String) {
        self.stringValue = stringValue
        self.intValue = nil
    }

    init(intValue: Int) {
        self.stringValue = "\(intValue)"
        self.intValue = intValue
    }

    /// The key under which a superclass stands when none is given.
    static let superclass = PathKey(stringValue: "super")

    /// The path as one text, as in `lines[3].name`. Long and unprintable keys are cut down: they may come from a peer.
    static func text(_ path: [any CodingKey]) -> String {
        var text = ""
        for key in path.prefix(longest) {
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += text.isEmpty ? shown(key.stringValue) : ".\(shown(key.stringValue))"
            }
        }
        return path.count > longest ? text + "…" : text
    }

    private static let longest = 64

    private static func shown(_ name: String) -> String {
        var text = ""
        for scalar in name.unicodeScalars.prefix(longest) {
            text.unicodeScalars.append(scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) ? "?" : scalar)
        }
        return text
    }
}
