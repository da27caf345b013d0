// SPDX-License-Identifier: Apache-2.0

package import HubCore

// The cases of what hub machines hear, do and tell each other. `nil` for what no simulated node can bring about yet, each
// with its reason: a new case does not compile until somebody has decided which it is.

extension HubEvent {
    package enum Kind: UInt8, CaseIterable, Sendable {
        case viewChanged, linkUp, received, drainAsked, timePassed, workContinued, startAsked, stopAsked, changeAsked,
            instancesStarted, instanceFailed, instanceEnded, authorityAnswered
    }

    package var kind: Kind {
        switch self {
        case .viewChanged: .viewChanged
        case .linkUp: .linkUp
        case .received: .received
        case .drainAsked: .drainAsked
        case .timePassed: .timePassed
        case .workContinued: .workContinued
        case .startAsked: .startAsked
        case .stopAsked: .stopAsked
        case .changeAsked: .changeAsked
        case .instancesStarted: .instancesStarted
        case .instanceFailed: .instanceFailed
        case .instanceEnded: .instanceEnded
        case .authorityAnswered: .authorityAnswered
        }
    }
}

extension HubEffect {
    package enum Kind: UInt8, CaseIterable, Sendable {
        case send, startInstances, stopInstances, renewInstances, publish, answer, finished, ask, drained, continueWork,
            tell
    }

    package var kind: Kind {
        switch self {
        case .send: .send
        case .startInstances: .startInstances
        case .stopInstances: .stopInstances
        case .renewInstances: .renewInstances
        case .publish: .publish
        case .answer: .answer
        case .finished: .finished
        case .ask: .ask
        case .drained: .drained
        case .continueWork: .continueWork
        case .tell: .tell
        }
    }

    /// Marks what it contains.
    func mark(_ marks: inout MarkCounts) {
        switch self {
        case .send(let message, _): if let kind = message.kind { marks.reach(.hubMessage(kind)) }
        case .stopInstances(let orders): for order in orders { marks.reach(.stopCause(order.cause.kind)) }
        case .tell(let note): if let kind = note.kind { marks.reach(.hubNote(kind)) }
        case .startInstances, .renewInstances, .publish, .answer, .finished, .ask, .drained, .continueWork: break
        }
    }
}

extension HubMessage {
    package enum Kind: UInt8, CaseIterable, Sendable {
        case delta, received, compare, compared, keys, differences, wishes, completed, sliceWanted, relayAsked
        case askedStart, askedStop, askedUndo, askedChange, answered, abandoned
        case offered, accepted, declined, lacking
    }

    /// `nil` for what only a newer version says: no simulated node does.
    package var kind: Kind? {
        switch self {
        case .registry(let message): message.body.kind
        case .operation(let message): message.kind
        case .move(.offered): .offered
        case .move(.accepted): .accepted
        case .move(.declined): .declined
        case .lacking: .lacking
        case .unknown: nil
        }
    }
}

extension RegistryMessage.Body {
    fileprivate var kind: HubMessage.Kind? {
        switch self {
        case .delta: .delta
        case .received: .received
        case .compare: .compare
        case .compared: .compared
        case .keys: .keys
        case .differences: .differences
        case .wishes: .wishes
        case .completed: .completed
        case .sliceWanted: .sliceWanted
        case .relayAsked: .relayAsked
        case .unknown: nil
        }
    }
}

extension OperationMessage {
    fileprivate var kind: HubMessage.Kind {
        switch self {
        case .asked(let request):
            switch request.work {
            case .start: .askedStart
            case .stop: .askedStop
            case .undo: .askedUndo
            case .change: .askedChange
            }
        case .answered: .answered
        case .abandoned: .abandoned
        }
    }
}

extension HubNote {
    package enum Kind: UInt8, CaseIterable, Sendable {
        case activated, deactivated, quarantined, conflictResolved, droppedAsStopped, childMoved, restartsDelayed
    }

    package var kind: Kind? {
        switch self {
        case .activated: .activated
        case .deactivated: .deactivated
        case .quarantined: .quarantined
        case .conflictResolved: .conflictResolved
        case .droppedAsStopped: .droppedAsStopped
        // A clock more than a year ahead cuts its node off for good; no world has one.
        case .refusedStamp: nil
        case .childMoved: .childMoved
        case .restartsDelayed: .restartsDelayed
        }
    }
}

extension ExitReason {
    package enum Kind: UInt8, CaseIterable, Sendable { case normal, failed, stopped }

    package var kind: Kind {
        switch self {
        case .normal: .normal
        case .failed: .failed
        case .stopped: .stopped
        }
    }
}

extension StartFault {
    package enum Kind: UInt8, CaseIterable, Sendable { case unknownKind, initializerThrew, timedOut, nodeLeaves }

    package var kind: Kind {
        switch self {
        case .unknownKind: .unknownKind
        case .initializerThrew, .undecodableArguments: .initializerThrew
        case .timedOut: .timedOut
        case .nodeLeaves: .nodeLeaves
        }
    }
}

extension StopOrder.Cause {
    package enum Kind: UInt8, CaseIterable, Sendable { case stopped, shutdown, superseded }

    package var kind: Kind {
        switch self {
        case .stopped: .stopped
        case .shutdown: .shutdown
        case .superseded: .superseded
        }
    }
}

extension AuthorityAction {
    package enum Kind: UInt8, CaseIterable, Sendable { case claim, transfer, release }

    package var kind: Kind {
        switch self {
        case .claim: .claim
        case .transfer: .transfer
        case .release: .release
        }
    }
}

extension AuthorityAnswer {
    package enum Kind: UInt8, CaseIterable, Sendable { case granted, refused, lost, regained }

    package var kind: Kind {
        switch self {
        case .granted: .granted
        case .refused: .refused
        case .lost: .lost
        case .regained: .regained
        }
    }
}

extension ChildOutcome {
    package enum Kind: UInt8, CaseIterable, Sendable {
        case started, stopped, changed, alreadyStarted, duplicate, unknown, startFailed, tooManyHops, deadlinePassed,
            rolledBack, leaving
    }

    package var kind: Kind? {
        switch self {
        case .started: .started
        case .stopped: .stopped
        case .changed: .changed
        case .failed(let fault): fault.kind
        }
    }
}

extension ChildFault {
    fileprivate var kind: ChildOutcome.Kind? {
        switch self {
        case .alreadyStarted: .alreadyStarted
        case .duplicate: .duplicate
        case .unknown: .unknown
        case .startFailed: .startFailed
        case .tooManyHops: .tooManyHops
        case .deadlinePassed: .deadlinePassed
        case .rolledBack: .rolledBack
        case .leaving: .leaving
        // Nobody says them yet: an operation without an owner waits for its deadline, and quorums come later.
        case .noOwner, .partitioned, .refused: nil
        // It takes 65 536 operations of one node at a time.
        case .overloaded: nil
        }
    }
}
