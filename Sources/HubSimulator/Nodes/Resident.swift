// SPDX-License-Identifier: Apache-2.0

package import HubCore

/// What runs in a simulated process beside the node's machine and is fed by it: the callers and processes of
/// ``CallResident``, or the machine of a hub.
///
/// It obeys the rule of a machine: the same events at the same instants give the same orders.
package protocol Resident: AnyObject {
    func handle(_ event: ResidentEvent, at now: Instant, into orders: inout [ResidentOrder])

    /// The node's machine has heard that time has passed, and what it thinks of that is done.
    func nodeLooked(at now: Instant, into orders: inout [ResidentOrder])

    /// When time passing will be news to it.
    var nextTick: Instant? { get }
}

extension Resident {
    package func nodeLooked(at now: Instant, into orders: inout [ResidentOrder]) {}
}

package enum ResidentEvent {
    case viewChanged(MemberView)
    case linkUp(NodeName, Incarnation)
    case linkDown(NodeName, Incarnation)
    case renewed(Incarnation)
    /// A whole frame that is neither of the handshake nor of the node's machine.
    case frame([UInt8], from: NodeName, Incarnation)
    /// What an operator asks of the hubs of this node.
    case hubOrder(HubOrder)
    /// Somebody outside the simulated network tells it something; the two agreed on what the number means.
    case told(UInt64)
    case timePassed
}

package enum HubOrder {
    case start(HubID)
    case stop(HubID)
    /// Move everything off, and own nothing new.
    case drain
    /// Drain, stop what is left, and let the node leave.
    case leave
    /// A caller asks for something: the number of it in the plan.
    case request(Int)
}

package enum ResidentOrder {
    /// Put it on the connection, in order; without a connection it goes nowhere.
    case send([UInt8], to: NodeName)
    /// Send it ahead of calls, as machines do: it may be lost, doubled and late.
    case tell([UInt8], to: NodeName)
    /// Everything that ran here has ended: the node may leave.
    case leave
}
