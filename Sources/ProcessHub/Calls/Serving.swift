// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubTransport
internal import HubWire
internal import Logging
internal import Synchronization

extension CallDriver {
    /// A call or a cast arrived. Nothing that came over the wire is executed but a method of a registered kind, on an
    /// instance that this node placed.
    ///
    /// - Throws: ``WireFault`` if the peer broke a rule of the protocol.
    func serve(
        stream: UInt64, payload: UnsafeRawBufferPointer, wantsAnswer: Bool, of session: PeerSession
    ) throws(WireFault) {
        var reader = ByteReader(payload)
        let envelope = try CallEnvelope(from: &reader)
        let arguments = Array(reader.rest())
        guard let named = session.method(envelope.method) else { throw reader.fault(.invalidField) }
        let id = ProcessID(hub: envelope.hub, child: envelope.child)
        let instance: Instance
        let method: MethodPlan
        switch find(id, named) {
        case .success(let found): (instance, method) = found
        case .failure(let missing):
            if wantsAnswer { session.send(missing.answer, epoch: .none, stream: stream) }
            return
        }
        let now = Clock.elapsed()
        let order = CallOrder(
            request: envelope.request, mode: envelope.mode, chain: wantsAnswer ? envelope.chain : [],
            deadline: now.advanced(by: .nanoseconds(envelope.remainingNanoseconds)), arguments: arguments)
        let call = WireCall(
            origin: .session(session), stream: stream, wantsAnswer: wantsAnswer, instance: instance, method: method,
            order: order, turn: mintTurn())
        arrive(call, order.mode, at: now)
    }

    /// Why a call from the wire cannot reach a gate.
    private struct Missing: Error {
        let answer: Answer
    }

    private func find(_ id: ProcessID, _ named: PeerSession.Method) -> Result<(Instance, MethodPlan), Missing> {
        guard let instance = table.instance(id) else {
            return .failure(
                Missing(
                    answer: kinds.plan(of: named.kind) == nil
                        ? .error(HubError(.unknownKind, "\(name) knows no kind \(named.kind)", outcome: .notExecuted))
                        : .refusal(whereabouts(of: id))))
        }
        guard instance.kind.kind == named.kind else {
            let error = HubError(
                .wrongKind, "\(id) is a \(instance.kind.kind), not a \(named.kind)", outcome: .notExecuted)
            return .failure(Missing(answer: .error(error)))
        }
        guard let method = named.plan ?? instance.kind.methods[named.name] else {
            let error = HubError(
                .unknownMethod, "\(named.kind) has no method \(named.name) on \(name)", outcome: .notExecuted)
            return .failure(Missing(answer: .error(error)))
        }
        return .success((instance, method))
    }

    /// What a caller is told who expected a process here.
    private func whereabouts(of id: ProcessID) -> Refusal {
        guard let entry = table[id] else { return .notHere }
        guard let route = entry.route, route.node != name else { return .notHere }
        return .redirect(route)
    }

    /// Brings a call to the gate of its process.
    func arrive(_ call: WireCall, _ mode: CallMode, at now: Instant) {
        guard waitingBytes.claim(call.arguments.count) else {
            call.waiveCharge()
            return refuse(call, .overloaded, .none)
        }
        guard hold.isOn else { return enter(call, mode, isTracked: false, at: now) }
        switch hold.keep(call, mode) {
        case .pass: enter(call, mode, isTracked: false, at: now)
        case .kept: track(call)
        case .full: refuse(call, .overloaded, .none)
        }
    }

    /// Brings a call to the gate itself.
    func enter(_ call: WireCall, _ mode: CallMode, isTracked: Bool, at now: Instant) {
        let (admission, epoch) = call.instance.gate.withLock { gate in
            let admission = gate.arrive(
                call.turn, from: .wire(call.request, mode), chain: call.chain, deadline: call.deadline,
                waiter: .wire(call), at: now)
            return (admission, gate.epoch)
        }
        switch admission {
        case .run:
            if runOnLoop(call, at: now) { return }
            if !isTracked { track(call) }
            run(call)
        case .waiting, .joined:
            if !isTracked { track(call) }
        case .answer(let stored):
            answer(call, Answer(stored), epoch)
        case .redirectHere:
            answer(call, .refusal(.redirect(Route(node: name, epoch: epoch))), epoch)
        case .refuse(let refusal):
            // Whether the process is to run again is for the table to say.
            refuse(call, refusal == .stopped ? .notHere : refusal, epoch)
        }
    }

    private func refuse(_ call: WireCall, _ refusal: Refusal, _ epoch: Epoch) {
        if case .overloaded = refusal { meters.count(.refusedCall) }
        answer(call, .refusal(refusal), epoch)
    }

    /// From now on a cancellation and the deadline find the call. It may have been answered just before.
    func track(_ call: WireCall) {
        if case .session(let session) = call.origin { session.insert(call) }
        let timer = deadlines.add(.wire(call), at: call.deadline)
        if !call.arm(timer) { untrack(call, timer) }
    }

    private func untrack(_ call: WireCall, _ timer: TimerID) {
        deadlines.cancel(timer)
        if case .session(let session) = call.origin { session.remove(call) }
    }
}

// MARK: - Turns from the wire

extension CallDriver {
    /// Begins the turn of a call from the wire: in a task that its gate owns until it ends.
    func run(_ call: WireCall) {
        let train = TurnTrain(call)
        own(call, on: train)
        // Detached: whoever ended the turn before is a stranger, whose task-locals are not the call's.
        train.runs(Task.detached { await self.drive(train, from: call) })
    }

