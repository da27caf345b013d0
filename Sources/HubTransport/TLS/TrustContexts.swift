// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import NIOSSL

/// A node's certificates, ready for both ends of a connection: TLS 1.3 only, and each end must show a certificate.
struct TrustContexts: Sendable {
    let listener: NIOSSLContext
    let dialer: NIOSSLContext
    /// The node's own certificate, to explain why a peer refused it.
    let own: NIOSSLCertificate?
    /// When the first certificate of the node's chain ends, in seconds since 1970.
    let end: Int64?

    /// Reads the files anew.
    ///
    /// - Throws: ``HubError`` with ``HubError/Code/untrusted`` if one cannot be read, or key and certificate differ.
    init(files: TLSFiles) throws(HubError) {
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(files.certificateChain)
            let key = try NIOSSLPrivateKey(file: files.key, format: .pem)
            let authority = try NIOSSLCertificate.fromPEMFile(files.authority)
            guard !chain.isEmpty, !authority.isEmpty else { throw NoCertificate() }
            listener = try Self.context(
                .makeServerConfiguration(
                    certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key)),
                authority)
            var dialing = TLSConfiguration.makeClientConfiguration()
            dialing.certificateChain = chain.map { .certificate($0) }
            dialing.privateKey = .privateKey(key)
            dialer = try Self.context(dialing, authority)
            own = chain.first
            end = chain.map { Int64($0.notValidAfter) }.min()
        } catch {
            let files = "\(files.certificateChain), \(files.key), \(files.authority)"
            throw HubError(
                .untrusted, "the certificates are not usable (\(Escaped(files)))", outcome: .notExecuted, cause: error)
        }
    }

    private struct NoCertificate: Error, CustomStringConvertible {
        var description: String { "a file holds no certificate" }
    }

    /// The chain is checked by TLS, the name by the hello: a host name says nothing about a node.
    private static func context(
        _ configuration: TLSConfiguration, _ authority: [NIOSSLCertificate]
    ) throws -> NIOSSLContext {
        var configuration = configuration
        configuration.minimumTLSVersion = .tlsv13
        configuration.certificateVerification = .noHostnameVerification
        configuration.trustRoots = .certificates(authority)
        return try NIOSSLContext(configuration: configuration)
    }
}
