// SPDX-License-Identifier: Apache-2.0

extension MetadataValue {
    /// What the value takes in a message between nodes.
    package var packedBytes: Int {
        switch self {
        case .bool: 1
        case .integer, .double: 9
        case .string(let text): Self.prefixed(text.utf8.count)
        case .list(let values): values.reduce(4) { $0 + $1.packedBytes }
        case .map(let entries): entries.packedBytes
        }
    }

    fileprivate static func prefixed(_ bytes: Int) -> Int { bytes + (bytes < 128 ? 2 : 4) }
}

extension [String: MetadataValue] {
    /// What the metadata takes in a message between nodes.
    package var packedBytes: Int {
        reduce(4) { $0 + MetadataValue.prefixed($1.key.utf8.count) + $1.value.packedBytes }
    }
}
