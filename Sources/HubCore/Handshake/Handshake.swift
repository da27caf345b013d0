// SPDX-License-Identifier: Apache-2.0

/// One connection's exchange of hellos, from the first byte until it is admitted or refused.
///
/// It decides whether a hello is *valid*; whether a valid one is *admitted* depends on the node's other connections and
/// is decided by ``LinkMachine``.
package struct Handshake: Hashable, Sendable {
    /// Which end of the connection this is.
    package enum Side: Hashable, Sendable {
        /// It dialed; `expecting` is the name it means to reach, if it means one.
        case dialer(LinkLane, expecting: NodeName?)
        case listener
    }

    private enum State: Hashable {
        /// The connection, or its TLS, is not established. → `silent`, `listening`, `over`
        case opening
        /// Dialer: allowed to say hello once the links know the generation. → `greeted`, `over`
        case silent
        /// Dialer: its own hello is out. → `offered`, `over`
        case greeted
        /// Listener: waits for the dialer's hello. → `offered`, `over`
        case listening
        /// The peer's hello is valid, the links decide. → `answered` (listener), `admitted` (dialer), `over`
        case offered(Greeting)
        /// Listener: its own hello is out; the dialer's first frame says that it took it. → `admitted`, `over`
        case answered(Greeting)
        /// Both ends admitted the connection.
        case admitted(Greeting)
        /// Refused or given up.
        case over
    }

    /// What to do about the peer's hello.
    package enum Verdict: Hashable, Sendable {
        /// Valid: the links decide.
        case offer(Greeting)
        /// Send the refusal, then close.
        case refuse(HandshakeRefusal.Reason)
    }

    private var identity: NodeIdentity
    private let side: Side
    private var state = State.opening
    /// The names of the peer's certificate, `nil` without TLS.
    private var certificateNames: [String]?

    package init(identity: NodeIdentity, side: Side) {
        self.identity = identity
        self.side = side
    }

    package var ownName: NodeName { identity.node }
    /// The life that the peer was told of.
    package var ownIncarnation: Incarnation { identity.incarnation }

    /// The connection stands, and its TLS if there is one: `certificateNames` are those the peer's certificate is for.
    ///
    /// - Returns: why the connection is not to be used; nothing is told to a listener that is not the one meant.
    package mutating func established(certificateNames: [String]?) -> HandshakeRefusal.Reason? {
        guard state == .opening else { return nil }
        self.certificateNames = certificateNames
        state = side == .listener ? .listening : .silent
        guard case .dialer(_, let expected?) = side, let certificateNames,
            !certificateNames.contains(expected.rawValue)
        else { return nil }
        state = .over
        return .wrongCertificateName
    }

    /// The dialer's hello, once; `nil` if it is not the dialer's turn.
    package mutating func greet(generation: UInt64) -> Hello? {
        guard state == .silent, case .dialer(let lane, let expected) = side else { return nil }
        state = .greeted
        return Hello(identity: identity, lane: lane, generation: generation, destination: expected)
    }

    /// The peer's hello arrived.
    package mutating func received(_ hello: Hello) -> Verdict {
        guard state == .listening || state == .greeted else { return end(.garbage) }
        if let reason = fault(in: hello) { return end(reason) }
        let greeting = Greeting(
            node: hello.node, incarnation: hello.incarnation, lane: lane(of: hello),
            features: identity.features.intersection(hello.features),
            protocolVersion: min(identity.highestProtocol, hello.highestProtocol),
            generation: side == .listener && hello.destination == nil ? 0 : hello.generation, port: hello.port)
        state = .offered(greeting)
        return .offer(greeting)
    }

    /// The listener's hello, once its links decided for the connection; `nil` if it is not the listener's turn.
    package mutating func answer(generation: UInt64) -> Hello? {
        guard case .offered(let greeting) = state, side == .listener else { return nil }
        state = .answered(greeting)
        return Hello(identity: identity, lane: greeting.lane, generation: generation)
    }

    /// Both ends hold the connection now: what was agreed, or `nil` if the exchange is not that far.
    package mutating func admit() -> Greeting? {
        switch (state, side) {
        case (.offered(let greeting), .dialer), (.answered(let greeting), .listener):
            state = .admitted(greeting)
            return greeting
        default:
            return nil
        }
    }

    /// The exchange ended without admission.
    package mutating func stop() { state = .over }

    /// Whether a frame other than a hello may come now: the dialer's first one, which tells the listener that it is taken.
    package var awaitsConfirmation: Bool {
        if case .answered = state { true } else { false }
    }

    private mutating func end(_ reason: HandshakeRefusal.Reason) -> Verdict {
        state = .over
        return .refuse(reason)
    }

    /// A dialer knows what it dialed for; the listener learns it.
    private func lane(of hello: Hello) -> LinkLane {
        if case .dialer(let lane, _) = side { lane } else { hello.lane }
    }

    private func fault(in hello: Hello) -> HandshakeRefusal.Reason? {
        guard hello.lowestProtocol <= hello.highestProtocol, hello.lowestProtocol <= identity.highestProtocol,
            identity.lowestProtocol <= hello.highestProtocol
        else { return .protocolVersion }
        guard hello.cluster == identity.cluster else { return .otherCluster }
        guard (try? hello.node.validate()) != nil else { return .invalidName }
        if let certificateNames, !certificateNames.contains(hello.node.rawValue) { return .wrongCertificateName }
        return isMeant(hello) ? nil : .wrongDestination
    }

    private func isMeant(_ hello: Hello) -> Bool {
        switch side {
        case .dialer(_, let expected): expected == nil || expected == hello.node
        case .listener: hello.destination == nil || hello.destination == identity.node
        }
    }
}
