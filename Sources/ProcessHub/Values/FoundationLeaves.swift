// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import HubWire

extension LeafTable {
    /// `Data` travels as a byte string. `Date`, `UUID`, `Decimal` and `URL` travel as their own `Codable` conformances
    /// say.
    static let foundation: LeafTable = {
        var table = LeafTable()
        table.add(Data.self) { data, body in
            try data.withUnsafeBytes(body)
        } decode: { bytes in
            Data(bytes)
        }
        return table
    }()
}
