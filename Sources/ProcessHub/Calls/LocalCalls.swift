// SPDX-License-Identifier: Apache-2.0

public import Distributed
internal import HubCore
internal import Synchronization

/// A turn that runs in the task of its caller, on the caller's own node.
@usableFromInline
struct LocalTurn: Sendable {
    let instance: Instance
    let scope: TurnScope

    var actor: any DistributedActor { instance.actor }
    @usableFromInline var process: AnyObject { instance.actor as AnyObject }
    /// The frame of the code that the turn runs.
    @usableFromInline var frame: CallFrame { CallFrame(in: scope) }
}

extension CallDriver {
    /// Makes a call, wherever the process is.
    ///
    /// Nothing here is generic, and a call on this node waits in this function alone: both cost more than the gate.
    ///
    /// - Returns: the encoded result of a process on another node, or `nil` once the result is in its place.
    @usableFromInline
    func call(
        _ id: ProcessID, _ method: MethodPlan, _ passed: Arguments, _ result: ResultPlace
    ) async throws -> [UInt8]? {
        let arguments = method.takesActors ? try passed.map { try References.replacingAny($0) } : passed
        let frame = CallFrame.current
        if let target = frame.castTarget, target.id == id {
            try await cast(id, method, arguments, frame)
            throw CastSent()
        }
        if let instance = table.instance(id) {
            guard instance.kind.kind == method.kind else { throw wrongKind(instance, method) }
            if !frame.boundsLocalTurns, let scope = admit(frame, to: instance) {
                try await run(LocalTurn(instance: instance, scope: scope), method, arguments, result)
                return nil
            }
            if try await callLater(instance, method, arguments, result, frame) { return nil }
        }
        return try await callRemotely(id, method, try encode(arguments, for: id, method), frame)
    }

    /// Makes a call on this node that has to wait for its turn, or that its caller bounds.
    ///
    /// - Returns: `false` if the process has moved.
    private func callLater(
        _ instance: Instance, _ method: MethodPlan, _ arguments: Arguments, _ result: ResultPlace, _ frame: CallFrame
    ) async throws -> Bool {
        guard case .entered(let turn) = try await enter(instance, frame) else { return false }
        if let limit = frame.explicitLimit {
            try await runBounded(turn, method, arguments, result, until: min(limit, frame.limit ?? limit))
        } else {
            try await run(turn, method, arguments, result)
        }
        return true
    }

    /// The instance of this node that has an id, if it is of a type.
    ///
    /// Types are compared and not names: a kind's name may be made anew whenever it is asked for.
    private func instance(_ id: ProcessID, as type: any DistributedActor.Type) throws -> Instance? {
        guard let instance = table.instance(id) else { return nil }
        guard ObjectIdentifier(instance.kind.type) == ObjectIdentifier(type) else {
            throw HubError(.wrongKind, "\(id) is a \(instance.kind.kind), not a \(type)", outcome: .notExecuted)
        }
        return instance
    }

    /// Begins a turn of the caller's own, for `withLocal`, in a process of this node that nothing keeps from it.
    ///
    /// - Returns: `nil` if there is none; `enter` tells why. Else the turn's actor is of the type.
    @usableFromInline
    func enterAtOnce(_ id: ProcessID, as type: any DistributedActor.Type) throws -> LocalTurn? {
        guard let instance = try instance(id, as: type), let scope = admit(CallFrame.current, to: instance) else {
            return nil
        }
        return LocalTurn(instance: instance, scope: scope)
    }

    /// Begins a turn of the caller's own in a process of this node, for `withLocal`.
    ///
    /// - Returns: `nil` if the process does not run here; else its actor is of the type that was asked for.
    @usableFromInline
    func enter(_ id: ProcessID, as type: any DistributedActor.Type) async throws -> LocalTurn? {
        guard let instance = try instance(id, as: type) else { return nil }
        guard case .entered(let turn) = try await enter(instance, CallFrame.current) else { return nil }
        return turn
    }

    private enum Entry {
        case entered(LocalTurn)
        /// The process moved; a call follows it.
        case elsewhere
    }

    /// Begins a turn that nothing is in the way of, as nearly always: without the cost of a function that could wait.
    private func admit(_ frame: CallFrame, to instance: Instance) -> TurnScope? {
        let (outer, limit) = (frame.turn, frame.limit)
        if let limit, limit <= Clock.elapsed() { return nil }
        guard !hold.isOn, (outer?.depth ?? 0) < Limits.chainTurns else { return nil }
        let scope = TurnScope(mintTurn(), inside: outer, limit: limit)
        guard case .run = instance.gate.withLock({ $0.admitLocal(turn: scope.id, chain: []) }) else { return nil }
        return scope
    }

