// SPDX-License-Identifier: Apache-2.0

internal import DequeModule
@testable internal import HubCore
@testable internal import HubSimulator

/// Mistakes that a machine or its driver could make. Each is planted here alone, and has to be found by a random seed.
enum PlantedBug: String, CaseIterable, Sendable {
    /// The driver looks at its timers before what has arrived.
    case timersBeforeMessages
    /// A change about one member restarts the settle time of all.
    case everyoneSettlesAnew
    /// A life that ended is forgotten when the next one ends.
    case deadAreForgotten
    /// A node does not listen when it is called dead.
    case deafToItsOwnDeath
    /// A suspicion is answered by a new incarnation instead of a higher count.
    case suspicionTakenForDeath
    /// A node does not answer suspicions.
    case neverRefutes
    /// One member that saw a connection end and its address refuse is proof enough.
    case oneWitnessIsEnough
    /// Suspicions do not wait for anybody's answer.
    case hastySuspicion
    /// Who leaves is called dead.
    case leaveTakenForDeath
    /// Who is connected is a member, heard or not.
    case connectedIsMember
    /// Versions of views begin again with a new incarnation.
    case versionsBeginAgain
    /// Who stood still for long goes on as if nothing had happened.
    case neverDoubts
    /// Nodes that stood still together do not take each other's word.
    case companionsDoNotCount
    /// A node that takes a new incarnation forgets which hubs it runs.
    case hubsAreForgotten
    /// Tables are never compared, and rumours told once.
    case nothingIsRepeated
    /// What still comes over the connection of a life that is over is taken for its successor's.
    case oldConnectionIsRead
    /// What a machine does follows the order of a dictionary.
    case orderOfADictionary

    /// A driver with this mistake.
    func meddler() -> BuggyDriver { BuggyDriver(self) }
}

/// Makes one mistake all the time.
final class BuggyDriver: Meddler {
    let bug: PlantedBug
    private var lowestVersions: [Int: UInt64] = [:]
    private var lastVersions: [Int: UInt64] = [:]
    /// By seat, the last life of each peer that had a connection.
    private var lastLives: [Int: [NodeName: Incarnation]] = [:]

    init(_ bug: PlantedBug) { self.bug = bug }

    var looksAtTimersFirst: Bool { bug == .timersBeforeMessages }

    func change(_ settings: inout MembershipSettings) {
        switch bug {
        case .hastySuspicion:
            settings.suspicionMinimum = .milliseconds(20)
            settings.suspicionMaximum = .milliseconds(20)
            settings.probeTimeout = .milliseconds(20)
        case .nothingIsRepeated:
            settings.gossipRepeats = 0
        default: break
        }
    }

    func began(seat: Int, _ machine: inout NodeMachine) {
        lowestVersions[seat] = 0
        lastVersions[seat] = 0
        lastLives[seat] = [:]
    }

    func handle(
        _ event: NodeEvent, at now: Instant, seat: Int, by machine: inout NodeMachine,
        into effects: inout [NodeEffect]
    ) {
        let start = effects.count
        let before = machine.membership
        guard let event = altered(readLate(event, seat), machine) else { return }
        machine.handle(event, at: now, into: &effects)
        change(&machine, after: event, before, at: now, &effects)
        change(&effects, from: start, seat)
    }
}

// MARK: - What it hears

extension BuggyDriver {
    private func readLate(_ event: NodeEvent, _ seat: Int) -> NodeEvent {
        guard bug == .oldConnectionIsRead else { return event }
        switch event {
        case .linkUp(let peer, let incarnation, _):
            lastLives[seat, default: [:]][peer] = incarnation
            return event
        case .received(let message, let peer, let incarnation):
            return .received(message, from: peer, lastLives[seat]?[peer] ?? incarnation)
        default: return event
        }
    }

