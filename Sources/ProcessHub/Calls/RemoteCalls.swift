// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubTransport
internal import HubWire

extension CallDriver {
    func encode(_ arguments: Arguments, for id: ProcessID, _ method: MethodPlan) throws -> [UInt8] {
        let bytes: [UInt8]
        do {
            bytes = try arguments.encoded(with: codec)
        } catch {
            throw HubError(
                .unencodableArguments, "\(id).\(method.name): \(error)", outcome: .notExecuted, cause: error)
        }
        guard bytes.count <= Limits.argumentBytes else {
            throw HubError(
                .tooLarge,
                "\(id).\(method.name): the arguments have \(bytes.count) bytes, more than \(Limits.argumentBytes)",
                outcome: .notExecuted)
        }
        return bytes
    }

    /// Makes a call that leaves this node, or that comes back to it after its process did.
    ///
    /// - Returns: the encoded result; nothing for a cast, once it is on its way.
    // Each function that waits is left and entered again, in code that no cache holds for a lone call.
    @inline(__always)
    func callRemotely(
        _ id: ProcessID, _ method: MethodPlan, _ arguments: [UInt8], _ frame: CallFrame, isCast: Bool = false
    ) async throws -> [UInt8] {
        if isOver { throw HubError(.nodeStopped, "\(id).\(method.name): \(name) has left", outcome: .notExecuted) }
        let chain = isCast ? [] : frame.chain
        guard chain.count < Limits.chainTurns else { throw chainTooLong(id) }
        let entry = table[id]
        if let entry, entry.kind != method.kind {
            throw HubError(.wrongKind, "\(id) is a \(entry.kind), not a \(method.kind)", outcome: .notExecuted)
        }
        guard underWay.claim(1) else {
            throw HubError(
                .overloaded, "\(id).\(method.name): too many calls are under way", outcome: .notExecuted)
        }
        defer { underWay.release(1) }
        let now = Clock.elapsed()
        let machine = OutgoingCall(
            request: mintRequest(), deadline: frame.limit ?? now.advanced(by: callDeadline),
            isIdempotent: method.isIdempotent, seen: entry?.route?.epoch ?? .none)
        let call = RemoteCall(id, method, arguments, chain: chain, isCast: isCast, machine: machine)
        return try await conduct(call, routing(entry), at: now)
    }

    @inline(__always)
    private func conduct(_ call: RemoteCall, _ routing: Routing, at now: Instant) async throws -> [UInt8] {
        perform(call.tell { $0.begin(routing, at: now) }, for: call)
        // While the loop wakes up that sends the call.
        let timer = deadlines.add(.remote(call), at: call.deadline)
        if !call.armLast(timer) { deadlines.cancel(timer) }
        let end = await withTaskCancellationHandler {
            await call.ending()
        } onCancel: {
            perform(call.tell { $0.cancelled() }, for: call)
        }
        switch end {
        case .result(let bytes): return bytes
        case .failure(let error): throw error
        }
    }

    /// What the table says about where a process is.
    func routing(_ entry: ReadEntry?) -> Routing {
        guard let entry else { return .unknownProcess }
        return entry.route.map(Routing.route) ?? .noHost
    }
}

// MARK: - Doing what the machine says

extension CallDriver {
    func perform(_ first: CallAction, for call: RemoteCall) {
        var action = first
        while true {
            switch action {
            case .none:
                return
            case .send(let node, let mode, let sending):
                action = transmit(call, to: node, mode, sending)
            case .waitForRoute:
                waiting.wait(call, forRouteTo: call.id)
                guard stillWaits(call) else { return }
                // What changed before the call began to wait was told to nobody.
                action = call.tell { $0.routeChanged(routing(table[call.id]), at: Clock.elapsed()) }
            case .waitForLink(let node):
                waiting.wait(call, forLinkTo: node)
                waiting.wait(call, forRouteTo: call.id)
                guard stillWaits(call) else { return }
                action = call.tell { $0.routeChanged(routing(table[call.id]), at: Clock.elapsed()) }
                guard action == .none, node == name || switchboard?.connection(to: node)?.isOpen == true else {
                    continue
                }
                action = call.tell { $0.linkUp(node, at: Clock.elapsed()) }
            case .repeatRequest:
                action = call.tell { $0.repeated(as: mintRequest(), at: Clock.elapsed()) }
            case .deliver, .deliverFailure:
                return  // Whoever brought the answer ends the call with it.
            case .fail(let code, let outcome, let cancel):
                if let cancel { sendCancel(of: call, to: cancel) }
                return end(call, .failure(failure(code, outcome, of: call)))
            }
        }
    }

    /// Whether a call that was just told to wait is to go on waiting: it may have ended meanwhile, or its node.
    private func stillWaits(_ call: RemoteCall) -> Bool {
        call.waits()
        if call.isEnded {
            waiting.drop(call)
            return false
        }
        if isOver {
            abandon(call)
            return false
        }
        rearm(call)
        return true
    }

