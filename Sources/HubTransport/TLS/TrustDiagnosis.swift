// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif
internal import HubCore
internal import NIOCore
internal import NIOSSL

/// Says in the words of an operator why TLS failed.
///
/// The end that refuses a certificate is only told that its check failed; the certificate itself is there and its dates
/// tell the rest. The end that is refused gets an alert, in TLS 1.3 after its own handshake was complete.
enum TrustDiagnosis {
    /// The loss behind an error of a connection; `peer` and `own` are the certificates, where they are known.
    static func loss(
        _ error: any Error, peer: NIOSSLCertificate?, own: NIOSSLCertificate?, isEstablished: Bool
    ) -> LinkLoss {
        if case NIOSSLError.uncleanShutdown = error { return .closedByPeer }
        if isEstablished, isEnd(error) { return .closedByPeer }
        let text = String(describing: error)
        if let fault = alert(in: text, own: own) { return .untrustedByPeer(fault) }
        if text.contains("CERTIFICATE_VERIFY_FAILED") {
            return .untrusted(peer.map { dateFault(of: $0) ?? .wrongAuthority } ?? .missing)
        }
        if text.contains("PEER_DID_NOT_RETURN_A_CERTIFICATE") { return .untrusted(.missing) }
        if text.contains("EOF during handshake") { return .closedByPeer }
        if error is NIOSSLError || error is BoringSSLError { return .untrusted(.protocolFailure(text)) }
        return error is ChannelError && isEstablished ? .closedByPeer : .failed(text)
    }

    /// Whether the system says that the other end is gone: a process that ends with something unread resets its
    /// connections.
    static func isEnd(_ error: any Error) -> Bool {
        guard let code = (error as? IOError)?.errnoCode else { return false }
        return code == ECONNRESET || code == EPIPE
    }

    /// The names that a certificate is for.
    static func names(of certificate: NIOSSLCertificate?) -> [String] {
        guard let certificate else { return [] }
        return certificate._subjectAlternativeNames().compactMap { name in
            guard name.nameType == .dnsName else { return nil }
            return String(validating: Array(name.contents), as: UTF8.self)
        }
    }

    static func dateFault(of certificate: NIOSSLCertificate) -> TrustFault? {
        let now = time(nil)
        if certificate.notValidAfter < now { return .expired }
        return certificate.notValidBefore > now ? .notYetValid : nil
    }

    /// What the peer's alert says about the node's own certificate.
    private static func alert(in text: String, own: NIOSSLCertificate?) -> TrustFault? {
        // A certificate that is not yet valid gets the same alert.
        if text.contains("ALERT_CERTIFICATE_EXPIRED") { return own.flatMap(dateFault) ?? .expired }
        if text.contains("ALERT_UNKNOWN_CA") { return own.flatMap(dateFault) ?? .wrongAuthority }
        if text.contains("ALERT_CERTIFICATE_REQUIRED") { return .missing }
        if text.contains("ALERT_BAD_CERTIFICATE") || text.contains("ALERT_CERTIFICATE_UNKNOWN") {
            return own.flatMap(dateFault) ?? .wrongAuthority
        }
        return text.contains("ALERT") ? .protocolFailure(text) : nil
    }
}
