// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// A start that is under way, whether or not anybody awaits it.
///
/// ```swift
/// let many = hub.start(children)
/// let ids = try await many.result.ids
/// ```
public struct StartOperation: Sendable {
    let record: OperationRecord
    let resolver: Resolver

    /// What came of it, once every child is decided, at the latest when the deadline is over. May be awaited once, many
    /// times or never, by any task: a task that is cancelled goes on waiting, and the operation with it. What it says is in
    /// this node's own registry by then.
    ///
    /// - Throws: ``HubError`` if no child was tried at all (not executed): ``HubError/Code/noChildren``,
    ///   ``HubError/Code/nodeNotRunning`` if the node did not run until the deadline, ``HubError/Code/nodeStopped``.
    public var result: StartResult {
        get async throws(HubError) { try await record.outcome().started(resolver) }
    }
}

/// A stop that is under way, whether or not anybody awaits it.
public struct StopOperation: Sendable {
    let record: OperationRecord

    /// What came of it, once every child is decided, at the latest when the deadline is over. May be awaited once, many
    /// times or never, by any task: a task that is cancelled goes on waiting, and the operation with it.
    ///
    /// - Throws: ``HubError`` if no child was tried at all (not executed): ``HubError/Code/noChildren``,
    ///   ``HubError/Code/nodeNotRunning`` if the node did not run until the deadline, ``HubError/Code/nodeStopped``.
    public var result: StopResult {
        get async throws(HubError) { try await record.outcome().stopped() }
    }
}

/// What became of the children of an operation, in the order they were asked for.
struct OperationOutcome: Sendable {
    enum One: Sendable {
        case done(ChildOutcome)
        case failed(ChildFailure)
    }

    var children: [(ChildID, One)] = []
    var isRolledBack = false

    func started(_ resolver: Resolver) -> StartResult {
        var started: [StartResult.Started] = []
        var errors: [ChildFailure] = []
        var rolledBack: [ChildID] = []
        started.reserveCapacity(children.count)
        for (child, one) in children {
            switch one {
            case .done(.started(let route, let holders)):
                started.append(.init(child: child, host: Host(route), holders: holders))
            case .done(.failed(.rolledBack)): rolledBack.append(child)
            case .done(let outcome): errors.append(outcome.failure(of: child))
            case .failed(let failure) where failure.error.code == .rolledBack: rolledBack.append(child)
            case .failed(let failure): errors.append(failure)
            }
        }
        return StartResult(
            started: started, errors: errors, rolledBack: rolledBack,
            isRolledBack: isRolledBack || !rolledBack.isEmpty, resolver: resolver)
    }

    func stopped() -> StopResult {
        var stopped: [StopResult.Stopped] = []
        var errors: [ChildFailure] = []
        for (child, one) in children {
            switch one {
            case .done(.stopped(let hosts, let holders)):
                stopped.append(.init(child: child, nodes: hosts, holders: holders))
            case .done(let outcome): errors.append(outcome.failure(of: child))
            case .failed(let failure): errors.append(failure)
            }
        }
        return StopResult(stopped: stopped, errors: errors)
    }
}

extension ChildOutcome {
    /// Why an operation that should have ended otherwise ended so.
    func failure(of child: ChildID) -> ChildFailure {
        if case .failed(let fault) = self { return ChildFailure(child, fault) }
        return ChildFailure(
            child, HubError(.internalFault, "\(child): an answer to another question", outcome: .unknown))
    }
}
