// SPDX-License-Identifier: Apache-2.0

internal import Distributed
internal import Foundation
internal import HubCore
internal import Logging
internal import Synchronization

/// Makes the instances of one node, runs their bodies and ends them: all on orders of the hubs' machines, each of which is
/// answered once, through the ``Sponsor`` that gave it.
final class Instances: Sendable {
    private struct State {
        /// The node leaves: nothing is made any more.
        var isLeaving = false
        /// What is being made, from before its initializer is called until calls reach it.
        var making = Makings()
        /// What the table no longer shows and has not ended yet.
        var ending: [ProcessID: [Instance]] = [:]

        var isSettled: Bool { isLeaving && making.isEmpty }
    }

    /// How the turns that run when an instance ends are ended.
    enum Manner {
        /// Those that have a task of their own are cancelled at once.
        case firm
        /// They are cancelled once the shutdown time is over: one of them asked for the end.
        case gentle
    }

    /// Why an instance ends: what it is told, what the hub is told, and what callers are told.
    struct End {
        var reason: TerminationReason
        var exit: ExitReason
        var closing: Closing
        var shutdown: Duration
        var manner = Manner.firm
    }

    let calls: CallDriver
    private let actorSystem: HubActorSystem
    let logger: Logger
    private let state = Mutex(State())
    /// Nothing is being made, and nothing will be.
    private let settled = Milestone()
    private let lastOperation = Atomic<UInt64>(0)

    init(calls: CallDriver, actorSystem: HubActorSystem, logger: Logger) {
        self.calls = calls
        self.actorSystem = actorSystem
        self.logger = logger
    }

    /// Numbers the operations of all hubs of the node: one that is stopped and begun again uses no number twice.
    func nextOperation() -> OperationID { OperationID(lastOperation.add(1, ordering: .relaxed).newValue) }
}

// MARK: - The beginning

extension Instances {
    /// Makes instances, all at the same time: an initializer that is slow or throws keeps no other one waiting. Nobody
    /// finds an instance before its initializer has returned.
    func start(_ orders: [StartOrder], for sponsor: Sponsor) {
        var makings: [Making] = []
        makings.reserveCapacity(orders.count)
        var batch = StartBatch()
        for (index, order) in orders.enumerated() {
            if index % Limits.startsAtOnce == 0 { batch = StartBatch() }
            makings.append(Making(order, sponsor: sponsor, batch: batch))
        }
        guard insert(makings) else {
            for making in makings { sponsor.report(.failed(making.activation, .nodeLeaves)) }
            return
        }
        let queue = StartQueue(makings)
        for _ in 0..<min(Limits.startingTasks, (makings.count - 1) / Limits.startsAtOnce + 1) {
            // It ends when the queue is empty; what it begins is owned by what is made.
            Task.detached { self.work(through: queue) }
        }
    }

    /// - Returns: whether the node does not leave.
    func insert(_ makings: [Making]) -> Bool {
        state.withLock { state in
            if !state.isLeaving { for making in makings { state.making.insert(making) } }
            return !state.isLeaving
        }
    }

    func work(through queue: StartQueue) {
        while let slice = queue.take() {
            for making in slice {
                let isUnsure = making.plan?.pace.withLock { !$0.isProven } ?? false
                if launch(making), isUnsure, let plan = making.plan { note(making, plan) }
            }
            guard let first = slice.first else { continue }
            let started = first.batch.close()
            if !started.isEmpty { reportStart(of: started, to: first.sponsor) }
            // Of a machine with few cores this work would take all: a thread that has just been woken, for a probe or a call,
            // would wait until the time slice ends that the system gave to this one.
            sched_yield()
        }
    }

    /// Gives up an order whose initializer does not return in time.
    func watch(_ making: Making) {
        let due = Clock.elapsed().advanced(by: making.order.deadline)
        let timer = calls.deadlines.add(.action { self.giveUp(making) }, at: due)
        if !making.arm(timer) { calls.deadlines.cancel(timer) }
    }

