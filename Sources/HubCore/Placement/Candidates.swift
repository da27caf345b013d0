// SPDX-License-Identifier: Apache-2.0

/// The members among which the owners of children are sought, and the strategy that names them.
package struct Candidates: Sendable {
    private let strategy: any DistributionStrategy
    private var base: Choice
    /// The kinds that some members cannot run.
    private var narrowed: [ProcessKind: Narrowed] = [:]
    private var lives: [NodeName: Incarnation] = [:]
    /// The kind asked about last, if all members can run it: many children of one kind are asked about in a row.
    private var plainKind: ProcessKind?

    private struct Choice: Hashable, Sendable {
        var view: PlacementView
        /// Ready for many questions, where the strategy is the built-in one.
        var table: RendezvousTable?

        func owner(
            of id: ChildID, hash: UInt64, recorded: [NodeName], by strategy: any DistributionStrategy
        ) -> NodeName? {
            for name in recorded where view.members.contains(where: { $0.name == name }) { return name }
            if let table { return table.owner(ofHash: hash).map { view.members[$0].name } }
            return strategy.owners(of: [id], copies: 1, in: view).first?.first
        }
    }

    private struct Narrowed: Sendable {
        /// These lives cannot run it.
        var lacking: Set<Incarnation>
        /// Among the others, once it was asked for.
        var choice: Choice?
    }

    package init(_ strategy: any DistributionStrategy, node: NodeName) {
        self.strategy = strategy
        base = Choice(view: PlacementView(version: 0, node: node, members: []))
    }

    package var isEmpty: Bool { base.view.members.isEmpty }
    package var movesOnJoin: Bool { strategy.movesOnJoin }
    package var isRecorded: Bool { strategy.decidedBy == .leader }

    /// Begins to choose among the members of another view.
    ///
    /// - Parameter isDraining: this node takes nothing any more, whatever the view says.
    package mutating func see(_ view: MemberView, isDraining: Bool) {
        let members = view.members.filter { $0.service == .inService && !(isDraining && $0.name == view.node) }
        lives = [:]
        for member in view.members { lives[member.name] = member.incarnation }
        let living = Set(lives.values)
        narrowed = narrowed.mapValues { Narrowed(lacking: $0.lacking.intersection(living)) }
            .filter { !$0.value.lacking.isEmpty }
        let candidates = members.map {
            PlacementView.Candidate(
                name: $0.name, weight: $0.traits.weight, zone: $0.traits.zone, labels: $0.traits.labels)
        }
        base = choice(PlacementView(version: view.version, node: view.node, members: candidates))
    }

    /// Takes note that this life of a member cannot run a kind: it is no candidate for its children.
    ///
    /// - Returns: whether that is news.
    package mutating func note(_ node: NodeName, _ incarnation: Incarnation, lacks kind: ProcessKind) -> Bool {
        guard lives[node] == incarnation else { return false }
        if narrowed.count >= Limits.kindsPerHub, narrowed[kind] == nil { return false }
        if plainKind == kind { plainKind = nil }
        narrowed[kind]?.choice = nil
        return narrowed[kind, default: Narrowed(lacking: [])].lacking.insert(incarnation).inserted
    }

    package func lacks(_ kind: ProcessKind, _ node: NodeName) -> Bool {
        guard let lives = lives[node] else { return false }
        return narrowed[kind]?.lacking.contains(lives) ?? false
    }

    /// The kinds that this life is known not to run, sorted.
    package func lackedKinds(of incarnation: Incarnation) -> [ProcessKind] {
        narrowed.filter { $0.value.lacking.contains(incarnation) }.map(\.key).sorted()
    }

    private func choice(_ view: PlacementView) -> Choice {
        Choice(view: view, table: strategy is RendezvousHashing ? RendezvousTable(view) : nil)
    }

    /// What to choose among for a kind; `nil` for all members.
    private mutating func narrowChoice(for kind: ProcessKind?) -> Choice? {
        guard !narrowed.isEmpty, let kind, kind != plainKind else { return nil }
        guard let known = narrowed[kind] else {
            plainKind = kind
            return nil
        }
        if let choice = known.choice { return choice }
        var view = base.view
        view.members.removeAll { member in lives[member.name].map(known.lacking.contains) ?? false }
        let narrow = choice(view)
        narrowed[kind]?.choice = narrow
        return narrow
    }
}

// MARK: - Owners

extension Candidates {
    /// Whether the hash of a child alone names its owner, unless a decision was recorded: all members run all kinds.
    package var isPlain: Bool { narrowed.isEmpty && base.table != nil }

    /// There is one candidate, for all children.
    package var isAlone: Bool { base.view.members.count == 1 }

    /// The owner of a child, if all is plain.
    package func owner(ofHash hash: UInt64) -> NodeName? {
        base.table?.owner(ofHash: hash).map { base.view.members[$0].name }
    }

    /// The owner of one child; `nil` if nobody takes it.
    package mutating func owner(of id: ChildID, hash: UInt64, kind: ProcessKind?, recorded: [NodeName]) -> NodeName? {
        let narrow = narrowChoice(for: kind)
        if recorded.isEmpty, narrow == nil, base.table != nil { return owner(ofHash: hash) }
        guard let narrow else { return base.owner(of: id, hash: hash, recorded: recorded, by: strategy) }
        return narrow.owner(of: id, hash: hash, recorded: recorded, by: strategy)
    }

    /// The owner of a child, and those that would own it next.
    package mutating func ranking(of id: ChildID, kind: ProcessKind?) -> [NodeName] {
        let choice = narrowChoice(for: kind) ?? base
        return strategy.owners(of: [id], copies: Limits.moveTargets + 1, in: choice.view).first ?? []
    }
}

/// A strategy has no identity: two are equal when they choose among the same.
extension Candidates: Hashable {
    package static func == (left: Self, right: Self) -> Bool {
        left.base == right.base && left.lives == right.lives
            && left.narrowed.mapValues(\.lacking) == right.narrowed.mapValues(\.lacking)
    }
    package func hash(into hasher: inout Hasher) { hasher.combine(base.view.version) }
}
