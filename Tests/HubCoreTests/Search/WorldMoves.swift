// SPDX-License-Identifier: Apache-2.0

internal import HubCore

// Moves and losses, as far as gates and calls see them.
extension World {
    mutating func seal(_ host: Int) {
        scope.moves -= 1
        _ = hosts[host].current?.gate.seal()
    }

    mutating func open(_ host: Int) {
        for turn in hosts[host].current?.gate.open() ?? [] { start(turn.waiter, at: host) }
    }

    mutating func prepare(_ host: Int) {
        guard let source = hosts[host].current, var copy = source.gate.copy() else { return }
        if bug == .windowLeftBehind || bug == .bothLeftBehind { copy.replies = [] }
        if bug == .watermarksLeftBehind || bug == .bothLeftBehind { copy.watermarks = [] }
        let epoch = bug == .moveIDRepeats ? World.epoch(copy.epoch.stamp.time + 1) : mint()
        move = Move(from: host, epoch: epoch)
        if hosts[1 - host].hidden?.gate.epoch == epoch { return }
        let gate = Gate<Waiter>(continuing: copy, under: epoch, as: .unbroken, limits: World.limits(scope))
        hosts[1 - host].hidden = Copy(gate: gate, applied: source.applied)
    }

    mutating func mint() -> Epoch {
        lastStamp += 1
        return World.epoch(lastStamp)
    }

    mutating func commit() {
        guard let move else { return }
        let route = Route(node: World.names[move.to], epoch: move.epoch)
        let waiters = hosts[move.from].current?.gate.redirect(to: route) ?? []
        if bug == .parkedSurvive || bug == .parkedRunAgain { hosts[move.from].survivors = waiters }
        if bug != .parkedSurvive {
            for waiter in waiters { answer(.refused(waiter, .redirect(route)), to: waiter, from: move.from) }
        }
        published.append(route)
        committed = move.epoch
        home = move.to
        self.move = nil
    }

    mutating func abort() {
        guard let move else { return }
        if scope.aborts > 0 { scope.aborts -= 1 }
        self.move = nil
        open(move.from)
    }

    /// On any proof of commit.
    mutating func activate(_ host: Int) {
        hosts[host].current = hosts[host].hidden
        hosts[host].hidden = nil
        open(host)
        let survivors = hosts[host].survivors
        hosts[host].survivors = []
        for waiter in survivors { start(waiter, at: host) }
    }
}

extension World {
    /// Whether the process has no activation any more, and this host is the one to make one.
    func isLost(at host: Int) -> Bool {
        if host == home { return hosts[host].hidden != nil && hosts[1 - host].current == nil }
        return hosts[home].isEmpty
    }

    mutating func crash(_ host: Int) {
        scope.crashes -= 1
        isHarmed = true
        hasLost = true
        hosts[host] = Host()
        if splitFrom == host { splitFrom = nil }
        if let move { if move.from == host { self.move = nil } else { self.move?.isLost = true } }
        if home != host, committed != nil { committed = nil }
        disconnect(host)
        links[host].leftover = []
    }

    /// The best copy that is left is activated under a new epoch.
    mutating func restore(_ host: Int) {
        let epoch = hosts[host].hidden?.gate.epoch ?? mint()
        if let alive = hosts[host].current, alive.gate.movedTo == nil, hosts[host].hidden == nil {
            hosts[host].current?.gate.take(epoch, as: bug == .olderCopyExecutes ? .unbroken : .newLine)
        } else {
            let best = hosts[host].hidden ?? hosts[host].current
            hosts[host] = Host(current: restored(best, under: epoch), hidden: nil)
        }
        splitFrom = nil
        move = nil
        home = host
        publish(host, epoch)
        open(host)
    }

    private mutating func publish(_ host: Int, _ epoch: Epoch) {
        let route = Route(node: World.names[host], epoch: epoch)
        if published.last != route { published.append(route) }
    }

    private func restored(_ best: Copy?, under epoch: Epoch) -> Copy {
        guard let best, let copy = best.gate.copy() else {
            return Copy(
                gate: Gate(epoch: epoch, held: true, limits: World.limits(scope)),
                applied: Array(repeating: 0, count: scope.calls))
        }
        let continuation: Continuation = bug == .restoredExecutes ? .unbroken : .newLine
        let gate = Gate<Waiter>(continuing: copy, under: epoch, as: continuation, limits: World.limits(scope))
        return Copy(gate: gate, applied: best.applied)
    }

    mutating func split(_ host: Int) {
        scope.splits -= 1
        isHarmed = true
        hasLost = true
        splitFrom = host
        home = 1 - host
        let epoch = mint()
        hosts[home] = Host(current: restored(hosts[home].current, under: epoch), hidden: nil)
        publish(home, epoch)
        open(home)
    }

    var canResolve: Bool {
        hosts.allSatisfy { host in host.current.map { $0.runs.isEmpty && $0.gate.movedTo == nil } ?? false }
    }

    /// The copy with more turns goes on under a new epoch; everyone who waits at either is sent there.
    mutating func resolve() {
        guard let mine = hosts[0].current, let theirs = hosts[1].current else { return }
        let isMine = (mine.gate.version, mine.gate.epoch) > (theirs.gate.version, theirs.gate.epoch)
        let winner = isMine ? 0 : 1
        let route = Route(node: World.names[winner], epoch: mint())
        for host in hosts.indices {
            _ = hosts[host].current?.gate.seal()
            for waiter in hosts[host].current?.gate.redirect(to: route) ?? [] {
                answer(.refused(waiter, .redirect(route)), to: waiter, from: host)
            }
        }
        hosts[winner].current = restored(isMine ? mine : theirs, under: route.epoch)
        splitFrom = nil
        home = winner
        publish(winner, route.epoch)
        open(winner)
    }
}
