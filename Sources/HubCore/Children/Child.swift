// SPDX-License-Identifier: Apache-2.0

/// What a user asks to run: an id, a kind, its arguments and what is known about it. The wish, kept until it is stopped.
///
/// A child is made from a process type, `Child(Counter.self, id: "c-1", .init(start: 5))`.
public struct Child: Hashable, Sendable {
    /// Unique in its hub.
    public let id: ChildID
    public let kind: ProcessKind
    /// The encoded arguments of the kind.
    package var arguments: [UInt8]
    /// At most 4 KiB encoded.
    public var metadata: [String: MetadataValue]
    /// At most 16 of at most 64 bytes each.
    public var tags: Set<String>
    /// When an instance that ended is started again.
    public var restart: RestartPolicy
    /// How long an instance may take to end.
    public var shutdown: Duration
    /// Why the arguments could not be encoded, in words. A child that has a flaw never leaves the shell.
    package var flaw: String?

    package init(
        id: ChildID, kind: ProcessKind, arguments: [UInt8] = [], metadata: [String: MetadataValue] = [:],
        tags: Set<String> = [], restart: RestartPolicy = .permanent, shutdown: Duration = Limits.childShutdown
    ) {
        self.id = id
        self.kind = kind
        self.arguments = arguments
        self.metadata = metadata
        self.tags = tags
        self.restart = restart
        self.shutdown = shutdown
    }
}

/// When an instance that ended by itself is started again. A stop, a shutdown and a move are no such end.
public enum RestartPolicy: UInt8, Hashable, Codable, Sendable, CaseIterable {
    /// Always.
    case permanent = 0
    /// Only if it failed; after a normal end the child is stopped everywhere.
    case transient = 1
    /// Never: after its first end, and also when its node is lost, the child is stopped everywhere.
    case temporary = 2
}

/// How an instance ended.
public enum ExitReason: Hashable, Sendable {
    /// It asked for its end.
    case normal
    /// Its body threw; the text describes the error.
    case failed(String)
    /// It was stopped: by an operator, because its node leaves, or because another instance took its place.
    case stopped
}

/// Why an instance could not be started.
package enum StartFault: Hashable, Sendable {
    /// The kind is not registered on the node.
    case unknownKind
    /// The arguments could not be decoded.
    case undecodableArguments(String)
    /// The initializer threw; the text describes the error.
    case initializerThrew(String)
    /// The initializer did not return within the deadline; should it do so later, its instance is ended.
    case timedOut
    /// The node leaves, or its hub does.
    case nodeLeaves
}

/// Why an instance is activated.
public enum ActivationCause: UInt8, Hashable, Sendable, CaseIterable {
    /// A user asked for the child.
    case start = 0
    /// It moved here.
    case move = 1
    /// Its host was lost.
    case failover = 2
    /// Its instance ended and is started again in place.
    case restart = 3
}

/// Names one activation: a child and the epoch that no other activation shares (S2).
package struct InstanceID: Hashable, Sendable {
    package var child: ChildID
    package var epoch: Epoch
    /// Where the machine that ordered it expects to find it: a hint, which takes no part in equality.
    package var place = UInt32.none

    package init(child: ChildID, epoch: Epoch) {
        self.child = child
        self.epoch = epoch
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.epoch == right.epoch && left.child == right.child
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(child)
        hasher.combine(epoch)
    }
}
