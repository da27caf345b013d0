// SPDX-License-Identifier: Apache-2.0

public import Distributed
@_exported public import HubCore

/// A process type: a distributed actor that a hub starts, finds and stops.
///
/// ```swift
/// distributed actor Counter: HubProcess {
///     struct Arguments: Codable, Sendable { var start = 0 }
///     private var count: Int
///
///     init(_ arguments: Arguments, actorSystem: HubActorSystem) {
///         self.actorSystem = actorSystem
///         count = arguments.start
///     }
///
///     distributed func increment(by n: Int) -> Int { count += n; return count }
/// }
/// ```
///
/// Every `distributed` method may be called by any member of the cluster, a `private` one too. A trap in a process ends
/// its node, with every other process on it. A property added to `Arguments` later is optional or decoded by hand:
/// synthesized decoding ignores default values.
public protocol HubProcess: DistributedActor where ActorSystem == HubActorSystem {
    /// What an instance is made from.
    associatedtype Arguments: Codable & Sendable = NoArguments

    /// The stable name of the kind on the wire; by default the type's name without its module.
    static var kind: ProcessKind { get }
    /// The errors that arrive at a caller as themselves; every other one arrives as a ``RemoteError``.
    static var errors: [any (Error & Codable & Sendable).Type] { get }
    /// The methods that a caller may send anew when it cannot learn whether a call was executed.
    static var idempotent: Set<MethodName> { get }
    /// Whether calls run one after another (the default) or side by side.
    static var turns: Turns { get }

    /// Makes an instance. It may be slow or throw without blocking other processes.
    ///
    /// Claim outside resources in ``run()``: of a process that moves, the new instance is made before the old one ends.
    init(_ arguments: Arguments, actorSystem: HubActorSystem) async throws

    /// The optional body: starts after activation, shares the actor with the calls, is cancelled and awaited before a
    /// stop. A process whose body returns goes on serving calls; one whose body throws without being cancelled ends.
    func run() async throws
    /// The last thing that is called: no call and no `run()` is executing any more, unless one of them has ignored its
    /// cancellation for its child's `shutdown` time, 5 seconds by default. After that it is not awaited any longer.
    func terminate(_ reason: TerminationReason) async
    /// The instance was promoted or demoted.
    func roleChanged(to role: Role) async
}

extension HubProcess {
    public static var kind: ProcessKind { ProcessKind(_typeName(Self.self, qualified: false)) }
    public static var errors: [any (Error & Codable & Sendable).Type] { [] }
    public static var idempotent: Set<MethodName> { [] }
    public static var turns: Turns { .one }
    public func run() async throws { actorSystem.plan(of: Self.self)?.noteUsualBody() }
    public func terminate(_ reason: TerminationReason) async { actorSystem.plan(of: Self.self)?.noteUsualEnd() }
    public func roleChanged(to role: Role) async {}
}

/// The arguments of a process that needs none.
public struct NoArguments: Codable, Sendable, Hashable {
    public init() {}
}

/// How the calls of one process share it.
public enum Turns: Hashable, Sendable {
    /// One call at a time, in the order of arrival; a call that awaits something keeps the next one waiting.
    case one
    /// Calls interleave where they suspend, as in any actor.
    case concurrent
}

/// Why an instance ended. More reasons may come with later versions.
public struct TerminationReason: Hashable, Sendable, CustomStringConvertible {
    private enum Wrapped: Hashable {
        case stopped, shutdown, superseded
        case failed(String)
    }

    private let wrapped: Wrapped
    private init(_ wrapped: Wrapped) { self.wrapped = wrapped }

    /// It was stopped by an operator, or asked for it itself.
    public static let stopped = TerminationReason(.stopped)
    /// Its node leaves.
    public static let shutdown = TerminationReason(.shutdown)
    /// It goes on elsewhere, or another instance of the child took its place.
    public static let superseded = TerminationReason(.superseded)
    /// ``HubProcess/run()`` threw; the text describes the error.
    public static func failed(_ failure: String) -> TerminationReason { TerminationReason(.failed(failure)) }

    /// What ``HubProcess/run()`` threw, as text, if that is why.
    public var failure: String? {
        if case .failed(let failure) = wrapped { failure } else { nil }
    }

    public var description: String {
        switch wrapped {
        case .stopped: "stopped"
        case .shutdown: "shutdown"
        case .superseded: "superseded"
        case .failed(let failure): "failed: \(failure)"
        }
    }
}
