// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubTransport
internal import HubWire

/// What lives on a node, as the node sees it: a hub. The node never names hubs.
///
/// The node's machine tells it everything; each call returns at once, and what follows from it comes back through the
/// resident's own ways.
protocol Resident: AnyObject, Sendable {
    var id: HubID { get }

    /// The node runs, and connections may come from now on. The first thing that a resident hears, once.
    func begin()
    /// The settled view of the node, of members that may run this hub or not.
    func viewChanged(_ view: MemberView)
    /// There is a connection to this life of a node, which may run this hub or not.
    func linkUp(_ peer: NodeName, _ incarnation: Incarnation)
    /// A message for this hub's machine arrived.
    ///
    /// - Parameters:
    ///   - payload: what follows the ``MachineEnvelope``; valid only during the call.
    ///   - connection: what brought it, on its loop.
    /// - Throws: ``WireFault`` if the peer broke the protocol; the connection is beyond repair.
    func received(
        _ payload: UnsafeRawBufferPointer, over connection: PeerConnection
    ) throws(WireFault)
    /// Moves everything off or stops it, and owns nothing new. Returns once that is done, at the latest at the deadline;
    /// what is still left is stopped by the node.
    func drain(within time: Duration) async
    /// The node leaves: what is asked of the hub from now on, and what still waits, ends. The last thing it hears.
    func end()
}
