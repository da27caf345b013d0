// SPDX-License-Identifier: Apache-2.0

/// What the nodes of a cluster tell each other about who is there. After SWIM (Das, Gupta and Motivala, 2002) with the
/// additions of Lifeguard (Dadgar, Phillips and Currey, 2017).
package struct MembershipMessage: Hashable, Sendable {
    package var sender: Sender
    package var body: Body
    /// What else is going round; a table's content.
    package var rumours: [Rumour]

    package init(sender: Sender, body: Body, rumours: [Rumour] = []) {
        self.sender = sender
        self.body = body
        self.rumours = rumours
    }

    /// What each message says about its sender.
    package struct Sender: Hashable, Sendable {
        package var refutation: UInt64
        package var standing: Standing
        /// Over all members that the sender knows; equal when two nodes know the same.
        package var digest: UInt64

        package init(refutation: UInt64, standing: Standing, digest: UInt64) {
            self.refutation = refutation
            self.standing = standing
            self.digest = digest
        }
    }

    /// Numbers are the sender's own and come back unchanged.
    package enum Body: Hashable, Sendable {
        /// Are you there?
        case probe(number: UInt64)
        /// Yes.
        case answer(number: UInt64)
        /// I get no answer from this node: ask it for me.
        case ask(number: UInt64, Life)
        /// It answered.
        case reached(number: UInt64)
        /// It did not answer me either, or I have no connection to it; but I am here.
        case missed(number: UInt64)
        /// Nothing but rumours.
        case news
        /// The first word on a connection: who I am.
        case greet(number: UInt64, Statement)
        /// And who I am. Who gets this has been heard.
        case greeted(number: UInt64, Statement)
        /// Tell me what differs from what I know.
        case compare(number: UInt64, [Known])
        /// What differs: one of `parts` messages, counted from 0.
        case table(number: UInt64, part: UInt64, parts: UInt64)
        /// I leave.
        case leaving(number: UInt64)
        /// I know that you leave.
        case noted(number: UInt64)
        /// I was stopped for long: am I still in your view?
        case doubt(number: UInt64)
        case verdict(number: UInt64, Verdict)
        /// A body that only a newer version knows; the rumours beside it count.
        case unknown(UInt8)
    }

    /// A life that the sender knows, and the version of its statement.
    package struct Known: Hashable, Sendable {
        package var life: Life
        package var version: UInt64

        package init(_ life: Life, version: UInt64) {
            self.life = life
            self.version = version
        }
    }

    package enum Verdict: UInt8, Hashable, Sendable, CaseIterable {
        /// You are in my view, under this incarnation.
        case member = 0
        /// You are in my view, but I was stopped myself.
        case memberInDoubt = 1
        /// I do not know you, or not yet.
        case unknown = 2
    }
}