    /// Hands a sending to the connection to its node.
    ///
    /// - Returns: what the machine says if that is not possible.
    private func transmit(
        _ call: RemoteCall, to node: NodeName, _ mode: CallMode, _ sending: UInt32
    ) -> CallAction {
        let stream = pending.mintStream()
        if let old = call.carries(stream, expecting: mode.hint) { pending.remove(old) }
        if node == name { return deliverHere(call, mode, sending, stream) }
        guard let connection = switchboard?.connection(to: node) else {
            return call.tell { $0.notSent(.noLink, sending: sending) }
        }
        if !call.isCast {
            pending.insert(Pending.Sending(call: call, number: sending, carrier: connection), as: stream)
        }
        switch write(call, mode, stream, to: connection) {
        case .queued:
            if call.isCast { concludeCast(call, mode, sending) } else { checkSent(call, stream, connection) }
            return .none
        case .overloaded:
            pending.remove(stream)
            return call.tell { $0.notSent(.overloaded, sending: sending) }
        case .closed:
            pending.remove(stream)
            return call.tell { $0.notSent(.noLink, sending: sending) }
        case .abandoned:
            pending.remove(stream)
            return call.tell { $0.notSent(.tooLarge, sending: sending) }
        }
    }

    /// A cast is over when it is on its way.
    private func concludeCast(_ call: RemoteCall, _ mode: CallMode, _ sending: UInt32) {
        _ = call.tell { $0.replied(mode.hint, sending: sending, at: Clock.elapsed()) }
        end(call, .result([]))
    }

    /// The call may have ended while it was being sent, when there was nothing yet to be cancelled.
    private func checkSent(_ call: RemoteCall, _ stream: UInt64, _ connection: PeerConnection) {
        guard call.isEnded else { return }
        pending.remove(stream)
        sendCancel(of: call, stream, over: connection)
    }

    private func write(
        _ call: RemoteCall, _ mode: CallMode, _ stream: UInt64, to connection: PeerConnection
    ) -> SendResult {
        let (request, remaining) = (call.request, Clock.elapsed().duration(to: call.deadline))
        return connection.send(.calls, isAlone: underWay.inUse == 1) { writer, methods in
            let method = call.method
            guard
                let number = methods.number(
                    of: method.name, kind: method.kind, ordinal: method.ordinal, definingIn: &writer)
            else { return false }
            var envelope = CallEnvelope(
                to: call.id.child, of: call.id.hub, method: number, request: request, mode: mode)
            envelope.remainingNanoseconds = remaining.wholeNanoseconds
            envelope.chain = call.chain
            do {
                try writer.frame(
                    call.isCast ? .cast : .call, stream: stream, envelope, payload: call.arguments)
                return true
            } catch {
                return false
            }
        }
    }

    /// Sends a call to a process that came to its caller's node. It goes through the reply window like any other: an
    /// earlier sending may have been executed elsewhere.
    private func deliverHere(
        _ call: RemoteCall, _ mode: CallMode, _ sending: UInt32, _ stream: UInt64
    ) -> CallAction {
        let now = Clock.elapsed()
        guard let instance = table.instance(call.id) else {
            return call.tell { $0.refused(.notHere, sending: sending, at: now) }
        }
        let order = CallOrder(
            request: call.request, mode: mode, chain: call.chain, deadline: call.deadline, arguments: call.arguments)
        let arrival = WireCall(
            origin: .loopback, stream: stream, wantsAnswer: !call.isCast, instance: instance, method: call.method,
            order: order, turn: mintTurn())
        if !call.isCast {
            pending.insert(Pending.Sending(call: call, number: sending, carrier: nil), as: stream)
            call.arrives(as: arrival)
        }
        arrive(arrival, mode, at: now)
        if call.isCast { concludeCast(call, mode, sending) }
        return .none
    }

    private func sendCancel(of call: RemoteCall, to node: NodeName) {
        if node == name, let arrival = call.arrival { return cancel(arrival) }
        guard let stream = call.stream, let connection = switchboard?.connection(to: node) else { return }
        sendCancel(of: call, stream, over: connection)
    }

    private func sendCancel(of call: RemoteCall, _ stream: UInt64, over connection: PeerConnection) {
        // In the lane of the call, so that it cannot arrive before it.
        connection.send(.calls) { writer, _ in
            (try? writer.frame(.cancel, stream: stream, CancelEnvelope(call.request))) != nil
        }
    }

    /// Arms the timer anew where the machine wants to be woken earlier than at the deadline.
    private func rearm(_ call: RemoteCall) {
        let wake = call.machine.wakeAt
        guard wake < call.deadline else { return }
        if let old = call.arm(deadlines.add(.remote(call), at: wake)) { deadlines.cancel(old) }
    }

