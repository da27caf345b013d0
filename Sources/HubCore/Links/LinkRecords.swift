// SPDX-License-Identifier: Apache-2.0

/// One connection as the machine knows it.
struct LinkRecord: Hashable {
    enum State: Hashable {
        /// Being dialed, or accepted and silent. → `greeted`, `waiting`, `answered`, `admitted`, `closing`
        case opening
        /// Dialed: our hello is out. → `waiting`, `admitted`, `closing`
        case greeted
        /// Its hello is valid; an older connection has to go, or to answer, first. → `answered`, `admitted`, `closing`
        case waiting
        /// Accepted: our hello is out, the dialer's word that it took it is not here. → `admitted`, `closing`
        case answered
        /// Both ends use it. → `closing`
        case admitted
        /// Told to close; ends with `closed`.
        case closing
    }

    let id: LinkID
    let lane: LinkLane
    var state = State.opening
    /// The peer: meant when it was dialed, told once there was a hello.
    var node: NodeName?
    /// Known once there was a hello.
    var incarnation: Incarnation?
    /// What the dialer said: all connections of a lower generation are dead.
    var claimed: UInt64 = 0
    /// The generation that both ends know it under, once a listener answered.
    var generation: UInt64 = 0
    /// The peer may have taken it for admitted.
    var wasUp = false
    /// The peer refused it in words, so it never was up there.
    var wasRefused = false
    var admittedAt: Instant?

    var isUp: Bool { state == .answered || state == .admitted }
}

/// What is remembered of a peer beyond its connections.
struct PeerRecord: Hashable {
    /// No connection of a lower generation is ever admitted again: the next dial claims this one.
    var floor: UInt64 = 1
    /// Its connections and the dials that mean it, in the order they came.
    var links: [LinkID] = []
    /// Where it can be dialed.
    var address: PeerAddress?

    mutating func raiseFloor(above generation: UInt64) {
        floor = max(floor, generation == .max ? .max : generation + 1)
    }
}

/// An address that is dialed until it leads to a connection.
struct DialTarget: Hashable {
    enum State: Hashable {
        /// → `dialing`, `resting`
        case waiting(until: Instant)
        /// → `waiting`, `resting`
        case dialing(LinkID)
        /// Its node is connected, or is this node. → `waiting`
        case resting
    }

    var address: PeerAddress
    /// Whom it leads to: meant, or learned.
    var node: NodeName?
    let isSeed: Bool
    let lane: LinkLane
    var state: State
    var backoff = Backoff()
    /// It leads to this very node.
    var isOwn = false
}

/// A connection whose peer has to show that it lives, because another node claims its name.
struct NameChallenge: Hashable {
    let link: LinkID
    let ends: Instant
}
