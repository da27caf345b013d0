// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// One connection between two processes: bytes in order each way, until each end has noticed that it is over.
struct Wire {
    /// Counts the connections that used this place, so that what is meant for an older one reaches nobody.
    var generation: UInt32
    /// The dialer's, then the listener's.
    var ends: [WireEnd]
    let target: PeerAddress
    let expected: NodeName?
    let dialedAt: Time
    var isAccepted = false
    /// Nothing gets through any more; the ends learn it one by one.
    var isBroken = false
}

/// Names a connection for as long as it exists.
struct WireRef: Hashable {
    var place: Int32
    var generation: UInt32
    /// 0 is the dialer's.
    var end: Int32

    var other: WireRef { WireRef(place: place, generation: generation, end: 1 - end) }
}

struct WireEnd {
    enum Phase: UInt8 {
        /// Being dialed. → `greeting`, `ended`
        case connecting
        /// Waits for a hello. → `offered`, `ended`
        case greeting
        /// The links decide; nothing is read. → `answered`, `up`, `ended`
        case offered
        /// A listener whose hello is out. → `confirming`, `ended`
        case answered
        /// The links are told that the dialer took it; nothing is read. → `up`, `ended`
        case confirming
        case up
        case ended
    }

    var seat: Int
    /// Which process of the seat.
    var life: UInt32
    var id: LinkID
    var phase = Phase.connecting
    var handshake: Handshake?
    var peer: NodeName?
    var peerIncarnation = Incarnation(rawValue: 0)
    /// What arrived while nothing is read.
    var held: [StreamItem] = []
    /// What is on its way here and does not get through.
    var stalled: [StreamItem] = []
    /// Machine messages that do not get through, and will when they can.
    var stalledMessages: [[UInt8]] = []
    /// Nothing that is on its way here overtakes what arrives then.
    var lastArrival: Time = 0
    /// Since when nothing of the other end could be heard.
    var mutedSince: Time?
    /// A ping asks whether the peer lives.
    var isChallenged = false

    var isReading: Bool { phase != .offered && phase != .confirming }
}

/// What a connection carries in order.
enum StreamItem: Equatable {
    /// One frame.
    case frame([UInt8])
    /// The other end closed it.
    case end
}
