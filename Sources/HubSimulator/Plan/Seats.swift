// SPDX-License-Identifier: Apache-2.0

package import HubCore

/// The names and addresses of simulated nodes: `a` to `z`, then `z0026` and so on, so that their order is that of the seats.
package enum Seats {
    /// The most nodes that a world has: who cannot reach whom is kept for each pair.
    package static let most = 1_024

    package static func name(_ seat: Int) -> NodeName {
        if seat < 26 { return NodeName(String(UnicodeScalar(UInt8(97 + seat)))) }
        let digits = String(seat)
        return NodeName("z" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits)
    }

    /// The seat of a name as a scenario writes it; `nil` if it is none, or beyond the most.
    package static func seat(_ name: some StringProtocol) -> Int? {
        guard let first = name.utf8.first else { return nil }
        if name.utf8.count == 1, first >= 97, first <= 122 { return Int(first) - 97 }
        guard first == 122, let number = Int(name.dropFirst()), number >= 26, number < most else { return nil }
        return number
    }

    package static func address(_ seat: Int) -> PeerAddress {
        PeerAddress(host: "10.0.\(seat / 250).\(seat % 250 + 1)", port: 7946)
    }
}