    private func enter(_ instance: Instance, _ frame: CallFrame) async throws -> Entry {
        let outer = frame.turn
        let limit = frame.limit
        if let limit, limit <= Clock.elapsed() {
            throw HubError(refused: .deadlinePassed, "\(instance.id)", outcome: .notExecuted)
        }
        guard (outer?.depth ?? 0) < Limits.chainTurns else { throw chainTooLong(instance.id) }
        if hold.isOn, let refusal = await heldBack(until: limit ?? Clock.elapsed().advanced(by: callDeadline)) {
            return try elsewhere(refusal, instance)
        }
        let scope = TurnScope(mintTurn(), inside: outer, limit: limit)
        var admission = instance.gate.withLock { $0.admitLocal(turn: scope.id, chain: []) }
        var chain: [TurnID] = []
        if case .wait = admission, let outer {
            chain = outer.chain
            admission = instance.gate.withLock { $0.admitLocal(turn: scope.id, chain: chain) }
        }
        switch admission {
        case .run: return .entered(LocalTurn(instance: instance, scope: scope))
        case .refuse(.stopped): return .elsewhere  // Whether it is to run again is for the table to say.
        case .refuse(let refusal): return try elsewhere(refusal, instance)
        case .wait: break
        }
        let now = Clock.elapsed()
        let deadline = limit ?? now.advanced(by: callDeadline)
        switch await wait(for: scope.id, chain, of: instance, until: deadline, at: now) {
        case .run:
            let turn = LocalTurn(instance: instance, scope: scope)
            guard hold.isOn, let refusal = await heldBack(until: deadline) else { return .entered(turn) }
            leave(turn)
            return try elsewhere(refusal, instance)
        case .refused(let refusal): return try elsewhere(refusal, instance)
        }
    }

    private func elsewhere(_ refusal: Refusal, _ instance: Instance) throws -> Entry {
        if case .overloaded = refusal { meters.count(.refusedCall) }
        switch refusal {
        case .redirect(let route):
            raise(instance.id, to: route)
            return .elsewhere
        case .notHere:
            return .elsewhere
        default:
            throw HubError(refused: refusal, "\(instance.id)", outcome: .notExecuted)
        }
    }

    func chainTooLong(_ id: ProcessID) -> HubError {
        HubError(
            .tooLarge, "\(id): more than \(Limits.chainTurns) turns wait for each other", outcome: .notExecuted)
    }
}

// MARK: - Waiting

extension CallDriver {
    private func wait(
        for turn: TurnID, _ chain: [TurnID], of instance: Instance, until deadline: Instant, at now: Instant
    ) async -> TurnAnswer {
        let timer = deadlines.add(.turn(turn, instance), at: deadline)
        defer { deadlines.cancel(timer) }
        return await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let admission = instance.gate.withLock {
                    $0.arrive(
                        turn, from: .local(hint: .none), chain: chain, deadline: deadline,
                        waiter: .local(continuation), at: now)
                }
                switch admission {
                case .run: continuation.resume(returning: .run)
                case .refuse(.stopped): continuation.resume(returning: .refused(.notHere))
                case .refuse(let refusal): continuation.resume(returning: .refused(refusal))
                case .waiting:
                    // A cancellation or a deadline that came before the arrival found nothing to withdraw.
                    if Task.isCancelled { withdraw(turn, of: instance, .cancelled) }
                    if Clock.elapsed() >= deadline { withdraw(turn, of: instance, .deadlinePassed) }
                case .joined, .answer, .redirectHere:
                    continuation.resume(returning: .refused(.unknown))  // For requests from the wire alone.
                }
            }
        } onCancel: {
            withdraw(turn, of: instance, .cancelled)
        }
    }

    /// Takes a call of this node out of a gate's queue, if it still waits there.
    func withdraw(_ turn: TurnID, of instance: Instance, _ reason: Refusal) {
        let withdrawal = instance.gate.withLock { $0.withdraw(turn) }
        for waiter in withdrawal.refused { refuse(waiter, reason) }
    }

    func refuse(_ waiter: Waiter, _ refusal: Refusal) {
        switch waiter {
        case .local(let continuation): continuation.resume(returning: .refused(refusal))
        case .wire(let call): answer(call, .refusal(refusal))
        case .cast(let cast): drop(cast)
        }
    }

    /// Ends a turn of a caller of this node.
    @usableFromInline
    func leave(_ turn: LocalTurn) {
        turn.scope.end()
        finish(turn.scope.id, of: turn.instance)
    }

    /// Ends a turn and begins what waited for it.
    func finish(_ turn: TurnID, of instance: Instance) {
        let next = instance.gate.withLock { $0.finish(turn) }
        instance.turnOver(turn)
        if let call = follow(next, in: instance) { run(call) }
    }

    /// Does what follows from the end of a turn.
    ///
    /// - Returns: a call from the wire whose turn begins now, which the caller runs.
    func follow(_ next: Entrance.FollowUp?, in instance: Instance, answering answer: Answer? = nil) -> WireCall? {
        defer { instance.turnEnded() }
        guard let next else { return nil }
        for waiter in next.answers {
            if case .wire(let call) = waiter { self.answer(call, answer ?? .refusal(.replyGone)) }
        }
        var first: WireCall?
        for start in next.starts {
            switch start.waiter {
            case .local(let continuation): continuation.resume(returning: .run)
            case .cast(let cast): run(cast, turn: start.turn, in: instance)
            case .wire(let call):
                if first == nil { first = call } else { run(call) }
            }
        }
        return first
    }
}
