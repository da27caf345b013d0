// SPDX-License-Identifier: Apache-2.0

internal import HubCore

extension World {
    mutating func apply(_ step: WorldStep) {
        switch step {
        case .begin(let call): begin(call)
        case .hostReads(let host): receive(links[host].toHost.removeFirst(), at: host)
        case .hostReadsLeftover(let host): receive(links[host].leftover.removeFirst(), at: host)
        case .callerReads(let host): callerReads(host)
        case .connectionBreaks(let host):
            scope.breaks -= 1
            disconnect(host)
        case .connects(let host): connect(host)
        case .registryLearns(let count): learn(count)
        case .callerGivesUp(let call): giveUp(call)
        case .turnEnds(let host, let waiter): end(waiter, at: host)
        case .turnCallsItself(let host, let waiter): callItself(waiter, at: host)
        case .nestedTurnEnds(let host, let waiter): endNested(waiter, at: host)
        case .windowForgets(let host, let call): forget(call, at: host)
        case .deadlinePasses(let host, let waiter): overrun(waiter, at: host)
        case .callerDeparts(let host): callerDeparts(host)
        default: applyToCopies(step)
        }
    }

    private mutating func applyToCopies(_ step: WorldStep) {
        switch step {
        case .seals(let host): seal(host)
        case .opens(let host):
            scope.aborts -= 1
            open(host)
        case .prepares(let host): prepare(host)
        case .commits: commit()
        case .aborts: abort()
        case .activates(let host): activate(host)
        case .discards(let host): hosts[host].hidden = nil
        case .crashes(let host): crash(host)
        case .restores(let host): restore(host)
        case .splits(let host): split(host)
        case .resolves: resolve()
        default: break
        }
    }

    var violation: String? {
        if let fault { return fault }
        for index in callers.indices {
            if let violation = violation(of: index) { return violation }
        }
        return nil
    }

    private var copies: [Copy] { hosts.flatMap { [$0.current, $0.hidden].compactMap { $0 } } }

    private func violation(of index: Int) -> String? {
        if copies.contains(where: { $0.applied[index] > 1 }) { return "S6: call \(index) is twice in the state" }
        if executions[index] > 1 { return "S6: call \(index) was executed twice" }
        switch callers[index].result {
        case .ok where !isPresent(index): return "S7: call \(index) was acknowledged, its effect is gone"
        case .failed(.notExecuted) where executions[index] > 0:
            return "S7: call \(index) was executed and says it was not"
        case .failed(.executed) where executions[index] == 0:
            return "S7: call \(index) was not executed and says it was"
        case .failed where !isHarmed && scope.windowEntries > scope.calls:
            return "call \(index) failed and nothing was harmed"
        default: return nil
        }
    }

    /// Whether the effect of a call is in the state that goes on; after a loss, whether it was there once.
    private func isPresent(_ index: Int) -> Bool {
        if hasLost { return executions[index] == 1 }
        return (hosts[home].hidden ?? hosts[home].current)?.applied[index] == 1
    }

    /// What a run without further faults comes to.
    func quietRun() -> (violation: String, steps: [WorldStep])? {
        var world = self
        var steps: [WorldStep] = []
        while steps.count < 200, let step = world.steps.first(where: { world.isQuiet($0) }) {
            steps.append(step)
            world.apply(step)
            if let violation = world.violation { return (violation, steps) }
        }
        guard let index = world.callers.firstIndex(where: { $0.result == nil }) else { return nil }
        return ("call \(index) never ends", steps)
    }

    private func isQuiet(_ step: WorldStep) -> Bool {
        switch step {
        case .begin, .hostReads, .hostReadsLeftover, .callerReads, .connects, .turnEnds, .turnCallsItself,
            .nestedTurnEnds, .commits, .prepares, .activates, .restores, .resolves:
            true
        case .registryLearns(let count): count == published.count
        case .discards: move == nil
        case .connectionBreaks, .callerGivesUp, .deadlinePasses, .windowForgets, .callerDeparts, .seals, .opens,
            .aborts, .crashes,
            .splits:
            false
        }
    }
}
