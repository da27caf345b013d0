// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubTransport
internal import Synchronization

// A lone instance is made where it was ordered, if its kind has shown that this is short: no thread is woken for it.

extension Instances {
    /// Takes an order: from now on a stop finds it. It is to be begun.
    ///
    /// - Returns: `nil` if the node leaves; that is reported.
    func accept(_ order: StartOrder, for sponsor: Sponsor) -> Making? {
        let making = Making(order, sponsor: sponsor, batch: StartBatch(isOver: true))
        if insert([making]) { return making }
        sponsor.report(.failed(making.activation, .nodeLeaves))
        return nil
    }

    /// Makes an instance on this thread if the hand allows it, else on another.
    func begin(_ making: Making, by hand: Hand) {
        if makeHere(making, by: hand) { return }
        let queue = StartQueue([making])
        // It ends when the instance is made; what it begins is owned by that.
        Task.detached { self.work(through: queue) }
    }

    private func makeHere(_ making: Making, by hand: Hand) -> Bool {
        guard let plan = making.plan, plan.pace.withLock({ $0.isProven }) else { return false }
        switch hand {
        case .none: return false
        // A turn that runs on a loop may be the caller.
        case .caller:
            if LoopTimer.isOnLoop { return false }
            if launch(making) { note(making, plan) }
        case .loop(let allowance):
            guard calls.runsOnLoops, allowance.begin() else { return false }
            let start = Clock.elapsed()
            let hasEnded = launch(making)
            let time = allowance.end(after: start.duration(to: Clock.elapsed()))
            if hasEnded { note(making, plan, onLoop: time) }
        }
        return true
    }

    /// Makes an instance on this thread, as far as that goes without waiting.
    ///
    /// - Returns: whether it is made, and nothing of it goes on.
    @discardableResult
    func launch(_ making: Making) -> Bool {
        let task = Launch.here {
            await self.make(making)
            making.end()
        }
        guard making.runs(task) else { return making.isOver }
        watch(making)
        making.plan?.pace.withLock { $0.left() }
        return false
    }

    /// Takes note of how long the kind's own code took.
    func note(_ making: Making, _ plan: KindPlan, onLoop: Duration? = nil) {
        let time = Duration.nanoseconds(making.spent.load(ordering: .relaxed))
        // A loop that waited longer waited for others.
        let counted = onLoop.map { min($0, time) } ?? time
        plan.pace.withLock { $0.ended(after: counted, isOnLoop: onLoop != nil, at: Clock.elapsed()) }
    }
}
