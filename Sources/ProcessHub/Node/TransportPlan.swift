// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubTransport

/// What a user asked the transport for, unchecked until the node runs.
struct TransportPlan: Sendable {
    let identity: NodeIdentity
    let listen: Listen
    let discovery: Discovery
    let tls: TLS?

    /// - Throws: ``HubError`` with ``HubError/Code/invalidConfiguration`` or ``HubError/Code/invalidName``.
    func settings() throws(HubError) -> TransportSettings {
        try identity.node.validate()
        try identity.cluster.validate()
        guard let port = UInt16(exactly: listen.port) else {
            throw HubError(.invalidConfiguration, "\(listen.port) is no port", outcome: .notExecuted)
        }
        var settings = TransportSettings(
            identity: identity, listen: ListenAddress(host: listen.host, port: port))
        for seed in discovery.seeds { settings.seeds.append(try PeerAddress(parsing: seed)) }
        settings.tls = tls.map {
            TLSFiles(certificateChain: $0.certificateChain, key: $0.privateKey, authority: $0.authority)
        }
        return settings
    }

    /// - Throws: ``HubError`` with ``HubError/Code/invalidConfiguration`` for what can be no host or no port.
    func names() throws(HubError) -> [PeerAddress] {
        var names: [PeerAddress] = []
        for name in discovery.names { names.append(try PeerAddress(parsing: "\(name.host):\(name.port)")) }
        return names
    }
}
