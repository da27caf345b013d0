// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import NIOCore

/// Whom a connection's handler tells what happens to it; what is to be done comes back as orders.
protocol LinkHost: AnyObject, Sendable {
    var receiver: any TransportReceiver { get }
    /// What all connections on a loop share.
    func allowance(of loop: any EventLoop) -> LoopAllowance
    /// A dialed connection stands, with TLS where there is TLS.
    func established(_ id: LinkID)
    /// The peer's hello is valid.
    func offered(_ id: LinkID, _ greeting: Greeting, from host: String?)
    /// The dialer of an answered connection sent its first frame.
    func confirmed(_ id: LinkID)
    /// The peer refused in words.
    func refused(_ id: LinkID, by refusal: HandshakeRefusal)
    /// The challenge was answered.
    func answered(_ id: LinkID)
    /// The living peer has a new incarnation.
    func announced(_ id: LinkID, _ incarnation: Incarnation)
    /// The connection is over; nothing of it is handed on any more.
    func closed(_ id: LinkID, _ remote: RemoteEnd, _ loss: LinkLoss, wasUp: Bool)

    /// A main connection is up: it can be found from now on.
    func up(_ connection: PeerConnection, toldOf incarnation: Incarnation)
    /// A main connection is down: it can no longer be found.
    func down(_ connection: PeerConnection, _ loss: LinkLoss)
    /// The main connection that a bulk connection stands beside.
    func mainConnection(to node: NodeName) -> PeerConnection?
    /// A bulk lane has something to write and no connection.
    func needsBulk(_ node: NodeName)
}
