// SPDX-License-Identifier: Apache-2.0

package import HubCore

/// Something that an operator may want to know; ``ProcessHub`` logs and counts it.
package enum TransportEvent: Sendable, CustomStringConvertible {
    /// An attempt to connect, or a connection that was never admitted, ended.
    case failed(RemoteEnd, LinkLoss)
    /// Later connections use the certificates that were read anew.
    case certificatesReloaded
    /// The certificates on disk are not usable; the old ones stay.
    case certificatesKept(HubError)
    /// No connection could be accepted: out of descriptors, most likely.
    case acceptFailed(String)

    package var description: String {
        switch self {
        case .failed(let remote, let loss): "\(remote): \(loss)"
        case .certificatesReloaded: "certificates were read anew"
        case .certificatesKept(let error): "certificates are not usable, the old ones stay: \(error.message)"
        case .acceptFailed(let text): "cannot accept connections: \(Escaped(text))"
        }
    }

    /// A short constant word to count it under.
    package var word: String {
        switch self {
        case .failed(_, let loss): loss.word
        case .certificatesReloaded: "certificates-reloaded"
        case .certificatesKept: "certificates-kept"
        case .acceptFailed: "accept-failed"
        }
    }
}

/// The other end of a connection, as far as it is known.
package struct RemoteEnd: Hashable, Sendable, CustomStringConvertible {
    /// Whether this node dialed it.
    package var isDialed: Bool
    /// Its name: dialed for, or told in a valid hello.
    package var node: NodeName?
    /// Which life of the node it is, told in a valid hello.
    package var incarnation: Incarnation?
    package var address: String
    /// The address that was dialed.
    package var dialed: PeerAddress?

    package var description: String {
        let name = node.map { "node \(Escaped($0.rawValue)) at " } ?? ""
        return "\(isDialed ? "to" : "from") \(name)\(Escaped(address))"
    }
}
