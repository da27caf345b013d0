// SPDX-License-Identifier: Apache-2.0

/// Where a node listens for other nodes.
public struct Listen: Hashable, Sendable {
    package let host: String
    package let port: Int

    /// On this machine only, without TLS if none is configured. Port 0 takes a free one.
    public static func loopback(_ port: Int) -> Listen { Listen(host: "127.0.0.1", port: port) }

    /// On an address of this machine. Every address but a loopback one needs ``TLS``.
    public static func address(_ host: String, _ port: Int) -> Listen { Listen(host: host, port: port) }
}

/// How a node finds others. Discovery only ever adds nodes to try, and never gives up on one.
public struct Discovery: Hashable, Sendable {
    /// A DNS name behind whose addresses nodes listen, all on one port.
    package struct Name: Hashable, Sendable {
        package let host: String
        package let port: Int
    }

    package let seeds: [String]
    package let names: [Name]

    /// Nobody is looked for; others may find this node.
    public static let none = Discovery(seeds: [], names: [])

    /// Addresses `host:port` (`[host]:port` for IPv6) of nodes to connect to; a node's own address among them is fine.
    public static func seeds(_ addresses: [String]) -> Discovery { Discovery(seeds: addresses, names: []) }

    /// Every address (A and AAAA records) of a DNS name, on this port. The name is resolved again and again; an address
    /// that it led to once goes on being tried until the name has not led there for ten minutes and no member is there.
    /// That a name no longer leads to a member changes nothing about the member.
    public static func dns(_ name: String, port: Int) -> Discovery {
        Discovery(seeds: [], names: [Name(host: name, port: port)])
    }

    /// All of these ways.
    public static func all(_ ways: [Discovery]) -> Discovery {
        Discovery(seeds: ways.flatMap(\.seeds), names: ways.flatMap(\.names))
    }
}

/// The files with which a node proves who it is and knows its peers: mutual TLS 1.3.
public struct TLS: Hashable, Sendable {
    package let certificateChain: String
    package let privateKey: String
    package let authority: String

    /// - Parameters:
    ///   - certificateChain: path of the node's certificate in PEM form, intermediate ones after it. A DNS name among
    ///     its subject alternative names must be the node's name.
    ///   - privateKey: path of the certificate's key in PEM form.
    ///   - authority: path of the certificates in PEM form that every peer's certificate must descend from.
    public init(certificateChain: String, privateKey: String, authority: String) {
        self.certificateChain = certificateChain
        self.privateKey = privateKey
        self.authority = authority
    }
}
