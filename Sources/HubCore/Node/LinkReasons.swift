// SPDX-License-Identifier: Apache-2.0

// What connections say about nodes: the transport's reasons in the words of membership.

extension LinkEnd {
    /// What the end of an admitted connection says about its peer.
    package init(_ loss: LinkLoss) {
        self =
            switch loss {
            case .closedByPeer: .closed
            case .goodbye: .goodbye
            case .refusedByPeer(let refusal) where refusal.reason == .leaving: .goodbye
            case .silent, .nameClash: .silent
            case .failed, .noListener: .broken
            // This node's own decision, whatever the peer did.
            case .slowReader, .garbage, .replaced, .duplicate, .evicted, .late, .refused, .refusedByPeer, .untrusted,
                .untrustedByPeer, .notLoopback, .forgotten, .shutdown:
                .ours
            }
    }
}

extension DialFault {
    /// Why an address led to nobody; `nil` if that says nothing: the pair has a connection, or this end gave up.
    package init?(_ loss: LinkLoss) {
        switch loss {
        case .duplicate, .replaced, .evicted, .forgotten, .shutdown: return nil
        case .refused(let reason):
            guard reason != .duplicate, reason != .leaving else { return nil }
            self = reason == .ownAddress ? .ownAddress : .turnedAway
        case .refusedByPeer(let refusal):
            guard let fault = DialFault(refusal.reason) else { return nil }
            self = fault
        case .noListener: self = .refused
        case .untrusted, .untrustedByPeer, .notLoopback, .garbage: self = .turnedAway
        case .closedByPeer, .goodbye, .failed, .silent, .slowReader, .nameClash, .late: self = .unreachable
        }
    }

    /// What the node at an address said.
    private init?(_ reason: HandshakeRefusal.Reason) {
        switch reason {
        case .duplicate: return nil
        case .ownAddress: self = .ownAddress
        case .nameTaken: self = .nameTaken
        // It may do in a moment.
        case .leaving, .busy, .late: self = .unreachable
        case .unspecified, .protocolVersion, .otherCluster, .invalidName, .wrongDestination, .wrongCertificateName,
            .ownName, .noMainConnection, .garbage:
            self = .turnedAway
        }
    }
}

extension NameContest.Meeting {
    /// What the end of a connection says about this node's own name; `nil` if that is nothing.
    ///
    /// - Parameter other: whoever was at the other end; `nil` if it did not say.
    package init?(_ loss: LinkLoss, of other: Incarnation?, own: Incarnation) {
        switch loss {
        case .refused(.ownName): self = (other ?? own) < own ? .refusedLower : .refusedHigher
        case .refusedByPeer(let refusal) where refusal.reason == .ownName || refusal.reason == .nameTaken:
            self = .refusedByPeer
        default: return nil
        }
    }
}
