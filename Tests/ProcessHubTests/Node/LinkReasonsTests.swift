// SPDX-License-Identifier: Apache-2.0

import HubCore
import Testing

@testable import ProcessHub

@Suite("What connections say about nodes")
struct LinkReasonsTests {
    @Test(
        "the end of a connection in the words of membership",
        arguments: [
            (LinkLoss.closedByPeer, LinkEnd.closed), (.goodbye, .goodbye),
            (.refusedByPeer(HandshakeRefusal(.leaving)), .goodbye), (.silent, .silent), (.nameClash, .silent),
            (.failed("no route"), .broken), (.slowReader, .ours), (.garbage("x"), .ours), (.replaced, .ours),
            (.duplicate, .ours), (.forgotten, .ours), (.shutdown, .ours),
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
            (.refusedByPeer(HandshakeRefusal(.ownName)), .nameTaken),
            (.refusedByPeer(HandshakeRefusal(.nameTaken)), .nameTaken),
            (.refusedByPeer(HandshakeRefusal(.wrongDestination)), .turnedAway),
            (.refusedByPeer(HandshakeRefusal(.otherCluster)), .turnedAway), (.refused(.otherCluster), .turnedAway),
            (.refusedByPeer(HandshakeRefusal(.busy)), .unreachable),
            (.refusedByPeer(HandshakeRefusal(.leaving)), .unreachable), (.untrusted(.expired), .turnedAway),
            (.untrustedByPeer(.expired), .turnedAway), (.notLoopback, .turnedAway),
            (.refusedByPeer(HandshakeRefusal(.duplicate)), nil), (.refused(.duplicate), nil), (.duplicate, nil),
            (.shutdown, nil), (.forgotten, nil),
        ])
    func dials(loss: LinkLoss, fault: DialFault?) {
        #expect(DialFault(loss) == fault)
    }
}
