// SPDX-License-Identifier: Apache-2.0

internal import CoreMetrics

/// What a node counts. Names and dimensions are part of the product: dashboards are built on them.
struct Meters: Sendable {
    enum Event: String, CaseIterable {
        /// A cast's turn ended with an error, which nobody is told.
        case failedCast = "failed_casts"
        /// A cast was in the queue of a process that stopped or moved.
        case droppedCast = "dropped_casts"
        /// A turn went on after its caller's deadline.
        case overdueTurn = "overdue_turns"
        /// A method lost its place on the event loops: a turn of it held one up.
        case demotedMethod = "demoted_methods"
        /// A call was refused because a queue or the node's memory for waiting calls was full.
        case refusedCall = "refused_calls"
        /// An answer found no room on the way to its caller.
        case droppedAnswer = "dropped_answers"
        /// A peer sent what this node does not take.
        case refusedFrame = "refused_frames"
        /// A message between the machines of two nodes found no room or no connection.
        case droppedMessage = "dropped_machine_messages"
        /// A node's status could not be written.
        case failedStatus = "failed_status_writes"
        /// An epoch lay more than a year ahead.
        case refusedEpoch = "refused_epochs"
    }

    private let counters = Dictionary(
        uniqueKeysWithValues: Event.allCases.map { ($0, Counter(label: "process_hub_\($0.rawValue)_total")) })

    func count(_ event: Event) {
        counters[event]?.increment()
    }

    /// Counts what membership notices, by its word: deaths, suspicions and the like.
    func membership(_ word: String) {
        Counter(label: "process_hub_membership_events_total", dimensions: [("event", word)]).increment()
    }

    /// How long the node's certificates are still valid.
    func certificateEnds(inSeconds seconds: Int64) {
        Gauge(label: "process_hub_certificate_seconds_left").record(seconds)
    }

    /// Counts what the transport reports, by its word: refused handshakes, lost links and the like.
    func transport(_ word: String) {
        Counter(label: "process_hub_transport_events_total", dimensions: [("event", word)]).increment()
    }
}
