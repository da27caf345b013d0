// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// One caller, two hosts, one process that moves between them; gates and calls are the real ones, the rest is the least
/// that a driver does.
struct World: Hashable {
    var scope: Scope
    let bug: PlantedBug?
    var callers: [Caller]
    var links = [Link(), Link()]
    var hosts = [Host(), Host()]
    /// Routes that slices showed, oldest first; the caller's registry has read up to `known`.
    var published: [Route]
    var known = 1
    /// The host whose copy is the process.
    var home = 0
    var move: Move?
    /// The epoch of the last committed move, as long as its source can say so.
    var committed: Epoch?
    /// The host of an activation that is only believed dead.
    var splitFrom: Int?
    /// Turns that ended, for each call, in whatever line.
    var executions: [Int]
    /// The stamp of the last activation.
    var lastStamp: UInt64 = 1
    /// Something happened after which a call may fail.
    var isHarmed = false
    /// Something happened after which effects may be lost.
    var hasLost = false
    var fault: String?

    init(_ scope: Scope, bug: PlantedBug? = nil) {
        self.scope = scope
        self.bug = bug
        let first = World.epoch(1)
        published = [Route(node: World.names[0], epoch: first)]
        executions = Array(repeating: 0, count: scope.calls)
        callers = (0..<scope.calls).map { Caller($0) }
        hosts[0].current = Copy(
            gate: Gate(epoch: first, concurrent: scope.isConcurrent, limits: World.limits(scope)),
            applied: executions)
    }

    static let names: [NodeName] = ["A", "B"]
    static let incarnation = Incarnation(rawValue: 9)
    static func epoch(_ time: UInt64) -> Epoch { Epoch(Stamp(time: time, incarnation: incarnation)) }
    static func limits(_ scope: Scope) -> GateLimits { GateLimits(windowEntries: scope.windowEntries) }
    static func request(_ call: Int) -> RequestID { RequestID(caller: incarnation, sequence: UInt64(call + 1)) }
    static func host(_ name: NodeName) -> Int { name == names[0] ? 0 : 1 }
}

/// A call and what became of it.
struct Caller: Hashable {
    var call: OutgoingCall
    var hasBegun = false
    var isParked = false
    /// `nil` while it is under way.
    var result: Result?

    enum Result: Hashable {
        case ok
        case failed(Outcome)
    }

    init(_ index: Int) {
        call = OutgoingCall(request: World.request(index), deadline: .distantFuture)
    }
}

/// The caller's connections to one host: one at a time, in order.
struct Link: Hashable {
    var isUp = true
    var generation: UInt8 = 0
    var toHost: [CallFrame] = []
    var toCaller: [AnswerFrame] = []
    /// What the host has not read of connections that are gone.
    var leftover: [CallFrame] = []
}

enum CallFrame: Hashable {
    case call(Waiter, CallMode)
    case cancel(Waiter)
}

enum AnswerFrame: Hashable {
    case reply(Waiter, Epoch, StoredReply)
    case refused(Waiter, Refusal)
    case overdue(Waiter, Epoch)
    case parked(Waiter)
}

/// Names one sending: it is also its turn.
struct Waiter: Hashable, Comparable, CustomStringConvertible {
    var call: Int
    var sending: UInt32
    var generation: UInt8

    var turn: TurnID {
        TurnID(incarnation: World.incarnation, sequence: UInt64(call) << 32 | UInt64(sending))
    }
    static func < (left: Waiter, right: Waiter) -> Bool { left.turn < right.turn }
    var description: String { "call \(call), sending \(sending)" }
}

struct Host: Hashable {
    /// The copy that serves, or did before it moved.
    var current: Copy?
    /// A copy that was prepared and waits for a proof of commit.
    var hidden: Copy?
    /// With a planted bug: calls that a move should have redirected.
    var survivors: [Waiter] = []
    /// With a planted bug: only this host knows that the caller is gone.
    var callerIsGone = false

    var isEmpty: Bool { current == nil && hidden == nil }
}

/// A copy of the process: its gate, and for each call how often its effect is in the state.
struct Copy: Hashable {
    var gate: Gate<Waiter>
    var applied: [Int]
    var runs: [Run] = []
}

/// A turn that runs.
struct Run: Hashable {
    var waiter: Waiter
    var nested = Nested.none

    /// The call of the process to itself that the turn waits for.
    enum Nested: Hashable {
        case none
        case due
        case waits
        case runs
    }
}

/// A prepared move.
struct Move: Hashable {
    var from: Int
    var epoch: Epoch
    /// The target is gone.
    var isLost = false
    var to: Int { 1 - from }
}
