// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// One instance of a simulated process: from its order until it has ended.
struct SimulatedInstance {
    var id: InstanceID
    let behaviour: Behaviour
    var phase = Phase.making
    /// When calls could first reach it.
    var openSince: Time = 0
    /// A stop that came while it was made.
    var stop: StopOrder?
    /// Whether the hub is told of its end: not if it heard that it was never made.
    var isReported = true

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
    case drains
    /// An operation should be over.
    case overdue(UInt64)
}
