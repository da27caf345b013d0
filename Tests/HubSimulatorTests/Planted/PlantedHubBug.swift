// SPDX-License-Identifier: Apache-2.0

@testable internal import HubCore
@testable internal import HubSimulator

/// Mistakes that the machine of a hub or its driver could make. Each is planted here alone, and has to be found by a
/// random seed.
enum PlantedHubBug: String, CaseIterable, Sendable {
    /// Stamps do not say who minted them: two activations may share an epoch.
    case sharedEpochs
    /// A start or a stop is acknowledged as soon as its owner holds it.
    case oneHolderIsEnough
    /// A stop is acknowledged while a node that runs the child may not know of it.
    case stopIsDoneAtOnce
    /// A tombstone is forgotten soon, because by then every member has seen it; no horizon stays in its place.
    case seenByAllIsForgotten
    /// Members bring back what was stopped while they were away: horizons say nothing.
    case horizonIsIgnored
    /// An owner starts afresh without asking the others what they run.
    case startsWithoutLooking
    /// The driver looks at its timers before what has arrived.
    case hubTimersBeforeMessages
    /// Decisions are taken on members that have not settled.
    case actsOnUnsettledMembers
    /// What the machine does follows the order of a dictionary.
    case hubOrderOfADictionary
    /// A copy that is lost from a slice leaves its hash as it was, so that nobody misses it.
    case hashesMissCopies

    func meddler() -> BuggyHub { BuggyHub(self) }
}

/// Makes one mistake all the time.
final class BuggyHub: Meddler {
    let bug: PlantedHubBug
    /// What each seat's node believes, settled or not.
    private var rosters: [Int: [Member]] = [:]
    private var views: [Int: MemberView] = [:]
    private var fed: [Int: [Member]] = [:]
    private var chance = SeededGenerator(seed: 1)

    init(_ bug: PlantedHubBug) { self.bug = bug }

    var looksAtHubTimersFirst: Bool { bug == .hubTimersBeforeMessages }

    func change(_ settings: inout HubSettings) {
        switch bug {
        case .seenByAllIsForgotten: settings.registry.tombstoneLife = .milliseconds(500)
        case .startsWithoutLooking: settings.confirmation = .zero
        case .hashesMissCopies: settings.registry.antiEntropy = .seconds(2)
        default: break
        }
    }

    func handle(
        _ event: NodeEvent, at now: Instant, seat: Int, by machine: inout NodeMachine,
        into effects: inout [NodeEffect]
    ) {
        let start = effects.count
        machine.handle(event, at: now, into: &effects)
        guard bug == .actsOnUnsettledMembers else { return }
        for case .rosterChanged(let roster) in effects[start...] {
            rosters[seat] = roster.entries.filter { $0.state == .alive || $0.state == .suspected }.map(\.member)
        }
    }

    func handle(
        _ event: HubEvent, at now: Instant, seat: Int, by machine: inout HubMachine, into effects: inout [HubEffect]
    ) {
        let start = effects.count
        if bug == .actsOnUnsettledMembers { return handleUnsettled(event, at: now, seat, &machine, &effects) }
        machine.handle(event, at: now, into: &effects)
        switch bug {
        case .sharedEpochs: forgetWhoMints(&machine, at: now)
        case .oneHolderIsEnough: answerWithoutHolders(&machine, at: now, &effects)
        case .stopIsDoneAtOnce: answerWithoutHosts(&machine, at: now, &effects)
        case .seenByAllIsForgotten, .horizonIsIgnored: machine.registry.horizon = .zero
        case .hubOrderOfADictionary:
            if effects.count > start + 1 { effects.replaceSubrange(start..., with: Array(Set(effects[start...]))) }
        case .hashesMissCopies:
            if Int.random(in: 0..<200, using: &chance) == 0 {
                _ = machine.registry.loseCopy(isHashed: false, using: &chance)
            }
        case .startsWithoutLooking, .hubTimersBeforeMessages, .actsOnUnsettledMembers: break
        }
    }
}

extension BuggyHub {
    private static let nobody = Incarnation(rawValue: 7)

    private func forgetWhoMints(_ machine: inout HubMachine, at now: Instant) {
        guard machine.isBorn, machine.registry.clock.incarnation != Self.nobody else { return }
        var clock = StampClock(incarnation: Self.nobody)
        _ = clock.observe(Stamp(time: machine.registry.clock.highest, incarnation: Self.nobody), at: now)
        machine.registry.clock = clock
    }

    private func answerWithoutHolders(
        _ machine: inout HubMachine, at now: Instant, _ effects: inout [HubEffect]
    ) {
        guard !machine.holding.isEmpty else { return }
        var step = HubStep(now: now)
        let entries = machine.holding.take(limit: 10_000) { _, _ in true }
        for entry in entries {
            guard case .holding(let outcome, let stamp, _) = machine.decided.state(of: entry.item) else { continue }
            machine.say(.decided(outcome.held(by: 1), stamp: stamp), entry.item, &step)
        }
        machine.sendSaid(&step)
        step.finish(needsMore: machine.wantsToContinue(), into: &effects)
    }

    private func answerWithoutHosts(_ machine: inout HubMachine, at now: Instant, _ effects: inout [HubEffect]) {
        guard machine.awaitingHosts.count > 0 else { return }
        var step = HubStep(now: now)
        while let slot = machine.awaitingHosts.popFirst() {
            machine.isAwaitingHosts.remove(slot)
            for place in machine.decided.watchers(of: slot) {
                guard case .stopping(let stamp, let mark, let hosts) = machine.decided.state(of: place) else {
                    continue
                }
                machine.decided.unwatch(slot, place)
                machine.hold(.stopped(hosts: hosts, holders: 1), stamp, WishMark(mark), slot, place, &step)
            }
        }
        machine.awaitingDue = 0
        machine.sendSaid(&step)
        step.finish(needsMore: machine.wantsToContinue(), into: &effects)
    }

    /// Tells the machine of whoever is believed to live, at once.
    private func handleUnsettled(
        _ event: HubEvent, at now: Instant, _ seat: Int, _ machine: inout HubMachine, _ effects: inout [HubEffect]
    ) {
        if case .viewChanged(let view) = event { views[seat] = view }
        let members = (rosters[seat] ?? []).filter { $0.hubs.contains(machine.hub) }
        if var view = views[seat], view.standing == .serving, members.contains(where: { $0.name == view.node }) {
            view.members = members.sorted { $0.name < $1.name }
            if case .viewChanged = event {
                fed[seat] = view.members
                return machine.handle(.viewChanged(view), at: now, into: &effects)
            }
            if fed[seat] != view.members {
                fed[seat] = view.members
                machine.handle(.viewChanged(view), at: now, into: &effects)
            }
        }
        machine.handle(event, at: now, into: &effects)
    }
}
