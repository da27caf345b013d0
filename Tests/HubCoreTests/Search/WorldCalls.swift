// SPDX-License-Identifier: Apache-2.0

internal import HubCore

// The driver of the caller's half, and the connections.
extension World {
    mutating func begin(_ index: Int) {
        callers[index].hasBegun = true
        perform(callers[index].call.begin(.route(published[known - 1]), at: .zero), of: index)
    }

    mutating func learn(_ count: Int) {
        known = count
        for index in callers.indices where callers[index].hasBegun {
            perform(callers[index].call.routeChanged(.route(published[count - 1]), at: .zero), of: index)
        }
    }

    mutating func giveUp(_ index: Int) {
        scope.givenUp -= 1
        isHarmed = true
        perform(callers[index].call.cancelled(), of: index)
    }

    mutating func connect(_ host: Int) {
        links[host].isUp = true
        links[host].generation += 1
        if bug != .oldConnectionRead { links[host].leftover = [] }
        for index in callers.indices {
            perform(callers[index].call.linkUp(World.names[host], at: .zero), of: index)
        }
    }

    /// The caller's end is gone at once; what the host has not read it may still read until the next hello.
    mutating func disconnect(_ host: Int) {
        links[host].isUp = false
        links[host].leftover += links[host].toHost
        links[host].toHost = []
        links[host].toCaller = []
        for index in callers.indices where callers[index].call.sentTo == World.names[host] {
            lose(index)
        }
    }

    private mutating func lose(_ index: Int) {
        let sending = callers[index].call.sending
        let isProof = bug == .lossIsProof || (bug == .parkedIsProof && callers[index].isParked)
        perform(
            isProof
                ? callers[index].call.notSent(.noLink, sending: sending)
                : callers[index].call.connectionLost(sending: sending, at: .zero),
            of: index)
    }

    mutating func callerReads(_ host: Int) {
        switch links[host].toCaller.removeFirst() {
        case .parked(let waiter):
            if callers[waiter.call].call.sending == waiter.sending { callers[waiter.call].isParked = true }
        case .reply(let waiter, let epoch, let reply):
            if reply.bytes != [UInt8(waiter.call)] { fault = "call \(waiter.call) got the reply of another" }
            perform(callers[waiter.call].call.replied(epoch, sending: waiter.sending, at: .zero), of: waiter.call)
        case .refused(let waiter, let refusal):
            refuse(waiter, refusal)
        case .overdue(let waiter, let epoch):
            perform(
                callers[waiter.call].call.failed(.unknown, epoch: epoch, sending: waiter.sending, at: .zero),
                of: waiter.call)
        }
    }

    private mutating func refuse(_ waiter: Waiter, _ refusal: Refusal) {
        let index = waiter.call
        let action = callers[index].call.refused(refusal, sending: waiter.sending, at: .zero)
        if bug == .redirectIsProof, case .redirect(let route) = refusal, case .send(_, .again, _) = action {
            let sending = callers[index].call.sending
            callers[index].call = OutgoingCall(request: World.request(index), deadline: .distantFuture)
            for _ in 0..<sending { _ = callers[index].call.begin(.noHost, at: .zero) }
            return perform(callers[index].call.routeChanged(.route(route), at: .zero), of: index)
        }
        perform(action, of: index)
        if bug == .expiredIsProof, refusal == .expired { callers[index].result = .failed(.notExecuted) }
    }

    private mutating func perform(_ action: CallAction, of index: Int) {
        switch action {
        case .none, .waitForRoute, .waitForLink, .repeatRequest: break
        case .send(let node, let mode, let sending): send(index, to: World.host(node), mode, sending)
        case .deliver: callers[index].result = .ok
        case .deliverFailure(let outcome): callers[index].result = .failed(outcome)
        case .fail(_, let outcome, let node): fail(index, outcome, node)
        }
    }

    private mutating func send(_ index: Int, to host: Int, _ mode: CallMode, _ sending: UInt32) {
        callers[index].isParked = false
        guard links[host].isUp else {
            return perform(callers[index].call.notSent(.noLink, sending: sending), of: index)
        }
        let waiter = Waiter(call: index, sending: sending, generation: links[host].generation)
        links[host].toHost.append(.call(waiter, altered(mode)))
    }

    private func altered(_ mode: CallMode) -> CallMode {
        guard bug == .againWithNewestEpoch, case .again(_, let hint) = mode else { return mode }
        return .again(first: hint, hint: hint)
    }

    private mutating func fail(_ index: Int, _ outcome: Outcome, _ node: NodeName?) {
        let wasGivenUp = node != nil
        callers[index].result = .failed(bug == .deadlineIsProof && wasGivenUp ? .notExecuted : outcome)
        guard let node, links[World.host(node)].isUp else { return }
        let host = World.host(node)
        let sending = callers[index].call.sending
        links[host].toHost.append(
            .cancel(Waiter(call: index, sending: sending, generation: links[host].generation)))
    }
}
