// SPDX-License-Identifier: Apache-2.0

internal import NIOSSL

/// Mutual TLS 1.3 with the certificates of the tests, as nodes use it between them.
enum EchoTLS {
    static func server(_ directory: String) throws -> NIOSSLContext {
        var settings = TLSConfiguration.makeServerConfiguration(
            certificateChain: try chain(directory, "a"), privateKey: try key(directory, "a"))
        settings.trustRoots = .file("\(directory)/ca.pem")
        settings.certificateVerification = .noHostnameVerification
        settings.minimumTLSVersion = .tlsv13
        return try NIOSSLContext(configuration: settings)
    }

    static func client(_ directory: String) throws -> NIOSSLContext {
        var settings = TLSConfiguration.makeClientConfiguration()
        settings.certificateChain = try chain(directory, "b")
        settings.privateKey = try key(directory, "b")
        settings.trustRoots = .file("\(directory)/ca.pem")
        settings.certificateVerification = .noHostnameVerification
        settings.minimumTLSVersion = .tlsv13
        return try NIOSSLContext(configuration: settings)
    }

    private static func chain(_ directory: String, _ name: String) throws -> [NIOSSLCertificateSource] {
        try NIOSSLCertificate.fromPEMFile("\(directory)/\(name).pem").map { .certificate($0) }
    }

    private static func key(_ directory: String, _ name: String) throws -> NIOSSLPrivateKeySource {
        .privateKey(try NIOSSLPrivateKey(file: "\(directory)/\(name).key", format: .pem))
    }
}
