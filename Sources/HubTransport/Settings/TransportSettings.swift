// SPDX-License-Identifier: Apache-2.0

package import HubCore
package import NIOCore
internal import NIOPosix

/// What a node's transport is told once, before it starts.
package struct TransportSettings: Sendable {
    package var identity: NodeIdentity
    /// Where the node listens; `nil` if it only dials.
    package var listen: ListenAddress?
    /// Addresses that may lead to other nodes.
    package var seeds: [PeerAddress] = []
    /// Without it, both ends of every connection must be on loopback.
    package var tls: TLSFiles?
    package var limits = LinkLimits()
    /// Seeds the jitter of the back-off.
    package var jitterSeed: UInt64
    /// The event loops to run on; by default those that the whole process shares.
    package var eventLoops: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton

    package init(identity: NodeIdentity, listen: ListenAddress?) {
        self.identity = identity
        self.listen = listen
        jitterSeed = identity.incarnation.rawValue
    }
}

/// Where to listen; port 0 means any free port.
package struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    package var host: String
    package var port: UInt16

    package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    package static func loopback(_ port: UInt16 = 0) -> Self { Self(host: "127.0.0.1", port: port) }

    package var description: String { PeerAddress(host: host, port: port).description }
    var isLoopback: Bool { PeerAddress(host: host, port: port).isLoopback }
}

/// The PEM files of a node: its certificate with those that link it to the authority, its key, the authority.
package struct TLSFiles: Hashable, Sendable {
    package var certificateChain: String
    package var key: String
    package var authority: String

    package init(certificateChain: String, key: String, authority: String) {
        self.certificateChain = certificateChain
        self.key = key
        self.authority = authority
    }
}
