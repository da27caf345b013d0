// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HubCore

@Suite("What connections say about nodes")
struct LinkReasonsTests {
    @Test(
        "the end of a connection in the words of membership",
        arguments: [
            (LinkLoss.closedByPeer, LinkEnd.closed), (.goodbye, .goodbye),
            (.refusedByPeer(HandshakeRefusal(.leaving)), .goodbye), (.silent, .silent), (.nameClash, .silent),
            (.failed("no route"), .broken), (.slowReader, .ours), (.garbage("x"), .ours), (.replaced, .ours),
            (.duplicate, .ours), (.forgotten, .ours), (.shutdown, .ours), (.noListener, .broken), (.evicted, .ours),
            (.refusedByPeer(HandshakeRefusal(.busy)), .ours),
        ])
    func ends(loss: LinkLoss, end: LinkEnd) {
        #expect(LinkEnd(loss) == end)
    }

    @Test(
        "a dial in vain in the words of membership, where it says something",
        arguments: [
            (LinkLoss.noListener, DialFault?.some(.refused)), (.failed("timeout"), .unreachable), (.late, .unreachable),
            (.closedByPeer, .unreachable), (.refused(.ownAddress), .ownAddress),
            (.refusedByPeer(HandshakeRefusal(.ownAddress)), .ownAddress),
            (.refusedByPeer(HandshakeRefusal(.ownName)), .turnedAway),
            (.refusedByPeer(HandshakeRefusal(.nameTaken)), .nameTaken),
            (.refusedByPeer(HandshakeRefusal(.wrongDestination)), .turnedAway),
            (.refusedByPeer(HandshakeRefusal(.otherCluster)), .turnedAway), (.refused(.otherCluster), .turnedAway),
            (.refusedByPeer(HandshakeRefusal(.busy)), .unreachable),
            (.refusedByPeer(HandshakeRefusal(.leaving)), .unreachable), (.untrusted(.expired), .turnedAway),
            (.untrustedByPeer(.expired), .turnedAway), (.notLoopback, .turnedAway),
            (.refusedByPeer(HandshakeRefusal(.duplicate)), nil), (.refused(.duplicate), nil), (.duplicate, nil),
            (.shutdown, nil), (.forgotten, nil), (.replaced, nil), (.evicted, nil), (.refused(.leaving), nil),
            (.garbage("x"), .turnedAway), (.refused(.wrongCertificateName), .turnedAway), (.silent, .unreachable),
            (.refusedByPeer(HandshakeRefusal(.late)), .unreachable),
        ])
    func dials(loss: LinkLoss, fault: DialFault?) {
        #expect(DialFault(loss) == fault)
    }

    @Test("a node meets another one of its name only where one of the two was refused for it")
    func meetings() {
        let (low, own, high) = (Incarnation(rawValue: 1), Incarnation(rawValue: 2), Incarnation(rawValue: 3))
        func meeting(_ loss: LinkLoss, _ other: Incarnation?) -> NameContest.Meeting? {
            NameContest.Meeting(loss, of: other, own: own)
        }
        #expect(meeting(.refused(.ownName), low) == .refusedLower)
        #expect(meeting(.refused(.ownName), high) == .refusedHigher)
        #expect(meeting(.refused(.ownName), nil) == .refusedHigher)
        #expect(meeting(.refusedByPeer(HandshakeRefusal(.ownName)), low) == .refusedByPeer)
        #expect(meeting(.refusedByPeer(HandshakeRefusal(.nameTaken)), nil) == .refusedByPeer)
        #expect(meeting(.refused(.nameTaken), low) == nil)
        #expect(meeting(.refusedByPeer(HandshakeRefusal(.ownAddress)), low) == nil)
        #expect(meeting(.closedByPeer, low) == nil)
    }
}
