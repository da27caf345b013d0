// SPDX-License-Identifier: Apache-2.0

internal import HubCore

// The driver of the process's half.
extension World {
    mutating func receive(_ frame: CallFrame, at host: Int) {
        switch frame {
        case .call(let waiter, let mode): receive(waiter, mode, at: host)
        case .cancel(let waiter): withdraw(waiter, .cancelled, at: host)
        }
    }

    private mutating func receive(_ waiter: Waiter, _ mode: CallMode, at host: Int) {
        if let hidden = hosts[host].hidden, mode.hint >= hidden.gate.epoch { activate(host) }
        guard let gate = hosts[host].current?.gate else {
            return answer(.refused(waiter, .notHere), to: waiter, from: host)
        }
        if hosts[host].callerIsGone, case .again = mode {
            return answer(.refused(waiter, .expired), to: waiter, from: host)
        }
        if bug == .againBesideFirst, gate.waiters.values.contains(where: { $0.call == waiter.call }) {
            return receiveBeside(waiter, at: host)
        }
        let arrival = Arrival(
            turn: waiter.turn, source: .wire(World.request(waiter.call), altered(mode, at: gate.epoch)), chain: [],
            deadline: .distantFuture, waiter: waiter)
        switch hosts[host].current?.gate.arrive(arrival, at: .zero) {
        case .run: start(waiter, at: host)
        case .waiting, .joined: if bug == .parkedIsProof { answer(.parked(waiter), to: waiter, from: host) }
        case .answer(let reply): answer(.reply(waiter, gate.epoch, reply), to: waiter, from: host)
        case .redirectHere:
            let here = Route(node: World.names[host], epoch: gate.epoch)
            answer(.refused(waiter, .redirect(here)), to: waiter, from: host)
        case .refuse(let refusal): answer(.refused(waiter, refusal), to: waiter, from: host)
        case nil: break
        }
    }

    private func altered(_ mode: CallMode, at own: Epoch) -> CallMode {
        switch mode {
        case .first: bug == .oldFirstExecuted ? .first(hint: own) : mode
        case .again: mode
        }
    }

    /// With a planted bug: a call that should have joined another one waits beside it.
    private mutating func receiveBeside(_ waiter: Waiter, at host: Int) {
        let arrival = Arrival(
            turn: waiter.turn, source: .local(hint: .none), chain: [], deadline: .distantFuture, waiter: waiter)
        if hosts[host].current?.gate.arrive(arrival, at: .zero) == .run { start(waiter, at: host) }
    }

    mutating func withdraw(_ waiter: Waiter, _ refusal: Refusal, at host: Int) {
        let withdrawal = hosts[host].current?.gate.withdraw(waiter.turn, of: World.request(waiter.call))
        for refused in withdrawal?.refused ?? [] { answer(.refused(refused, refusal), to: refused, from: host) }
    }

    /// A call that waits was not executed; of one that runs nobody knows yet what becomes of it.
    mutating func overrun(_ waiter: Waiter, at host: Int) {
        scope.expiries -= 1
        isHarmed = true
        withdraw(waiter, .deadlinePassed, at: host)
        guard let copy = hosts[host].current, copy.runs.contains(where: { $0.waiter == waiter }) else { return }
        let isProof = bug == .overdueIsProof
        answer(
            isProof ? .refused(waiter, .deadlinePassed) : .overdue(waiter, copy.gate.epoch), to: waiter, from: host)
    }

    mutating func callerDeparts(_ host: Int) {
        scope.departures -= 1
        isHarmed = true
        if bug == .watermarkGoesWithCaller {
            hosts[host].callerIsGone = true
            scrub(host)
        } else {
            hosts[host].current?.gate.callerLeft(World.incarnation)
        }
    }

    /// What is sent on a connection that is gone reaches nobody.
    mutating func answer(_ frame: AnswerFrame, to waiter: Waiter, from host: Int) {
        guard links[host].isUp, links[host].generation == waiter.generation else { return }
        links[host].toCaller.append(frame)
    }

