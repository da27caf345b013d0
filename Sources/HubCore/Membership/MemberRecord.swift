// SPDX-License-Identifier: Apache-2.0

/// What a node knows of another one, under its name.
struct MemberRecord: Hashable {
    enum Stage: Hashable {
        /// Heard of, and not yet in two-way contact with, directly or through another. → alive, gone
        case candidate(Candidacy)
        /// → suspected, gone
        case alive
        /// → alive, gone
        case suspected(Suspicion)
        /// Dead or left, and shown for a while. → candidate, under another incarnation
        case gone(Roster.State)
    }

    var statement: Statement
    var stage: Stage
    /// The life that the open connection leads to.
    var link: Incarnation?
    /// How the last connection ended.
    var lastEnd: EndedLink?
    /// What the node last said of itself.
    var standing = Standing.joining
    /// Who saw that its process ended.
    var witnesses: [NodeName] = []
    /// Another life under this name, while this one is not known to have ended.
    var claim: Claim?
    /// Where it is being dialed.
    var dialed: PeerAddress?
    /// What the view shows.
    var settled: Member?
    /// What the view will show once this was unchanged for the settle time.
    var target: Member?
    var unsettledSince: Instant?
    /// How many lives of it were members, and when it lately came back under another incarnation.
    var admissions = 0
    var returns: [Instant] = []
    var damping: Damping?

    init(_ statement: Statement, _ stage: Stage) {
        self.statement = statement
        self.stage = stage
    }

    /// What a life says about itself with each message. Where the record lies: it is large to be copied.
    ///
    /// - Returns: whether its refutation count is higher than what was known.
    mutating func take(_ sender: MembershipMessage.Sender, of life: Life) -> Bool {
        guard statement.life == life else { return false }
        standing = sender.standing
        return sender.refutation > statement.refutation
    }

    var life: Life { statement.life }
    var isLinked: Bool { link == statement.life.incarnation }

    var isPresent: Bool {
        switch stage {
        case .alive, .suspected: true
        case .candidate, .gone: false
        }
    }

    var isSuspected: Bool {
        if case .suspected = stage { true } else { false }
    }

    var isCandidate: Bool {
        if case .candidate = stage { true } else { false }
    }

    var isGone: Bool {
        if case .gone = stage { true } else { false }
    }

    struct EndedLink: Hashable {
        var incarnation: Incarnation
        var end: LinkEnd

        /// Whether the peer's process may have ended with it.
        var isHard: Bool {
            switch end {
            case .closed, .goodbye, .broken: true
            case .silent, .ours: false
            }
        }
    }
}

/// A node that is to be contacted before it counts.
struct Candidacy: Hashable {
    var since: Instant
    /// Members that said it lives, of which each can ask it.
    var tellers: [NodeName]
    var nextTry: Instant
    /// Answers to greetings of a lower number are of an earlier contact.
    var firstGreeting: UInt64
}

/// A life whose name another life holds.
struct Claim: Hashable {
    var statement: Statement
    var teller: NodeName?
    var since: Instant
    var nextTry: Instant
    /// It answered since it was first heard of.
    var answered = false
    /// The life that holds the name answered a question that was asked since then: so both live at once.
    var incumbentAnswered = false
}

/// A member that does not answer, as far as is known.
struct Suspicion: Hashable {
    /// It is answered by a higher refutation count.
    var refutation: UInt64
    var since: Instant
    /// Who got no answer, each on its own.
    var confirmers: [NodeName]
    /// When this node asks for itself, unless it has.
    var checkAt: Instant
}

/// A member that came and went too often.
struct Damping: Hashable {
    var until: Instant
    var lasted: Duration
    var isOver = false
}
