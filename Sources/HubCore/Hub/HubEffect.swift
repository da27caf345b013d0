// SPDX-License-Identifier: Apache-2.0

/// Everything a hub's machine can do: the second half of the map. To be done in the order produced.
package enum HubEffect: Hashable, Sendable {
    // MARK: To other nodes

    /// Send it on the open connection, ahead of calls; without a connection it is lost, which is expected.
    case send(HubMessage, to: NodeName)

    // MARK: To instances of this node

    /// Make and activate them, all at the same time; each is answered by `instancesStarted` or `instanceFailed`.
    case startInstances([StartOrder])
    /// End them, all at the same time; each is answered by `instanceEnded`. One that is being made is ended when it is.
    case stopInstances([StopOrder])
    /// They go on in place under a higher epoch and begin a new line of state; at once, so nothing answers.
    case renewInstances([RenewOrder])

    // MARK: To readers and callers of this node

    /// What lookups, lists and calls of this node read from now on.
    case publish([ReadRow])
    /// The children of an operation that are decided; each child comes once.
    case answer(OperationID, [ChildAnswer])
    /// Every child of the operation has been answered. `isRolledBack`: what it started was stopped again.
    case finished(OperationID, isRolledBack: Bool)

    // MARK: To others

    case ask(AuthorityAction)
    /// Everything is moved off or stopped; what could not be is named.
    case drained(moved: Int, failed: [ChildID])
    /// Send ``HubEvent/workContinued`` once whatever waits was handled.
    case continueWork
    case tell(HubNote)
}

/// One activation to begin on this node.
package struct StartOrder: Hashable, Sendable {
    package var child: Child
    package var epoch: Epoch
    package var activation: Activation
    package var cause: ActivationCause
    /// How long its initializer may take.
    package var deadline: Duration
    /// Where the machine keeps it.
    package var place = UInt32.none

    /// What is begun, as it is to be reported.
    package var instance: InstanceID {
        var instance = InstanceID(child: child.id, epoch: epoch)
        instance.place = place
        return instance
    }

    package init(child: Child, epoch: Epoch, activation: Activation, cause: ActivationCause, deadline: Duration) {
        self.child = child
        self.epoch = epoch
        self.activation = activation
        self.cause = cause
        self.deadline = deadline
    }
}

/// One activation of this node that goes on under another epoch, because two had met or its node was declared dead.
package struct RenewOrder: Hashable, Sendable {
    package var instance: InstanceID
    package var epoch: Epoch

    package init(instance: InstanceID, epoch: Epoch) {
        self.instance = instance
        self.epoch = epoch
    }
}

/// One activation to end on this node.
package struct StopOrder: Hashable, Sendable {
    package var instance: InstanceID
    package var shutdown: Duration
    package var cause: Cause

    package init(instance: InstanceID, shutdown: Duration, cause: Cause) {
        self.instance = instance
        self.shutdown = shutdown
        self.cause = cause
    }

    package enum Cause: Hashable, Sendable {
        /// Somebody asked for it.
        case stopped
        /// The node or its hub leaves.
        case shutdown
        /// It moves, or runs elsewhere under a higher epoch: callers are sent there.
        case superseded(Route?)
    }
}

/// What readers of this node know about a child.
package struct ReadRow: Hashable, Sendable {
    package var child: ChildID
    package var content: Content

    package init(child: ChildID, content: Content) {
        self.child = child
        self.content = content
    }

    package enum Content: Hashable, Sendable {
        /// Wished for; `hosts` are its activations, the one to call first.
        case wished(ProcessKind, metadata: [String: MetadataValue], tags: Set<String>, hosts: [Route])
        /// No longer wished for: calls fail at once.
        case gone
    }
}

/// What a hub tells operators, hooks and counters, in order.
package enum HubNote: Hashable, Sendable {
    case activated(InstanceID, Activation, ActivationCause)
    case deactivated(InstanceID, ExitReason)
    case quarantined(ChildID, failures: Int)
    /// Two activations met; the one under `kept` goes on.
    case conflictResolved(ChildID, kept: Epoch, ended: Epoch)
    /// A wish that a collected tombstone covers came back with a member and was dropped.
    case droppedAsStopped(ChildID)
    /// A stamp more than a year ahead was refused.
    case refusedStamp(Stamp, from: NodeName)
    case childMoved(ChildID, from: NodeName, to: NodeName)
    case restartsDelayed(until: Duration)
}
