// SPDX-License-Identifier: Apache-2.0

package import HubCore

/// Something that a campaign has to have seen.
package enum Mark: Hashable, Sendable {
    case event(NodeEvent.Kind)
    case effect(NodeEffect.Kind)
    case message(NodeMessage.Kind)
    case rumour(Rumour.Kind)
    case verdict(MembershipMessage.Verdict)
    case note(MembershipNote.Kind)
    case death(MembershipNote.DeathCause)
    case linkEnd(LinkEnd)
    case dialFault(DialFault.Kind)
    case standing(StandingStep)
    case state(StateStep)
    case fault(Fault.Kind)
    case shape(Shape)
    case travel(Travel)
    case call(CallStep)
    case check(Check)
    case hubEvent(HubEvent.Kind)
    case hubEffect(HubEffect.Kind)
    case hubMessage(HubMessage.Kind)
    case hubNote(HubNote.Kind)
    case exit(ExitReason.Kind)
    case startFault(StartFault.Kind)
    case stopCause(StopOrder.Cause.Kind)
    case cause(ActivationCause)
    case authority(AuthorityAction.Kind)
    case authorityAnswer(AuthorityAnswer.Kind)
    case outcome(ChildOutcome.Kind)
}

/// What a judge looks at only when nothing stands in the way.
package enum Check: UInt8, CaseIterable, Sendable {
    /// Of two processes with one name one was left.
    case oneOfTwins
}

/// How a standing may change; the cases are those that its documentation names.
package enum StandingStep: UInt8, CaseIterable, Sendable {
    case joiningToServing, joiningToLeaving, joiningToLeft, servingToUnsure,
        servingToLeaving, servingToLeft, unsureToServing, unsureToLeaving,
        leavingToUnsure, leavingToLeft

    package init?(_ old: Standing, _ new: Standing) {
        switch (old, new) {
        case (.joining, .serving): self = .joiningToServing
        case (.joining, .leaving): self = .joiningToLeaving
        case (.joining, .left): self = .joiningToLeft
        case (.serving, .unsure): self = .servingToUnsure
        case (.serving, .leaving): self = .servingToLeaving
        case (.serving, .left): self = .servingToLeft
        case (.unsure, .serving): self = .unsureToServing
        case (.unsure, .leaving): self = .unsureToLeaving
        case (.leaving, .unsure): self = .leavingToUnsure
        case (.leaving, .left): self = .leavingToLeft
        default: return nil
        }
    }
}

/// How a node's belief about one life of another may change. Dead and left are final.
package enum StateStep: UInt8, CaseIterable, Sendable {
    case aliveToSuspected, aliveToDead, aliveToLeft, suspectedToAlive, suspectedToDead, suspectedToLeft

    package init?(_ old: Roster.State, _ new: Roster.State) {
        switch (old, new) {
        case (.alive, .suspected): self = .aliveToSuspected
        case (.alive, .dead): self = .aliveToDead
        case (.alive, .left): self = .aliveToLeft
        case (.suspected, .alive): self = .suspectedToAlive
        case (.suspected, .dead): self = .suspectedToDead
        case (.suspected, .left): self = .suspectedToLeft
        default: return nil
        }
    }
}

/// What may happen to a machine message on its way.
package enum Travel: UInt8, CaseIterable, Sendable {
    case arrived, lost, doubled, late, cutOff, heldUp, withoutConnection, connectionGone
}

/// What may happen to a call.
package enum CallStep: UInt8, CaseIterable, Sendable {
    case answered, sentAgain, redirected, joined, refused, notExecuted, unknown, moved, cutOff, overdue,
        heldInVain
}

extension Mark: CaseIterable {
    package static let allCases: [Mark] =
        NodeEvent.Kind.allCases.map(Mark.event) + NodeEffect.Kind.allCases.map(Mark.effect)
        + NodeMessage.Kind.allCases.map(Mark.message) + Rumour.Kind.allCases.map(Mark.rumour)
        + MembershipMessage.Verdict.allCases.map(Mark.verdict) + MembershipNote.Kind.allCases.map(Mark.note)
        + MembershipNote.DeathCause.allCases.map(Mark.death) + LinkEnd.allCases.map(Mark.linkEnd)
        + DialFault.Kind.allCases.map(Mark.dialFault) + StandingStep.allCases.map(Mark.standing)
        + StateStep.allCases.map(Mark.state) + Fault.Kind.allCases.map(Mark.fault) + Shape.allCases.map(Mark.shape)
        + Travel.allCases.map(Mark.travel) + CallStep.allCases.map(Mark.call) + Check.allCases.map(Mark.check)
        + hubCases

    private static let hubCases: [Mark] =
        HubEvent.Kind.allCases.map(Mark.hubEvent)
        + HubEffect.Kind.allCases.map(Mark.hubEffect)
        + HubMessage.Kind.allCases.map(Mark.hubMessage)
        + HubNote.Kind.allCases.map(Mark.hubNote)
        + ExitReason.Kind.allCases.map(Mark.exit)
        + StartFault.Kind.allCases.map(Mark.startFault)
        + StopOrder.Cause.Kind.allCases.map(Mark.stopCause)
        + ActivationCause.allCases.map(Mark.cause)
        + AuthorityAction.Kind.allCases.map(Mark.authority)
        + AuthorityAnswer.Kind.allCases.map(Mark.authorityAnswer)
        + ChildOutcome.Kind.allCases.map(Mark.outcome)

