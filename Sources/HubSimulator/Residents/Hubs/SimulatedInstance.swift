// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// One instance of a simulated process: from its order until it has ended.
struct SimulatedInstance {
    var id: InstanceID
    let behaviour: Behaviour
    var phase = Phase.making
    /// A stop that came while it was made.
    var stop: StopOrder?

    enum Phase {
        /// → running, ending, or gone
        case making
        /// Calls reach it. → ending
        case running
        /// → gone
        case ending
    }
}

/// Something that happens on a node by itself.
enum Errand {
    case made(UInt64)
    case failed(UInt64, StartFault)
    case gaveUp(UInt64)
    case ends(UInt64, ExitReason)
    case ended(UInt64, ExitReason)
    /// The slow authority speaks.
    case authorityAnswers
    case authorityRegained
    /// An operation should be over.
    case overdue(UInt64)
}
