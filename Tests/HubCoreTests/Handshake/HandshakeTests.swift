// SPDX-License-Identifier: Apache-2.0

internal import Testing

@testable internal import HubCore

@Suite("Handshake")
struct HandshakeTests {
    private func identity(_ node: NodeName, _ change: (inout NodeIdentity) -> Void = { _ in }) -> NodeIdentity {
        var identity = NodeIdentity(cluster: "test", node: node, incarnation: Incarnation(rawValue: 7))
        change(&identity)
        return identity
    }

    private func listener(names: [String]? = nil) -> Handshake {
        var listener = Handshake(identity: identity("a"), side: .listener)
        #expect(listener.established(certificateNames: names) == nil)
        return listener
    }

    private func verdict(
        _ node: NodeName, names: [String]? = nil, _ change: (inout Hello) -> Void = { _ in }
    ) -> Handshake.Verdict {
        var listener = listener(names: names)
        var hello = Hello(identity: identity(node), generation: 3, destination: "a")
        change(&hello)
        return listener.received(hello)
    }

    @Test("both ends go from hello to admission, the listener only on the dialer's first frame")
    func wholeExchange() throws {
        var dialer = Handshake(identity: identity("b"), side: .dialer(.main, expecting: "a"))
        var listener = listener()
        #expect(dialer.greet(generation: 1) == nil)
        #expect(dialer.established(certificateNames: nil) == nil)
        let said = dialer.greet(generation: 4)
        let hello = try #require(said)
        #expect(hello.destination == "a" && hello.generation == 4)
        #expect(dialer.greet(generation: 4) == nil && listener.answer(generation: 4) == nil)
        guard case .offer(let greeting) = listener.received(hello) else { return }
        #expect(greeting.node == "b" && greeting.generation == 4)
        #expect(listener.admit() == nil)
        let answered = listener.answer(generation: 5)
        let answer = try #require(answered)
        #expect(listener.awaitsConfirmation)
        guard case .offer(let told) = dialer.received(answer) else { return }
        #expect(told.generation == 5)
        #expect(dialer.admit()?.node == "a" && listener.admit()?.node == "b")
    }

    @Test(
        "versions overlap or the peer is refused",
        arguments: [(1, 1, true), (0, 1, true), (1, 9, true), (2, 9, false), (9, 1, false)])
    func versions(lowest: UInt16, highest: UInt16, fits: Bool) {
        let verdict = verdict("b") { ($0.lowestProtocol, $0.highestProtocol) = (lowest, highest) }
        #expect((verdict == .refuse(.protocolVersion)) == !fits)
    }

    @Test("features are those of both")
    func features() {
        let mine = identity("a") { $0.features = Features(rawValue: 0b110) }
        var listener = Handshake(identity: mine, side: .listener)
        _ = listener.established(certificateNames: nil)
        let hello = Hello(identity: identity("b") { $0.features = Features(rawValue: 0b011) })
        guard case .offer(let greeting) = listener.received(hello) else { return }
        #expect(greeting.features == Features(rawValue: 0b010))
    }

    @Test("another cluster, a bad name, another destination are refused, each with its reason")
    func refusals() {
        #expect(verdict("b") { $0.cluster = "other" } == .refuse(.otherCluster))
        #expect(verdict("") == .refuse(.invalidName))
        #expect(verdict("b\u{7}") == .refuse(.invalidName))
        #expect(verdict("b") { $0.destination = "c" } == .refuse(.wrongDestination))
    }

    @Test("with TLS the name in the hello must be one of the certificate's, on both ends")
    func certificateNames() {
        #expect(verdict("b", names: ["c"]) == .refuse(.wrongCertificateName))
        #expect(verdict("b", names: []) == .refuse(.wrongCertificateName))
        guard case .offer = verdict("b", names: ["c", "b"]) else {
            Issue.record("refused")
            return
        }
        var dialer = Handshake(identity: identity("b"), side: .dialer(.main, expecting: nil))
        #expect(dialer.established(certificateNames: ["c"]) == nil)
        _ = dialer.greet(generation: 0)
        #expect(dialer.received(Hello(identity: identity("a"))) == .refuse(.wrongCertificateName))
    }

    @Test("a dialer that means a name says nothing to a certificate of another name")
    func meantName() {
        var dialer = Handshake(identity: identity("b"), side: .dialer(.main, expecting: "a"))
        #expect(dialer.established(certificateNames: ["c"]) == .wrongCertificateName)
        #expect(dialer.greet(generation: 0) == nil)
    }

    @Test("who dialed a name refuses another node")
    func otherNode() {
        var dialer = Handshake(identity: identity("b"), side: .dialer(.main, expecting: "a"))
        _ = dialer.established(certificateNames: nil)
        _ = dialer.greet(generation: 0)
        #expect(dialer.received(Hello(identity: identity("c"))) == .refuse(.wrongDestination))
    }

    @Test("a generation is worth nothing unless the hello names its destination")
    func generation() {
        guard case .offer(let meant) = verdict("b"),
            case .offer(let unmeant) = verdict("b", { $0.destination = nil })
        else { return }
        #expect(meant.generation == 3 && unmeant.generation == 0)
    }

    @Test("a second hello, or one before its time, is garbage")
    func order() {
        var listener = listener()
        _ = listener.received(Hello(identity: identity("b")))
        #expect(listener.received(Hello(identity: identity("b"))) == .refuse(.garbage))
        var early = Handshake(identity: identity("a"), side: .listener)
        #expect(early.received(Hello(identity: identity("b"))) == .refuse(.garbage))
        var dialer = Handshake(identity: identity("a"), side: .dialer(.main, expecting: nil))
        _ = dialer.established(certificateNames: nil)
        #expect(dialer.received(Hello(identity: identity("b"))) == .refuse(.garbage))
    }
}