    private var group: Int {
        switch self {
        case .event: 0
        case .effect: 1
        case .message: 2
        case .note: 3
        case .death: 4
        case .linkEnd: 5
        case .dialFault: 6
        case .standing: 7
        case .state: 8
        case .fault: 9
        case .shape: 10
        case .travel: 11
        case .call: 12
        case .rumour: 13
        case .verdict: 14
        case .check: 15
        case .hubEvent: 16
        case .hubEffect: 17
        case .hubMessage: 18
        case .hubNote: 19
        case .exit: 20
        case .startFault: 21
        case .stopCause: 22
        case .cause: 23
        case .authority: 24
        case .authorityAnswer: 25
        case .outcome: 26
        }
    }

    private var member: UInt8 {
        switch self {
        case .event(let kind): kind.rawValue
        case .effect(let kind): kind.rawValue
        case .message(let kind): kind.rawValue
        case .note(let kind): kind.rawValue
        case .death(let cause): cause.rawValue
        case .linkEnd(let end): end.rawValue
        case .dialFault(let kind): kind.rawValue
        case .standing(let step): step.rawValue
        case .state(let step): step.rawValue
        case .fault(let kind): kind.rawValue
        case .shape(let shape): shape.rawValue
        case .travel(let travel): travel.rawValue
        case .call(let step): step.rawValue
        case .rumour(let kind): kind.rawValue
        case .verdict(let verdict): verdict.rawValue
        case .check(let check): check.rawValue
        case .hubEvent(let kind): kind.rawValue
        case .hubEffect(let kind): kind.rawValue
        case .hubMessage(let kind): kind.rawValue
        case .hubNote(let kind): kind.rawValue
        case .exit(let kind): kind.rawValue
        case .startFault(let kind): kind.rawValue
        case .stopCause(let kind): kind.rawValue
        case .cause(let cause): cause.rawValue
        case .authority(let kind): kind.rawValue
        case .authorityAnswer(let kind): kind.rawValue
        case .outcome(let kind): kind.rawValue
        }
    }

    /// A small number of its own.
    package var place: Int { group * 64 + Int(member) }
    static let places = 27 * 64
}

extension Mark: CustomStringConvertible {
    package var description: String {
        switch self {
        case .event(let kind): "event \(kind)"
        case .effect(let kind): "effect \(kind)"
        case .message(let kind): "message \(kind)"
        case .note(let kind): "note \(kind)"
        case .death(let cause): "death \(cause)"
        case .linkEnd(let end): "connection \(end)"
        case .dialFault(let kind): "dial \(kind)"
        case .standing(let step): "standing \(step)"
        case .state(let step): "belief \(step)"
        case .fault(let kind): "fault \(kind)"
        case .shape(let shape): "shape \(shape)"
        case .travel(let travel): "message \(travel)"
        case .call(let step): "call \(step)"
        case .rumour(let kind): "rumour \(kind)"
        case .verdict(let verdict): "verdict \(verdict)"
        case .check(let check): "check \(check)"
        case .hubEvent(let kind): "hub event \(kind)"
        case .hubEffect(let kind): "hub effect \(kind)"
        case .hubMessage(let kind): "hub message \(kind)"
        case .hubNote(let kind): "hub note \(kind)"
        case .exit(let kind): "instance ended \(kind)"
        case .startFault(let kind): "start fault \(kind)"
        case .stopCause(let kind): "stop because \(kind)"
        case .cause(let cause): "activated by \(cause)"
        case .authority(let kind): "authority asked to \(kind)"
        case .authorityAnswer(let kind): "authority \(kind)"
        case .outcome(let kind): "outcome \(kind)"
        }
    }
}

/// How often each mark was reached.
package struct MarkCounts: Sendable {
    private var counts = [UInt64](repeating: 0, count: Mark.places)

    package init() {}

    package mutating func reach(_ mark: Mark) { counts[mark.place] += 1 }

    package subscript(mark: Mark) -> UInt64 { counts[mark.place] }

    package mutating func add(_ other: MarkCounts) {
        for place in counts.indices { counts[place] += other.counts[place] }
    }

    /// One for each mark that was reached.
    package mutating func addOnce(_ other: MarkCounts) {
        for place in counts.indices where other.counts[place] > 0 { counts[place] += 1 }
    }

    /// The marks that were reached least, the rarest first.
    package func rarest(_ count: Int) -> [(mark: Mark, count: UInt64)] {
        Array(Mark.allCases.map { ($0, self[$0]) }.sorted { $0.1 < $1.1 }.prefix(count))
    }

    package var missing: [Mark] { Mark.allCases.filter { self[$0] == 0 } }
}