    private func giveUp(_ making: Making) {
        let (isInTime, stop) = making.giveUp()
        guard isInTime else { return }
        leavePlace(of: making)
        making.sponsor.report(.failed(making.activation, .timedOut))
        if stop != nil { making.sponsor.report(.ended(making.activation, .stopped)) }
    }

    func make(_ making: Making) async {
        guard let plan = making.plan, let type = plan.type as? any HubProcess.Type else {
            return fail(making, .unknownKind)
        }
        await make(type, plan, making)
    }

    private func make<P: HubProcess>(_ type: P.Type, _ plan: KindPlan, _ making: Making) async {
        let start = Clock.elapsedNanoseconds()
        let arguments: P.Arguments
        do {
            arguments = try calls.codec.decode(P.Arguments.self, from: making.order.child.arguments)
        } catch {
            making.took(since: start)
            return fail(making, .undecodableArguments("\(error)".capped(bytes: Limits.shownBytes)))
        }
        let residence = Residence(Residence.Facts(making.order))
        let process: P
        do {
            let id = ProcessID(making.id, residence: residence)
            process = try await Placement.$current.withValue(Placement(id: id, type: type)) {
                try await P(arguments, actorSystem: self.actorSystem)
            }
        } catch {
            making.took(since: start)
            return fail(making, .initializerThrew(Self.text(of: error)))
        }
        making.took(since: start)
        let instance = Instance(
            making.order, kind: plan, actor: process, residence: residence, sponsor: making.sponsor)
        guard admit(instance, making) else { return }
        await runBody(of: process, instance, in: making)
    }

    private func fail(_ making: Making, _ fault: StartFault) {
        let (fate, timer) = making.finish()
        if let timer { calls.deadlines.cancel(timer) }
        if case .givenUp = fate { return }
        let stop = making.opened()
        leavePlace(of: making)
        making.sponsor.report(.failed(making.activation, fault))
        if stop != nil { making.sponsor.report(.ended(making.activation, .stopped)) }
    }

    /// The initializer has returned: lets calls reach the instance, or ends it.
    ///
    /// - Returns: whether it is open.
    private func admit(_ instance: Instance, _ making: Making) -> Bool {
        let (fate, timer) = making.finish()
        if let timer { calls.deadlines.cancel(timer) }
        switch fate {
        case .givenUp:
            begin(ending: instance, End(.failed("its initializer did not return in time"), instance), isReported: false)
            return false
        case .stopped(let order):
            reportStart(of: instance, making)
            begin(ending: instance, End(order))
            leavePlace(of: making)
            return false
        case .open: break
        }
        if state.withLock({ $0.isLeaving }) {
            begin(ending: instance, End(.shutdown, instance), isReported: false)
            making.sponsor.report(.failed(making.activation, .nodeLeaves))
            if making.opened() != nil { making.sponsor.report(.ended(making.activation, .stopped)) }
            leavePlace(of: making)
            return false
        }
        let displaced = calls.open(instance)
        let stop = making.opened()
        reportStart(of: instance, making)
        if let stop { begin(ending: instance, End(stop)) }
        if let displaced { begin(ending: displaced, End(.superseded, displaced)) }
        // Last, because the initializer may have asked for it already.
        if instance.residence.begin(instance) { endAsAsked(instance) }
        if instance.isEnding { instance.residence.end() }
        // After everything, so that whoever waits for the node to settle finds the instance in the table.
        leavePlace(of: making)
        return displaced !== instance
    }

    private func reportStart(of instance: Instance, _ making: Making) {
        let started = StartBatch.Started(activation: making.activation, instance: instance)
        if !making.batch.add(started) { reportStart(of: [started], to: making.sponsor) }
    }

