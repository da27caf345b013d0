// SPDX-License-Identifier: Apache-2.0

package import HubCore

/// Stands between a simulated process and its machine. The tests plant their bugs with it; nothing that is shipped knows
/// of it.
package protocol Meddler: AnyObject {
    /// Changes how membership judges before a machine is made.
    func change(_ settings: inout MembershipSettings)
    /// A machine begins or ends its life on a seat.
    func began(seat: Int, _ machine: inout NodeMachine)
    /// Whether this process looks at its timers before what has arrived.
    var looksAtTimersFirst: Bool { get }
    /// Handles an event in place of the machine's own `handle`.
    func handle(
        _ event: NodeEvent, at now: Instant, seat: Int, by machine: inout NodeMachine,
        into effects: inout [NodeEffect])

    /// Changes how hubs behave before a machine is made.
    func change(_ settings: inout HubSettings)
    /// Whether the driver of a hub looks at its timers before what has arrived.
    var looksAtHubTimersFirst: Bool { get }
    /// Handles an event in place of the hub machine's own `handle`.
    func handle(
        _ event: HubEvent, at now: Instant, seat: Int, by machine: inout HubMachine, into effects: inout [HubEffect])
}

extension Meddler {
    package func change(_ settings: inout MembershipSettings) {}
    package func began(seat: Int, _ machine: inout NodeMachine) {}
    package var looksAtTimersFirst: Bool { false }
    package func handle(
        _ event: NodeEvent, at now: Instant, seat: Int, by machine: inout NodeMachine,
        into effects: inout [NodeEffect]
    ) {
        machine.handle(event, at: now, into: &effects)
    }

    package func change(_ settings: inout HubSettings) {}
    package var looksAtHubTimersFirst: Bool { false }
    package func handle(
        _ event: HubEvent, at now: Instant, seat: Int, by machine: inout HubMachine, into effects: inout [HubEffect]
    ) {
        machine.handle(event, at: now, into: &effects)
    }
}
