// SPDX-License-Identifier: Apache-2.0

/// What sort of trouble a world is in for.
package enum Profile: String, Hashable, Sendable, CaseIterable {
    /// Nothing but nodes that start, drain, leave and run hubs.
    case calm
    /// One in a hundred machine messages is lost, others come twice, late and out of order.
    case lossy
    /// Connections break, short cuts come and go.
    case flapping
    /// Processes stand still, for up to much longer than everybody's patience.
    case pausing
    case partitions
    /// Processes end and start, by accident and on purpose.
    case churn
    /// One process gets a twentieth of its time.
    case slow
}

/// A world to be: everything that a run depends on.
package struct Plan: Hashable, Sendable {
    package var seed: UInt64
    package var nodes: Int
    /// When the last fault is over; the run goes on until everybody agrees, or should.
    package var duration: Time
    /// `nil` if the seed drew a mixture of its own.
    package var profile: Profile?
    package var climate = Climate()
    /// In the order of their times.
    package var faults: [Planned] = []
    /// What callers of a scenario ask of the first hub, in the order of their times.
    package var requests: [Request] = []
    /// Expectations of a scenario.
    package var expectations: [Expectation] = []
    /// The seats whose processes do not run from the beginning.
    package var absent: [Int] = []
    /// The shapes of trouble that were drawn.
    package var shapes: [Shape] = []

    package init(seed: UInt64, nodes: Int, duration: Time, profile: Profile? = nil) {
        self.seed = seed
        self.nodes = nodes
        self.duration = duration
        self.profile = profile
    }
}

/// Troubles that are made of several faults.
package enum Shape: UInt8, Hashable, Sendable, CaseIterable {
    /// Several cuts that begin in one order and end in another.
    case swizzle
    /// Each node hears only its neighbours.
    case ring
    /// One node is cut off from all.
    case isolation
    /// Two groups.
    case halves
    /// One node comes and goes.
    case flaps
    /// Several processes end together.
    case crashTogether
    /// Processes stand still one after another, shortly.
    case hiccups
    /// Several processes stand still together.
    case pauseTogether
    /// Processes are asked to leave while they stand still.
    case askedInVain
    /// All processes end and start again.
    case coldStart
    /// All processes are asked to leave, and nobody is left to take what they run.
    case leaveTogether
    /// The same process is restarted over and over.
    case restartStorm
    /// Two groups, one of which takes in a second process with the name of a node of the other.
    case usurper
}

/// What a scenario expects at a time.
package struct Expectation: Hashable, Sendable {
    package var time: Time
    package var condition: Condition
    /// The line of the scenario.
    package var text: String

    package init(_ time: Time, _ condition: Condition, text: String) {
        self.time = time
        self.condition = condition
        self.text = text
    }

    package enum Condition: Hashable, Sendable {
        /// These processes run, and the settled view of each is exactly these.
        case agreed([Int])
        /// The settled view of the first is exactly the others.
        case view(Int, [Int])
        /// What the first believes about the second.
        case sees(Int, Int, RosterWord)
        case stands(Int, StandingWord)
        /// Its process ended by itself.
        case exited(Int)
        /// Nobody took a living node for dead so far.
        case nobodyDied
        /// Each of these children runs once, there if a node is named, and all readers know.
        case runs([String], on: Int?)
        /// Nobody runs these children or wishes for them.
        case gone([String])
        /// Whether any child runs on the node.
        case hosts(Int, Bool)
    }

    package enum RosterWord: String, Hashable, Sendable, CaseIterable { case alive, suspected, dead, left, unknown }
    package enum StandingWord: String, Hashable, Sendable, CaseIterable { case joining, serving, unsure, leaving, left }
}

/// What a caller asks of a hub.
package struct Request: Hashable, Sendable {
    package var time: Time
    package var seat: Int
    package var children: [String]
    package var asks: Asks
    package var deadline: Time

    package enum Asks: Hashable, Sendable {
        case launch(as: String)
        case end
        /// Other tags, each child by an operation of its own.
        case retag
    }

    package init(_ time: Time, on seat: Int, _ children: [String], _ asks: Asks, deadline: Time = .seconds(10)) {
        self.time = time
        self.seat = seat
        self.children = children
        self.asks = asks
        self.deadline = deadline
    }

    /// The request as a scenario says it.
    package var words: String {
        let (verb, kind) =
            switch asks {
            case .launch(let kind): ("launch", " as \(kind)")
            case .end: ("end", "")
            case .retag: ("retag", "")
            }
        return "\(verb) \(children.joined(separator: ",")) on \(Plan.name(seat))\(kind) within \(Plan.span(deadline))"
    }
}