    /// From now on a stop finds the turn, which may have ended just before.
    func own(_ call: WireCall, on train: TurnTrain) {
        call.instance.own(call, as: call.turn)
        if !call.rides(train) { call.instance.disown(call.turn) }
    }

    /// Runs a turn, and those that begin when it ends.
    private func drive(_ train: TurnTrain, from first: WireCall) async {
        var call = first
        for _ in 1..<TurnTrain.length {
            guard let next = await execute(call) else { return }
            guard train.goOn(with: next) else { return run(next) }
            own(next, on: train)
            call = next
        }
        if let next = await execute(call) { goOn(with: next) }
    }

    /// - Parameter isMeasured: whether the turn runs on the pool, where it shows how long the method's turns are.
    /// - Returns: the call whose turn begins now that this one has ended.
    func execute(_ call: WireCall, isMeasured: Bool = true) async -> WireCall? {
        let start = isMeasured ? Clock.elapsed() : nil
        let scope = TurnScope(call.turn, waitedForBy: call.chain, limit: call.deadline)
        let answer: Answer
        do {
            if hold.isOn { await hold.untilServing() }
            let result = try await CallFrame.$current.withValue(CallFrame(in: scope)) {
                try await call.method.call(on: call.instance.actor, bytes: call.arguments, codec: codec)
            }
            answer = result.count <= Limits.resultBytes ? .result(result) : .error(tooLarge(result.count, call))
        } catch {
            answer = failure(error, of: call)
        }
        scope.end()
        let end = Clock.elapsed()
        if let start { call.method.pace.withLock { $0.ranElsewhere(for: start.duration(to: end), at: end) } }
        if call.endTurn() { call.instance.disown(call.turn) }
        let (next, epoch) = memory.finish(call, answer.stored, at: end, sweeping: deadlines)
        call.instance.turnOver(call.turn)
        self.answer(call, answer, epoch)
        return follow(next, in: call.instance, answering: answer)
    }

    private func tooLarge(_ bytes: Int, _ call: WireCall) -> HubError {
        HubError(
            .tooLarge, "\(call.place): the result has \(bytes) bytes, more than \(Limits.resultBytes)",
            outcome: .executed)
    }

    private func failure(_ error: any Error, of call: WireCall) -> Answer {
        switch error {
        case let fault as ArgumentFault:
            return .error(HubError(.undecodableArguments, "\(call.place): \(fault.reason)", outcome: .notExecuted))
        case let fault as ResultFault:
            return .error(HubError(.unencodableResult, "\(call.place): \(fault.reason)", outcome: .executed))
        case is CancellationError where call.isCancelled:
            return .error(HubError(.processStopped, "\(call.place): the turn was cancelled", outcome: .unknown))
        case let remote as RemoteError:
            return .failure(.described(type: remote.typeName, text: remote.message))
        default:
            let form = call.instance.kind.errors.encoded(error, with: codec)
            if let form, form.bytes.count <= Limits.resultBytes {
                return .failure(.thrown(type: form.name), payload: form.bytes)
            }
            let remote = RemoteError(describing: error)
            return .failure(.described(type: remote.typeName, text: remote.message))
        }
    }

    /// Answers a sending, once; a later answer is dropped.
    func answer(_ call: WireCall, _ answer: Answer) {
        self.answer(call, answer, call.instance.gate.withLock { $0.epoch })
    }

    private func answer(_ call: WireCall, _ answer: Answer, _ epoch: Epoch) {
        let (isFirst, timer, charge) = call.claimAnswer()
        if let timer { untrack(call, timer) }
        if charge > 0 { waitingBytes.release(charge) }
        guard isFirst else { return }
        switch call.origin {
        case .session(let session):
            guard call.wantsAnswer else { return }
            if !session.send(answer, epoch: epoch, stream: call.stream) { meters.count(.droppedAnswer) }
        case .loopback:
            if call.wantsAnswer { answered(call.stream, answer, epoch, from: nil) }
        }
    }
}

// MARK: - Ends before the end

extension CallDriver {
    /// The deadline of a call from the wire passed: one that waits leaves the gate, one that runs is cancelled and its
    /// caller is told in time, whatever the turn does.
    func expire(_ call: WireCall) {
        if hold.drop(call) { return refuse(call, .deadlinePassed, .none) }
        let turn = withdraw(call, .deadlinePassed)
        if turn != nil { overdue(call.place) }
        // Before the turn is cancelled, whose own answer would say less.
        answer(
            call,
            .error(HubError(.deadlineExceeded, "\(call.place): the turn did not end in time", outcome: .unknown)))
        if let turn { call.instance.cancel(turn) }
    }

    /// The caller cancelled.
    func cancel(_ call: WireCall) {
        if hold.drop(call) { return refuse(call, .cancelled, .none) }
        if let turn = withdraw(call, .cancelled) { call.instance.cancel(turn) }
    }

    /// The connection is gone: what came over it and was not brought to a gate never will be.
    func dropHeld(from session: PeerSession) {
        for call in hold.drop(from: session) { refuse(call, .cancelled, .none) }
    }

    /// - Returns: the call's turn, if it runs and for nobody else: it is to be cancelled.
    private func withdraw(_ call: WireCall, _ reason: Refusal) -> TurnID? {
        let withdrawal = call.instance.gate.withLock { $0.withdraw(call.turn, of: call.request) }
        for waiter in withdrawal.refused { refuse(waiter, reason) }
        return withdrawal.cancelled
    }

    /// A turn goes on after its caller's deadline. Counted always, logged at a bounded rate.
    func overdue(_ place: String) {
        meters.count(.overdueTurn)
        guard overdueLog.admits(at: Clock.elapsed()) else { return }
        logger.warning("a turn is overdue", metadata: ["call": "\(place)"])
    }
}
