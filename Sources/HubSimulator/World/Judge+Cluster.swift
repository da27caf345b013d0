// SPDX-License-Identifier: Apache-2.0

internal import HubCore

// What is checked over the whole cluster.

extension Judge {
    /// Everything has been well for as long as agreement may take.
    func settle(_ world: World) {
        guard calmSince <= world.now - bounds.agreement else { return }
        checkAgreement(world)
    }

    /// The end of a run: everything was healed.
    func finish(_ world: World) {
        guard violation == nil else { return }
        checkAgreement(world)
        if violation == nil { world.callers?.finish(at: world.now, judge: self) }
        if violation == nil { checkHubs(world) }
    }

    private func checkAgreement(_ world: World) {
        let living = world.nodes.filter { $0.isRunning && !$0.isPaused(at: world.now) }
        for node in living where violation == nil { checkView(of: node, living, at: world.now) }
    }

    private func checkView(of node: SimulatedNode, _ living: [SimulatedNode], at now: Time) {
        for (index, one) in living.enumerated() {
            for other in living[(index + 1)...] where one.name == other.name {
                return fail(.identity, one.seat, "two living nodes are called \(one.name) (S14)", at: now)
            }
        }
        let witness = witnesses[node.seat]
        let isInService = witness.standing == .serving || (witness.isDraining && witness.standing == .leaving)
        guard let view = witness.view, isInService else {
            let standing = witness.standing.word
            return fail(.agreement, node.seat, "is \(standing) though everything is well (L1)", at: now)
        }
        for other in living where view[other.name]?.incarnation != other.incarnation {
            return fail(.agreement, node.seat, "does not see \(other.name) \(other.incarnation) (L1)", at: now)
        }
        guard view.members.count == living.count else {
            let names = view.members.map(\.name.rawValue).joined(separator: ",")
            return fail(.agreement, node.seat, "sees \(names), and \(living.count) live (L1)", at: now)
        }
        for other in living where other.seat != node.seat && node.connections[other.name] == nil {
            return fail(.agreement, node.seat, "is not connected to \(other.name), and all is well (L1)", at: now)
        }
        for other in living { checkStatement(of: other, in: view, node, at: now) }
    }

    private func checkStatement(of other: SimulatedNode, in view: MemberView, _ node: SimulatedNode, at now: Time) {
        guard let member = view[other.name] else { return }
        let truth = witnesses[other.seat]
        if member.hubs != truth.hubs {
            fail(.agreement, node.seat, "hubs of \(other.name): \(member.hubs), really \(truth.hubs) (L1)", at: now)
        }
        if truth.isDraining, member.service != .draining {
            fail(.agreement, node.seat, "\(other.name) drains and is \(member.service) (L1)", at: now)
        }
    }

    // MARK: - Duties

    /// Whether every running process takes this life for alive.
    func isKnownToAll(_ incarnation: Incarnation, except seat: Int) -> Bool {
        witnesses.indices.allSatisfy { other in
            guard other != seat, witnesses[other].isRunning else { return true }
            let entries = witnesses[other].roster?.entries ?? []
            return entries.contains { $0.member.incarnation == incarnation && $0.state == .alive }
        }
    }

    /// After a process ended or fell silent in a calm cluster.
    func duty(_ number: Int, _ world: World) {
        let duty = duties[number]
        guard duty.disturbance == world.disturbances else { return }
        for node in world.nodes where node.isRunning && node.seat != duty.seat && !node.isPaused(at: world.now) {
            let name = world.nodes[duty.seat].name
            let entry = witnesses[node.seat].roster?.entries.first {
                $0.member.name == name && $0.member.incarnation == duty.incarnation
            }
            guard let entry, entry.state.rawValue < duty.atLeast.rawValue else { continue }
            fail(
                .detection, node.seat, "\(name) is \(entry.state.word), and should be \(duty.atLeast.word)",
                at: world.now)
        }
    }

    /// Two processes had one name, and nothing else went wrong for as long as agreement may take: one of them runs, and
    /// the other one has given way by itself.
    func namesakes(of seat: Int, _ twin: Int, since start: Time, _ world: World) {
        let processes = world.nodes.filter { $0.name == world.nodes[seat].name }
        // There may be a third one.
        let latest = processes.map(\.runsSince).max() ?? start
        let quietSince = max(start, latest, world.troubledUntil)
        guard quietSince + max(Plan.twinDecided, bounds.agreement) <= world.now else { return }
        let running = processes.count(where: \.isRunning)
        guard running == 1 else {
            return fail(
                .identity, seat, "\(running) processes run under the name \(world.nodes[seat].name) (S14)",
                at: world.now)
        }
        for process in processes where !process.isRunning && witnesses[process.seat].endedAt >= start {
            guard process.gaveWay else {
                return fail(.identity, process.seat, "ended, and not because its name is taken (S14)", at: world.now)
            }
        }
        marks.reach(.check(.oneOfTwins))
    }

    // MARK: - Scenarios

    func expect(_ expectation: Expectation, in world: World) {
        guard let reason = fault(in: expectation.condition, world) else { return }
        fail(.expectation, nil, "\(expectation.text): \(reason)", at: world.now)
    }

    private func fault(in condition: Expectation.Condition, _ world: World) -> String? {
        switch condition {
        case .agreed(let seats):
            for seat in seats {
                if let fault = viewFault(of: seat, seats, world) { return fault }
            }
            return nil
        case .view(let seat, let seats): return viewFault(of: seat, seats, world)
        case .sees(let seat, let other, let word): return beliefFault(of: seat, other, word, world)
        case .stands(let seat, let word):
            let standing = witnesses[seat].standing
            return standing.word == word.rawValue ? nil : "it is \(standing.word)"
        case .exited(let seat): return witnesses[seat].hasLeft ? nil : "it did not"
        case .runs, .gone, .hosts: return HubExpectation(world).fault(in: condition)
        case .nobodyDied: return falseDeaths == 0 ? nil : "\(falseDeaths) times somebody did"
        }
    }

    private func viewFault(of seat: Int, _ seats: [Int], _ world: World) -> String? {
        guard world.nodes[seat].isRunning, let view = witnesses[seat].view else {
            return "\(world.nodes[seat].name) does not run"
        }
        let wanted = seats.map { world.nodes[$0] }
        let isRight =
            view.members.count == wanted.count
            && wanted.allSatisfy { view[$0.name]?.incarnation == $0.incarnation }
        if isRight { return nil }
        let names = view.members.map { "\($0.name)" }.joined(separator: ",")
        return "\(world.nodes[seat].name) sees \(names)"
    }

    private func beliefFault(of seat: Int, _ other: Int, _ word: Expectation.RosterWord, _ world: World) -> String? {
        let name = world.nodes[other].name
        let states = witnesses[seat].roster?.entries.filter { $0.member.name == name }.map(\.state) ?? []
        let found = states.last.map(\.word) ?? "unknown"
        return states.contains { $0.word == word.rawValue } || found == word.rawValue ? nil : "it is \(found)"
    }
}