    /// The start of an instance is reported before its end (S13): an end that came meanwhile is reported now.
    private func reportStart(of started: [StartBatch.Started], to sponsor: Sponsor) {
        sponsor.report(.started(started.map(\.activation)))
        for started in started {
            if let exit = started.instance.startIsReported() {
                sponsor.report(.ended(started.instance.activation, exit))
            }
        }
    }

    private func leavePlace(of making: Making) {
        let isSettled = state.withLock { state in
            state.making.remove(making)
            return state.isSettled
        }
        if isSettled { settled.reach() }
    }

    /// What an error says, with the name of its type.
    private static func text(of error: any Error) -> String {
        "\(String(reflecting: type(of: error))): \(error)".capped(bytes: Limits.shownBytes)
    }
}

// MARK: - The body

extension Instances {
    private func runBody<P: HubProcess>(of process: P, _ instance: Instance, in making: Making) async {
        if instance.kind.hasNoBody { return }
        guard instance.beginBody(in: making) else { return }
        do {
            try await process.whenLocal { try await $0.run() }
        } catch {
            // Whatever a cancelled body throws, it was ended by a stop.
            if !Task.isCancelled { bodyFailed(instance, error) }
        }
        instance.endBody()
    }

    private func bodyFailed(_ instance: Instance, _ error: any Error) {
        logger.error(
            "a process failed",
            metadata: ["process": "\(Escaped("\(instance.id)"))", "error": "\(type(of: error))"])
        let text = String(describing: error).capped(bytes: Limits.shownBytes)
        begin(
            ending: instance,
            End(reason: .failed(text), exit: .failed(text), closing: .ended, shutdown: instance.shutdown))
    }
}

// MARK: - Going on

extension Instances {
    /// Instances go on in place under a higher epoch and begin a new line of state.
    func renew(_ orders: [RenewOrder], for sponsor: Sponsor) {
        for order in orders {
            let id = sponsor.process(order.instance.child)
            if let instance = calls.table.instance(id), instance.epoch == order.instance.epoch {
                calls.renew(instance, under: order.epoch)
            } else if let ending = ending(id, order.instance.epoch) {
                ending.gate.withLock { $0.take(order.epoch) }  // it is known by that when it is to be stopped
            }
        }
    }
}

// MARK: - The end

extension Instances.End {
    init(_ order: StopOrder) {
        shutdown = order.shutdown
        exit = .stopped
        switch order.cause {
        case .stopped: (reason, closing) = (.stopped, .stopped)
        case .shutdown: (reason, closing) = (.shutdown, .ended)
        case .superseded(let route): (reason, closing) = (.superseded, route.map(Closing.superseded) ?? .ended)
        }
    }

    /// An end that no order of the hub is behind.
    init(_ reason: TerminationReason, _ instance: Instance) {
        self.init(reason: reason, exit: .stopped, closing: .ended, shutdown: instance.shutdown)
    }
}

extension Instances {
    /// Ends instances, all at the same time; one that is being made is ended when it is.
    func stop(_ orders: [StopOrder], for sponsor: Sponsor) {
        for order in orders {
            let id = sponsor.process(order.instance.child)
            if let instance = calls.table.instance(id), instance.epoch == order.instance.epoch {
                begin(ending: instance, End(order))
            } else if let making = state.withLock({ $0.making.find(id, order.instance.epoch) }), making.stop(order) {
                continue
            } else if let instance = calls.table.instance(id), instance.epoch == order.instance.epoch {
                begin(ending: instance, End(order))  // It was made in between.
            } else if ending(id, order.instance.epoch) == nil {
                sponsor.report(.ended(order.instance, .stopped))
            }
        }
    }

    /// A process asked for its own end.
    func endAsAsked(_ instance: Instance) {
        begin(
            ending: instance,
            End(reason: .stopped, exit: .normal, closing: .ended, shutdown: instance.shutdown, manner: .gentle))
    }

