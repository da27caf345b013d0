// SPDX-License-Identifier: Apache-2.0

public import HubCore

/// What came of a start of one or many children.
public struct StartResult: Sendable {
    /// A child that runs.
    public struct Started: Hashable, Sendable {
        public let child: ChildID
        /// Where it runs, and under which epoch.
        public let host: Host
        /// How many nodes hold the wish that it runs: it is forgotten only when all of them are lost.
        public let holders: Int
    }

    public enum Status: Hashable, Sendable {
        /// Every child runs.
        case ok
        /// At least one does not.
        case failed
    }

    /// Those that run, in the order they were asked for.
    public let started: [Started]
    /// Those that could not be started, in the order they were asked for.
    public let errors: [ChildFailure]
    /// Those that were taken back because others failed: ``StartOptions/FailurePolicy/rollBack``.
    public let rolledBack: [ChildID]
    /// Whether what the operation started was stopped again.
    public let isRolledBack: Bool
    private let resolver: Resolver

    init(
        started: [Started], errors: [ChildFailure], rolledBack: [ChildID] = [], isRolledBack: Bool = false,
        resolver: Resolver
    ) {
        self.started = started
        self.errors = errors
        self.rolledBack = rolledBack
        self.isRolledBack = isRolledBack
        self.resolver = resolver
    }

    public var status: Status { errors.isEmpty && !isRolledBack ? .ok : .failed }
    /// The ids of those that run.
    public var ids: [ChildID] { started.map(\.child) }
    /// The first that runs.
    public var first: Started? { started.first }
    /// Where the first one runs.
    public var node: NodeName? { started.first?.host.node }
    /// Where they run, each node once, in the order of the children.
    public var nodes: [NodeName] { started.map(\.host.node).withoutRepetition }

    /// What runs, if every child does.
    ///
    /// - Throws: ``HubError`` of the first child that failed. Its outcome speaks for the whole operation: `notExecuted` if
    ///   nothing runs because of it and nothing will, else `unknown`; ``started`` and ``errors`` say which.
    public func get() throws(HubError) -> [Started] {
        if status == .ok { return started }
        throw errors.summary(somethingWasDone: !started.isEmpty, wasTakenBack: isRolledBack)
    }

    /// A reference to the first that runs.
    ///
    /// - Throws: ``HubError`` if it is of another kind.
    public func process<P: HubProcess>(as type: P.Type) throws(HubError) -> P? {
        guard let first else { return nil }
        return try resolver.process(first.child, as: type)
    }

    /// References to all that run.
    ///
    /// - Throws: ``HubError`` if one is of another kind.
    public func processes<P: HubProcess>(as type: P.Type) throws(HubError) -> [P] {
        var processes: [P] = []
        for one in started { processes.append(try resolver.process(one.child, as: type)) }
        return processes
    }
}

/// What came of a stop of one or many children.
public struct StopResult: Sendable {
    /// A child that is stopped.
    public struct Stopped: Hashable, Sendable {
        public let child: ChildID
        /// The nodes that ran it.
        public let nodes: [NodeName]
        /// How many nodes hold the record that it is stopped.
        public let holders: Int
    }

    public enum Status: Hashable, Sendable {
        /// Every child is stopped.
        case ok
        /// At least one may not be.
        case failed
    }

    /// Those that are stopped, in the order they were asked for.
    public let stopped: [Stopped]
    /// Those that are not known to be, in the order they were asked for.
    public let errors: [ChildFailure]

    public var status: Status { errors.isEmpty ? .ok : .failed }
    /// The ids of those that are stopped.
    public var ids: [ChildID] { stopped.map(\.child) }
    /// The first that is stopped.
    public var first: Stopped? { stopped.first }
    /// The nodes that ran them, each once, in the order of the children.
    public var nodes: [NodeName] { stopped.flatMap(\.nodes).withoutRepetition }

    /// What is stopped, if every child is.
    ///
    /// - Throws: ``HubError`` of the first child that failed; its outcome is `notExecuted` if nothing was stopped and
    ///   nothing will be, else `unknown`.
    public func get() throws(HubError) -> [Stopped] {
        if status == .ok { return stopped }
        throw errors.summary(somethingWasDone: !stopped.isEmpty, wasTakenBack: false)
    }
}

extension [ChildFailure] {
    /// One error for all of them.
    fileprivate func summary(somethingWasDone: Bool, wasTakenBack: Bool) -> HubError {
        guard var error = first?.error else {
            return HubError(.rolledBack, "the children were taken back", outcome: .notExecuted)
        }
        if count > 1 { error.message += ", and \(count - 1) more failed" }
        if wasTakenBack { error.message += "; the others were taken back" }
        let isAbsent = !somethingWasDone && allSatisfy { $0.error.outcome == .notExecuted }
        error.outcome = isAbsent ? .notExecuted : .unknown
        return error
    }
}

extension [NodeName] {
    fileprivate var withoutRepetition: [NodeName] {
        var seen: Set<NodeName> = []
        return filter { seen.insert($0).inserted }
    }
}