    /// Ends a call; what it leaves behind is cleared while its caller wakes up.
    func end(_ call: RemoteCall, _ end: RemoteCall.End) {
        call.ends(end)
        let (stream, timer, hasWaited) = call.leftovers()
        if let stream { pending.remove(stream) }
        if let timer { deadlines.cancel(timer) }
        if hasWaited { waiting.drop(call) }
    }

    private func failure(_ code: HubError.Code, _ outcome: Outcome, of call: RemoteCall) -> HubError {
        let entry = table[call.id]
        var text = "\(call.place): \(code.words)"
        if case .route(let route) = routing(entry) {
            text += " on \(route.node)"
            let failures = failures(of: route.node)
            if !failures.isEmpty { text += "; not connected: \(failures.joined(separator: ", "))" }
        }
        return HubError(code, text, outcome: outcome)
    }

    /// Why there is no connection to a node, as far as it is known: a peer that was refused before it said who it is can
    /// be any node.
    private func failures(of node: NodeName) -> [String] {
        guard let switchboard, node != name, switchboard.connection(to: node) == nil else { return [] }
        if let failure = switchboard.lastFailure(of: node) { return ["\(failure)"] }
        return switchboard.failuresOfUnknown.map(String.init(describing:))
    }
}

// MARK: - Telling the machine what happened

extension CallDriver {
    /// A sending was answered.
    ///
    /// - Parameter connection: what the answer came over; `nil` for one from this node.
    func answered(_ stream: UInt64, _ answer: Answer, _ epoch: Epoch, from connection: PeerConnection?) {
        guard let sending = pending.take(stream, from: connection) else { return }
        let (call, number, now) = (sending.call, sending.number, Clock.elapsed())
        switch answer {
        case .result(let bytes):
            let action = call.tell { $0.replied(epoch, sending: number, at: now) }
            conclude(call, action, .result(bytes))
        case .failure(.refusal(let told), _):
            let refusal = plausible(told)
            if case .redirect(let route) = refusal { raise(call.id, to: route) }
            perform(call.tell { $0.refused(refusal, sending: number, at: now) }, for: call)
        case .failure(.hub(let failure), _):
            let action = call.tell { $0.failed(failure.outcome, epoch: epoch, sending: number, at: now) }
            conclude(call, action, .failure(failure.error))
        case .failure(.thrown(let type), let payload):
            let action = call.tell { $0.replied(epoch, sending: number, at: now) }
            conclude(call, action, .failure(thrown(type, payload, by: call.method.kind)))
        case .failure(.described(let type, let text), _):
            let action = call.tell { $0.replied(epoch, sending: number, at: now) }
            conclude(call, action, .failure(RemoteError(typeName: type, message: text)))
        }
        if let connection, epoch > call.expected { raise(call.id, to: Route(node: connection.peer, epoch: epoch)) }
    }

    /// A redirect to an activation whose epoch cannot be one leads nowhere.
    private func plausible(_ refusal: Refusal) -> Refusal {
        guard case .redirect(let route) = refusal, !observe(route.epoch) else { return refusal }
        return .notHere
    }

    private func conclude(_ call: RemoteCall, _ action: CallAction, _ end: RemoteCall.End) {
        switch (action, end) {
        case (.deliver, _): self.end(call, end)
        case (.deliverFailure(let outcome), .failure(var error as HubError)):
            error.outcome = outcome
            self.end(call, .failure(error))
        case (.deliverFailure, _): self.end(call, end)
        default: perform(action, for: call)
        }
    }

    private func thrown(_ type: String, _ bytes: [UInt8], by kind: ProcessKind) -> any Error {
        kinds.plan(of: kind)?.errors.decoded(type, bytes, with: codec)
            ?? RemoteError(typeName: type, message: "an error that is not registered here, or does not decode")
    }

    /// There is a connection to a node.
    func linked(_ node: NodeName) {
        for call in waiting.takeCallers(of: node) {
            perform(call.tell { $0.linkUp(node, at: Clock.elapsed()) }, for: call)
        }
    }

    /// A connection is lost, and with it the answers to what it carried.
    func lost(_ connection: PeerConnection) {
        for sending in pending.removeAll(carriedBy: connection) {
            let action = sending.call.tell { $0.connectionLost(sending: sending.number, at: Clock.elapsed()) }
            perform(action, for: sending.call)
        }
    }

    /// The timer of a call is due.
    func wake(_ call: RemoteCall) {
        perform(call.tell { $0.timePassed(at: Clock.elapsed()) }, for: call)
        let machine = call.machine
        guard !machine.isEnded else { return }
        if let old = call.arm(deadlines.add(.remote(call), at: machine.wakeAt)) { deadlines.cancel(old) }
    }

    /// The node leaves: the call ends with what is known of it.
    func abandon(_ call: RemoteCall) {
        guard case .fail(_, let outcome, _) = call.tell({ $0.cancelled() }) else { return }
        end(call, .failure(HubError(.nodeStopped, "\(call.place): \(name) leaves", outcome: outcome)))
    }
}