    mutating func start(_ waiter: Waiter, at host: Int) {
        if waiter.call >= callers.count { return resumeNested(waiter, at: host, as: .runs) }
        let isNesting = scope.nests && waiter.call == 0
        hosts[host].current?.runs.append(Run(waiter: waiter, nested: isNesting ? .due : .none))
        if bug == .finishedEarly { follow(finish(waiter.turn, reply(to: waiter), at: host), of: waiter, at: host) }
    }

    private func reply(to waiter: Waiter) -> StoredReply {
        StoredReply(bytes: [UInt8(waiter.call)], isFailure: false)
    }

    private mutating func finish(_ turn: TurnID, _ reply: StoredReply?, at host: Int) -> Finished<Waiter> {
        hosts[host].current?.gate.finish(turn, reply: reply) ?? .idle
    }

    mutating func end(_ waiter: Waiter, at host: Int) {
        guard let copy = hosts[host].current else { return }
        hosts[host].current?.runs.removeAll { $0.waiter == waiter }
        hosts[host].current?.applied[waiter.call] += 1
        executions[waiter.call] += 1
        let finished = bug == .finishedEarly ? .idle : finish(waiter.turn, reply(to: waiter), at: host)
        answer(.reply(waiter, copy.gate.epoch, reply(to: waiter)), to: waiter, from: host)
        follow(finished, of: waiter, at: host)
        if bug == .evictionForgets { scrub(host) }
    }

    private mutating func follow(_ finished: Finished<Waiter>, of waiter: Waiter, at host: Int) {
        guard case .follow(let next) = finished, let epoch = hosts[host].current?.gate.epoch else { return }
        for other in next.answers { answer(.reply(other, epoch, reply(to: waiter)), to: other, from: host) }
        for turn in next.starts { start(turn.waiter, at: host) }
    }

    mutating func forget(_ call: Int, at host: Int) {
        scope.evictions -= 1
        isHarmed = true
        _ = hosts[host].current?.gate.forget(World.request(call))
        if bug == .evictionForgets { scrub(host) }
    }

    /// With a planted bug: the watermarks of a gate are lost.
    private mutating func scrub(_ host: Int) {
        guard let gate = hosts[host].current?.gate, gate.isQuiet, gate.isOpen, var copy = gate.copy() else { return }
        copy.watermarks = []
        var scrubbed = Gate<Waiter>(continuing: copy, under: copy.epoch, as: .unbroken, limits: World.limits(scope))
        _ = scrubbed.open()
        hosts[host].current?.gate = scrubbed
    }
}

// The call of a turn to its own process.
extension World {
    private func nestedTurn(_ waiter: Waiter) -> Waiter {
        Waiter(call: waiter.call + callers.count, sending: waiter.sending, generation: waiter.generation)
    }

    mutating func callItself(_ waiter: Waiter, at host: Int) {
        guard let gate = hosts[host].current?.gate else { return }
        let nested = nestedTurn(waiter)
        let chain = bug == .sealBlocksChain && !gate.isOpen ? [] : [waiter.turn]
        switch hosts[host].current?.gate.admitLocal(turn: nested.turn, chain: chain) {
        case .run: resumeNested(nested, at: host, as: .runs)
        case .wait:
            let arrival = Arrival(
                turn: nested.turn, source: .local(hint: .none), chain: chain, deadline: .distantFuture, waiter: nested)
            _ = hosts[host].current?.gate.arrive(arrival, at: .zero)
            resumeNested(nested, at: host, as: .waits)
        case .refuse, nil: resumeNested(nested, at: host, as: .none)
        }
    }

    private mutating func resumeNested(_ nested: Waiter, at host: Int, as state: Run.Nested) {
        let runs = hosts[host].current?.runs ?? []
        guard let index = runs.firstIndex(where: { nestedTurn($0.waiter) == nested }) else { return }
        hosts[host].current?.runs[index].nested = state
    }

    mutating func endNested(_ waiter: Waiter, at host: Int) {
        let nested = nestedTurn(waiter)
        resumeNested(nested, at: host, as: .none)
        guard case .follow(let next) = finish(nested.turn, nil, at: host) else { return }
        for turn in next.starts { start(turn.waiter, at: host) }
    }
}
