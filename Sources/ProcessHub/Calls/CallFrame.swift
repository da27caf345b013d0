// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import Synchronization

/// What a call inherits from the code that makes it: who waits for it, until when, and whether a reply is wanted.
@usableFromInline
struct CallFrame: Sendable {
    /// The turn that this code is part of, unless it has outlived it.
    private var scope: TurnScope?
    /// Set by `withDeadline`: no call made here outlives this, not even a turn on this node.
    private(set) var explicitLimit: Instant?
    /// The next call to this process is a cast: it is sent, not awaited.
    var castTarget: CastTarget?

    @TaskLocal static var current = CallFrame()
    /// For code that is inlined into its caller's module.
    @usableFromInline static var slot: TaskLocal<CallFrame> { $current }

    init() {}

    init(in scope: TurnScope) {
        self.scope = scope
    }

    /// The turn that waits for what is done here. A task that outlives its turn waits for nobody.
    var turn: TurnScope? {
        guard let scope, !scope.hasEnded else { return nil }
        return scope
    }

    /// The turns that wait for what is done here, outermost first.
    var chain: [TurnID] { turn?.chain ?? [] }

    /// No call made here outlives this.
    var limit: Instant? {
        guard let inherited = turn?.limit else { return explicitLimit }
        return explicitLimit.map { min($0, inherited) } ?? inherited
    }

    /// Even a turn on this node ends for its caller at the limit.
    var boundsLocalTurns: Bool { explicitLimit != nil }

    mutating func bound(at limit: Instant) {
        explicitLimit = explicitLimit.map { min($0, limit) } ?? limit
    }
}

/// Whom a cast is for; an object, so that frames stay small.
final class CastTarget: Sendable {
    let id: ProcessID
    init(_ id: ProcessID) { self.id = id }
}

/// One turn as the code inside it knows it.
final class TurnScope: Sendable {
    let id: TurnID
    /// No call made in the turn outlives this.
    let limit: Instant?
    /// How many turns wait, this one included.
    let depth: Int
    private let outer: TurnScope?
    /// Turns of other nodes that wait for this one.
    private let remote: [TurnID]
    private let isOver = Atomic<Bool>(false)

    /// A turn that a caller on this node waits for.
    init(_ id: TurnID, inside outer: TurnScope?, limit: Instant?) {
        self.id = id
        self.limit = limit
        self.outer = outer
        remote = []
        depth = (outer?.depth ?? 0) + 1
    }

    /// A turn that came over the wire.
    init(_ id: TurnID, waitedForBy remote: [TurnID], limit: Instant?) {
        self.id = id
        self.limit = limit
        self.remote = remote
        outer = nil
        depth = remote.count + 1
    }

    var chain: [TurnID] { (outer?.chain ?? remote) + [id] }
    var hasEnded: Bool { isOver.load(ordering: .relaxed) }
    func end() { isOver.store(true, ordering: .relaxed) }
}

/// Thrown by a call that was made as a cast, once it is on its way; `cast` swallows it.
struct CastSent: Error {}
