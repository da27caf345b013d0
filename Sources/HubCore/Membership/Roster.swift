// SPDX-License-Identifier: Apache-2.0

/// What a node believes about every node it knows of, at one moment.
package struct Roster: Hashable, Sendable {
    package var node: NodeName
    package var incarnation: Incarnation
    package var standing: Standing
    /// Sorted by name.
    package var entries: [Entry]

    package init(node: NodeName, incarnation: Incarnation, standing: Standing, entries: [Entry]) {
        self.node = node
        self.incarnation = incarnation
        self.standing = standing
        self.entries = entries
    }

    package struct Entry: Hashable, Sendable {
        package var member: Member
        package var state: State

        package init(member: Member, state: State) {
            self.member = member
            self.state = state
        }
    }

    package enum State: UInt8, Hashable, Sendable, CaseIterable {
        case alive = 0
        case suspected = 1
        case dead = 2
        case left = 3
    }
}

/// What membership tells an operator.
package enum MembershipNote: Hashable, Sendable {
    case joined(NodeName, Incarnation)
    case suspected(NodeName, Incarnation)
    /// It answered in time.
    case cleared(NodeName, Incarnation)
    case died(NodeName, Incarnation, DeathCause)
    case wentAway(NodeName, Incarnation)
    case draining(NodeName)
    /// It flaps: kept out of placement for so long.
    case damped(NodeName, Duration)
    /// This node was stopped for so long, and serves nothing until it is confirmed.
    case paused(Duration)
    /// This node was declared dead and goes on under a new incarnation.
    case renewed(from: Incarnation, to: Incarnation)
    /// Two living nodes claim one name.
    case nameClash(NodeName, Incarnation, Incarnation)
    case alone

    package enum DeathCause: UInt8, Hashable, Sendable, CaseIterable {
        case silence = 0
        /// Its connection closed and its address refuses.
        case processEnded = 1
        /// A new life of the node proves that the old one ended.
        case restarted = 2
        /// Another node has its name.
        case nameTaken = 3
    }
}