    private func altered(_ event: NodeEvent, _ machine: NodeMachine) -> NodeEvent? {
        guard case .received(.membership(var message), let peer, let incarnation) = event else { return event }
        let own = machine.membership.own.life
        switch bug {
        case .deafToItsOwnDeath: message.rumours.removeAll { $0.life == own && $0.isEpitaph }
        case .neverRefutes: message.rumours.removeAll { $0.life == own && $0.isSuspicion }
        case .suspicionTakenForDeath:
            for index in message.rumours.indices where message.rumours[index].life == own {
                if message.rumours[index].isSuspicion { message.rumours[index] = .dead(own, .silence) }
            }
        case .leaveTakenForDeath:
            if case .leaving = message.body {
                message.body = .news
                message.rumours.append(.dead(Life(peer, incarnation), .processEnded))
            }
            for index in message.rumours.indices {
                if case .left(let life) = message.rumours[index] { message.rumours[index] = .dead(life, .processEnded) }
            }
        case .companionsDoNotCount:
            if case .verdict(_, .memberInDoubt) = message.body { return nil }
        case .nothingIsRepeated:
            switch message.body {
            case .compare, .table: return nil
            default: break
            }
        default: break
        }
        return .received(.membership(message), from: peer, incarnation)
    }
}

extension Rumour {
    fileprivate var isEpitaph: Bool {
        switch self {
        case .dead, .left, .outranked: true
        case .alive, .suspected, .ended: false
        }
    }

    fileprivate var isSuspicion: Bool {
        switch self {
        case .suspected, .ended: true
        case .alive, .dead, .outranked, .left: false
        }
    }
}

// MARK: - What it makes of it

extension BuggyDriver {
    private func change(
        _ machine: inout NodeMachine, after event: NodeEvent, _ before: Membership, at now: Instant,
        _ effects: inout [NodeEffect]
    ) {
        switch bug {
        case .everyoneSettlesAnew:
            guard machine.membership.settling.count > before.settling.count else { return }
            for index in machine.membership.settling.indices {
                let name = machine.membership.settling[index].name
                machine.membership.settling[index].due = now.advanced(by: machine.membership.settings.settleTime)
                if machine.membership.records[name]?.unsettledSince != nil {
                    machine.membership.records[name]?.unsettledSince = now
                }
            }
        case .deadAreForgotten: machine.membership.graves = Graves(most: 1)
        case .oneWitnessIsEnough:
            guard case .dialFailed(_, let node?, .refused) = event else { return }
            addWitness(against: node, &machine, at: now, &effects)
        case .connectedIsMember:
            guard case .linkUp(let name, _, _) = event else { return }
            if machine.membership.records[name]?.statement.version == 0 {
                machine.membership.records[name]?.statement.version = 1
            }
            machine.membership.admit(name)
            machine.handle(.timePassed, at: now, into: &effects)
        case .hubsAreForgotten:
            guard machine.incarnation != before.incarnation else { return }
            machine.membership.own.hubs = []
        default: break
        }
    }

    /// Somebody else is said to have seen it too.
    private func addWitness(
        against node: NodeName, _ machine: inout NodeMachine, at now: Instant, _ effects: inout [NodeEffect]
    ) {
        guard let record = machine.membership.records[node], record.isPresent, record.witnesses.count == 1,
            let other = machine.membership.records.keys.sorted().first(where: {
                $0 != node && machine.membership.records[$0]?.isPresent == true
            }), let life = machine.membership.records[other]?.life
        else { return }
        let rumour = Rumour.ended(record.life, refutation: record.statement.refutation, by: other)
        let sender = MembershipMessage.Sender(refutation: 0, standing: .serving, digest: machine.membership.digest)
        let message = MembershipMessage(sender: sender, body: .news, rumours: [rumour])
        machine.handle(.received(.membership(message), from: other, life.incarnation), at: now, into: &effects)
    }

    private func change(_ effects: inout [NodeEffect], from start: Int, _ seat: Int) {
        for index in start..<effects.count {
            switch (bug, effects[index]) {
            case (.versionsBeginAgain, .renew): lowestVersions[seat] = lastVersions[seat]
            case (.versionsBeginAgain, .viewChanged(var view)):
                lastVersions[seat] = view.version
                view.version -= min(view.version, lowestVersions[seat] ?? 0)
                effects[index] = .viewChanged(view)
            case (.neverDoubts, .viewChanged(var view)) where view.standing == .unsure:
                view.standing = .serving
                effects[index] = .viewChanged(view)
            default: break
            }
        }
        guard bug == .orderOfADictionary, effects.count > start + 1 else { return }
        effects.replaceSubrange(start..., with: Array(Set(effects[start...])))
    }
}