    /// Stops every process of this node and lets no more be made. A process that is just being made is waited for, at
    /// most for the shutdown time; one whose initializer returns later is ended then.
    func stopAll(_ reason: TerminationReason) async {
        let isSettled = state.withLock { state in
            state.isLeaving = true
            return state.isSettled
        }
        if isSettled { settled.reach() }
        async let isSettledInTime = settled.wait(atMost: Limits.childShutdown)
        await endAll(reason)
        if await !isSettledInTime {
            let late = state.withLock { $0.making.all.map { Escaped("\($0.id)").description } }.sorted().prefix(10)
            logger.warning(
                "processes are still being made", metadata: ["processes": "\(late.joined(separator: ", "))"])
        }
        // What was opened between the two.
        await endAll(reason)
    }

    private func endAll(_ reason: TerminationReason) async {
        // In this order: an instance is among the ending ones before it leaves the table.
        let running = calls.table.instances()
        let ending = state.withLock { $0.ending.values.flatMap(\.self) }
        for instance in running { begin(ending: instance, End(reason, instance)) }
        for instance in running + ending { await instance.untilEnded() }
    }

    /// Begins to end an instance, unless that has begun: from now on no call is admitted. It may have ended when this
    /// returns.
    private func begin(ending instance: Instance, _ end: End, isReported: Bool = true) {
        guard instance.beginEnding() else { return }
        instance.residence.end()
        state.withLock { $0.ending[instance.id, default: []].append(instance) }
        calls.close(instance, end.closing, cancellingTurns: end.manner == .firm)
        instance.cancelBody()
        if instance.kind.hasNoEnd, instance.isQuiet { return hasEnded(instance, end, isReported) }
        // Detached: an end inherits neither deadline, chain nor priority of who asked for it. It is kept among the ending.
        Task.detached {
            await self.finish(instance, end)
            self.hasEnded(instance, end, isReported)
        }
    }

    private func hasEnded(_ instance: Instance, _ end: End, _ isReported: Bool) {
        forget(instance)
        let isNext = instance.hasEnded(end.exit)
        if isReported, isNext { instance.sponsor.report(.ended(instance.activation, end.exit)) }
    }

    private func ending(_ id: ProcessID, _ epoch: Epoch) -> Instance? {
        state.withLock { $0.ending[id] ?? [] }.first { $0.epoch == epoch }
    }

    private func forget(_ instance: Instance) {
        state.withLock { state in
            state.ending[instance.id]?.removeAll { $0 === instance }
            if state.ending[instance.id]?.isEmpty == true { state.ending[instance.id] = nil }
        }
    }

    /// Awaits body and turns, at most for the shutdown time, calls `terminate` and awaits that, for as long again.
    private func finish(_ instance: Instance, _ end: End) async {
        if end.manner == .gentle, await !instance.untilQuiet(atMost: end.shutdown) { instance.cancelTurns() }
        if await !instance.untilQuiet(atMost: end.shutdown) {
            warn("a process did not end in time, and is left behind", instance, waitingFor: instance.unfinished)
        }
        guard !instance.kind.hasNoEnd, let process = instance.actor as? any HubProcess else { return }
        let terminated = Milestone()
        // It ends when `terminate` returns, whoever still waits for that.
        _ = Launch.here {
            await Self.terminate(process, end.reason)
            terminated.reach()
        }
        if await !terminated.wait(atMost: end.shutdown) {
            warn("a process did not end in time, and is left behind", instance, waitingFor: "terminate")
        }
    }

    private func warn(_ text: Logger.Message, _ instance: Instance, waitingFor unfinished: String) {
        logger.warning(
            text, metadata: ["process": "\(Escaped("\(instance.id)"))", "unfinished": "\(unfinished)"])
    }

    private static func terminate<P: HubProcess>(_ process: P, _ reason: TerminationReason) async {
        await process.whenLocal { await $0.terminate(reason) }
    }
}

extension Residence.Facts {
    init(_ order: StartOrder) {
        self.init(
            epoch: order.epoch, activation: order.activation, role: .active, metadata: order.child.metadata,
            tags: order.child.tags)
    }
}
