// SPDX-License-Identifier: Apache-2.0

package import HubWire

package import HubCore

/// Who takes what the transport receives.
///
/// All of it runs on the connection's event loop and must not block: everything about one connection comes from one
/// loop, in order, except what arrives on its bulk lane, which may have a loop of its own.
package protocol TransportReceiver: AnyObject, Sendable {
    /// The connection is admitted; nothing of it was received before.
    func linkUp(_ connection: PeerConnection)
    /// A frame, in memory that is reused after the call. Handshake, ping, pong and goodbye stay in the transport.
    func received(
        _ type: FrameType, stream: UInt64, payload: UnsafeRawBufferPointer, on connection: PeerConnection)
    /// All that could be read at once was handed over: the moment to act on what was collected.
    func readFinished(on connection: PeerConnection)
    /// The connection is gone; comes once, nothing of it is received afterwards.
    func linkDown(_ connection: PeerConnection, _ reason: LinkLoss)
    /// What the bulk lane had queued is lost with its connection; the peer's main connection stands.
    func bulkLost(on connection: PeerConnection, _ reason: LinkLoss)
    /// The living peer took a new incarnation; the connection and its calls go on.
    func incarnationChanged(of connection: PeerConnection, from old: Incarnation)
    /// An address was dialed in vain.
    ///
    /// - Parameter node: whom it was to lead to; `nil` if anybody would have done.
    func dialFailed(_ address: PeerAddress, expecting node: NodeName?, _ reason: LinkLoss)
    /// To be logged and counted.
    func report(_ event: TransportEvent)
}
