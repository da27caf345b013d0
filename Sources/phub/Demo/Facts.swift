// SPDX-License-Identifier: Apache-2.0

internal import DemoProcesses
internal import ProcessHub

/// What the parent tells a node, one line of JSON each on the node's standard input.
enum DemoFact: Codable, Hashable, Sendable {
    /// Start the processes of the plan.
    case start
    /// Say where each process is, as soon as this node knows one for each, none on the node that is gone.
    case locate(gone: String?)
    /// Everything is known: let the clients begin.
    case begin
    /// Let the clients finish their calls.
    case finish
    /// Say which processes run here.
    case count
    /// Ask all processes for their state.
    case audit
}

/// What a node tells the parent, one line of JSON each on its standard output.
enum DemoNews: Codable, Hashable, Sendable {
    case listening(address: String)
    /// Its settled view changed; these run the hub in it.
    case sees([String])
    /// The processes of the plan run; how long that took, in milliseconds.
    case started(Double)
    /// This node knows where each process is, since then; clocks of one machine agree.
    case known(ContinuousClock.Instant)
    /// Where each process of the plan is and under which epoch, in the order of the plan. Long: it comes after what is
    /// timed.
    case located([Whereabouts])
    case finished
    /// These processes run here, by their place in the plan.
    case runs([Int])
    /// What each process says of itself, in the order of the plan; `nil` for one that does not answer.
    case states([Booking?])
    case failed(String)
}

/// Where a process is, as a node knows it.
struct Whereabouts: Codable, Hashable, Sendable {
    let node: String
    let epoch: Epoch
}
