// SPDX-License-Identifier: Apache-2.0

// What hooks can be registered for, and what they are told.

extension HookKey where Payload == Member {
    /// A node joins the hub; nothing was done about it yet.
    public static var preClusterJoin: Self { Self("preClusterJoin") }
    /// The node that joined is in the settled view, and children move to it.
    public static var postClusterJoin: Self { Self("postClusterJoin") }
    /// A node left the settled view; nothing was done about it yet.
    public static var preClusterLeave: Self { Self("preClusterLeave") }
    /// What the node that left had run was placed elsewhere.
    public static var postClusterLeave: Self { Self("postClusterLeave") }
}

extension HookKey where Payload == ChildrenStart {
    /// Children are about to be started here; the batch waits for the hooks.
    public static var preChildrenStart: Self { Self("preChildrenStart") }
}

/// Children that are started together on this node.
public struct ChildrenStart: Hashable, Sendable {
    public var children: [Child]
    public var cause: ActivationCause

    public init(children: [Child], cause: ActivationCause) {
        self.children = children
        self.cause = cause
    }
}

extension HookKey where Payload == ChildrenMigrated {
    /// Children moved away from this node and run elsewhere.
    public static var childrenMigrated: Self { Self("childrenMigrated") }
}

/// Children that moved.
public struct ChildrenMigrated: Hashable, Sendable {
    public var children: [ChildID]
    public var from: NodeName
    public var to: NodeName

    public init(children: [ChildID], from: NodeName, to: NodeName) {
        self.children = children
        self.from = from
        self.to = to
    }
}

extension HookKey where Payload == ActivatedChild {
    /// An instance of this node executes calls from now on (S13: once per activation).
    public static var activated: Self { Self("activated") }
}

public struct ActivatedChild: Hashable, Sendable {
    public var child: ChildID
    public var epoch: Epoch
    public var activation: Activation
    public var cause: ActivationCause

    public init(child: ChildID, epoch: Epoch, activation: Activation, cause: ActivationCause) {
        self.child = child
        self.epoch = epoch
        self.activation = activation
        self.cause = cause
    }
}

extension HookKey where Payload == DeactivatedChild {
    /// An instance of this node ended (S13: once per activation, unless the node crashed).
    public static var deactivated: Self { Self("deactivated") }
}

public struct DeactivatedChild: Hashable, Sendable {
    public var child: ChildID
    public var epoch: Epoch
    public var reason: ExitReason

    public init(child: ChildID, epoch: Epoch, reason: ExitReason) {
        self.child = child
        self.epoch = epoch
        self.reason = reason
    }
}

extension HookKey where Payload == ResolvedConflict {
    /// Two activations of a child met, as after a split, and one of them goes on.
    public static var conflictResolved: Self { Self("conflictResolved") }
}

public struct ResolvedConflict: Hashable, Sendable {
    public var child: ChildID
    /// The epoch of the activation that goes on, and of the one that ended.
    public var kept: Epoch
    public var ended: Epoch

    public init(child: ChildID, kept: Epoch, ended: Epoch) {
        self.child = child
        self.kept = kept
        self.ended = ended
    }
}

extension HookKey where Payload == QuarantinedChild {
    /// A child failed too often and is not restarted for a while.
    public static var childQuarantined: Self { Self("childQuarantined") }
}

public struct QuarantinedChild: Hashable, Sendable {
    public var child: ChildID
    public var failures: Int

    public init(child: ChildID, failures: Int) {
        self.child = child
        self.failures = failures
    }
}

extension HookKey where Payload == ChildID {
    /// A child that was stopped long ago came back with a member that was away, and was dropped again.
    public static var droppedAsStopped: Self { Self("droppedAsStopped") }
}
