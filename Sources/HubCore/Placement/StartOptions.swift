// SPDX-License-Identifier: Apache-2.0

/// How a start of one or many children is done.
public struct StartOptions: Hashable, Sendable {
    /// Ten seconds.
    public static let defaultDeadline = Limits.operationDeadline

    /// For the whole operation, however many nodes it concerns.
    public var deadline: Duration
    public var onFailure: FailurePolicy
    /// Whether a child that is wished for already is an error; otherwise the start makes sure that it runs.
    public var existing: ExistingPolicy

    public init(
        deadline: Duration = Self.defaultDeadline, onFailure: FailurePolicy = .continue,
        existing: ExistingPolicy = .refuse
    ) {
        self.deadline = deadline
        self.onFailure = onFailure
        self.existing = existing
    }

    /// What becomes of the others when one child cannot be started.
    public enum FailurePolicy: UInt8, Hashable, Sendable, CaseIterable {
        case `continue` = 0
        /// What this operation started is stopped again.
        case rollBack = 1
    }

    public enum ExistingPolicy: UInt8, Hashable, Sendable, CaseIterable {
        /// The child fails as already started, the others go on.
        case refuse = 0
        /// It counts as started if it is the same kind.
        case keep = 1
    }
}

/// How a stop of one or many children is done.
public struct StopOptions: Hashable, Sendable {
    /// Ten seconds.
    public static let defaultDeadline = Limits.operationDeadline

    /// For the whole operation, however many nodes it concerns.
    public var deadline: Duration

    public init(deadline: Duration = Self.defaultDeadline) { self.deadline = deadline }
}
