// SPDX-License-Identifier: Apache-2.0

/// Why a connection is no more, or never came to be.
package enum LinkLoss: Hashable, Sendable {
    /// The peer closed it, or its process ended.
    case closedByPeer
    /// The peer said that it leaves.
    case goodbye
    /// The connection could not be made, or broke.
    case failed(String)
    /// Nothing listens at the address that was dialed.
    case noListener
    /// Nothing was heard for too long.
    case silent
    /// The peer did not read what was sent to it.
    case slowReader
    /// The peer sent what is no frame.
    case garbage(String)
    /// The peer dialed anew, knowing that this one is dead.
    case replaced
    /// It did not answer in time when another node claimed its name.
    case nameClash
    /// The pair has another connection.
    case duplicate
    /// Too many unfinished handshakes; this was the oldest.
    case evicted
    /// The handshake was not finished in time.
    case late
    /// This node refused the peer.
    case refused(HandshakeRefusal.Reason)
    /// The peer refused this node.
    case refusedByPeer(HandshakeRefusal)
    /// This node does not trust the peer's certificate.
    case untrusted(TrustFault)
    /// The peer does not trust this node's certificate.
    case untrustedByPeer(TrustFault)
    /// Without TLS both ends must be on this machine.
    case notLoopback
    /// The peer is no member any more.
    case forgotten
    /// The node shuts down.
    case shutdown
}

/// What is wrong with a certificate, or with the attempt to show one.
package enum TrustFault: Hashable, Sendable {
    case expired
    case notYetValid
    /// It was not issued by the authority that this cluster trusts.
    case wrongAuthority
    /// It is for other names than the one in the hello, or than the one that was dialed.
    case wrongName([String])
    case missing
    /// The other end does not speak TLS, or none that fits.
    case protocolFailure(String)
}

extension TrustFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .expired: "the certificate has expired"
        case .notYetValid: "the certificate is not yet valid"
        case .wrongAuthority: "the certificate is of another authority"
        case .wrongName(let names):
            "the certificate is for \(names.isEmpty ? "no name" : names.map { Escaped($0).description }.joined(separator: ", "))"
        case .missing: "no certificate was shown"
        case .protocolFailure(let text): "TLS failed: \(Escaped(text))"
        }
    }
}

extension LinkLoss: CustomStringConvertible {
    package var description: String {
        switch self {
        case .closedByPeer: "the peer closed the connection"
        case .goodbye: "the peer leaves"
        case .failed(let text): "the connection failed: \(Escaped(text))"
        case .noListener: "nothing listens there"
        case .silent: "nothing was heard of the peer"
        case .slowReader: "the peer does not read"
        case .garbage(let text): "the peer sent what is no frame: \(Escaped(text))"
        case .replaced: "the peer dialed anew"
        case .nameClash: "another node has the peer's name and the peer did not answer"
        case .duplicate: "there is another connection to the peer"
        case .evicted: "too many unfinished handshakes"
        case .late: "the handshake took too long"
        case .refused(let reason): "refused the peer: \(reason.words)"
        case .refusedByPeer(let refusal): "the peer refused: \(refusal.reason.words)"
        case .untrusted(let fault): "the peer is not trusted: \(fault)"
        case .untrustedByPeer(let fault): "the peer does not trust this node: \(fault)"
        case .notLoopback: "without TLS both ends must be on loopback"
        case .forgotten: "the peer is no member any more"
        case .shutdown: "this node shuts down"
        }
    }
}

extension LinkLoss {
    /// The code under which a caller hears of it.
    package var code: HubError.Code {
        switch self {
        case .refused(.nameTaken): .nameTaken
        case .refusedByPeer(let refusal) where refusal.reason == .nameTaken || refusal.reason == .ownName: .nameTaken
        case .refused, .refusedByPeer: .refused
        case .untrusted, .untrustedByPeer, .notLoopback: .untrusted
        default: .connectionLost
        }
    }
}

extension LinkLoss {
    /// A short constant word to count it under.
    package var word: String {
        switch self {
        case .closedByPeer: "closed-by-peer"
        case .goodbye: "goodbye"
        case .failed: "failed"
        case .noListener: "no-listener"
        case .silent: "silent"
        case .slowReader: "slow-reader"
        case .garbage: "garbage"
        case .replaced: "replaced"
        case .nameClash: "name-clash"
        case .duplicate: "duplicate"
        case .evicted: "evicted"
        case .late: "late"
        case .refused: "refused"
        case .refusedByPeer: "refused-by-peer"
        case .untrusted: "untrusted"
        case .untrustedByPeer: "untrusted-by-peer"
        case .notLoopback: "not-loopback"
        case .forgotten: "forgotten"
        case .shutdown: "shutdown"
        }
    }
}

extension HandshakeRefusal.Reason {
    /// The reason as an operator reads it.
    package var words: String {
        switch self {
        case .unspecified: "for a reason that this version does not know"
        case .protocolVersion: "no common version of the protocol"
        case .otherCluster: "another cluster"
        case .invalidName: "its name is not valid"
        case .wrongDestination: "another node was meant"
        case .wrongCertificateName: "the certificate is for another name"
        case .ownName: "it claims the name of the node it reached"
        case .ownAddress: "it is the same node"
        case .nameTaken: "another living node has the name"
        case .duplicate: "there is a connection already"
        case .noMainConnection: "a bulk connection needs a main connection"
        case .busy: "too many peers"
        case .leaving: "the node is shutting down"
        case .garbage: "it did not say hello"
        case .late: "its hello came too late"
        }
    }
}
