// SPDX-License-Identifier: Apache-2.0

internal import Distributed
internal import HubCore
internal import Logging
internal import Synchronization

/// Makes the instances of one node, runs their bodies and ends them.
final class Instances: Sendable {
    private struct State {
        /// The node leaves: nothing is made any more.
        var isLeaving = false
        /// What is being made, from before its initializer is called until calls reach it.
        var placing: Set<ProcessID> = []
        /// What the table no longer shows and has not ended yet.
        var ending: [ObjectIdentifier: Instance] = [:]

        var isSettled: Bool { isLeaving && placing.isEmpty }
    }

    /// How the turns that run when an instance ends are ended.
    enum Manner {
        /// Those that have a task of their own are cancelled at once.
        case firm
        /// They are cancelled once the shutdown time is over: one of them asked for the end.
        case gentle
    }

    private let calls: CallDriver
    private let actorSystem: HubActorSystem
    private let logger: Logger
    private let state = Mutex(State())
    /// Nothing is being made, and nothing will be.
    private let settled = Milestone()

    init(calls: CallDriver, actorSystem: HubActorSystem, logger: Logger) {
        self.calls = calls
        self.actorSystem = actorSystem
        self.logger = logger
    }
}

// MARK: - The beginning

extension Instances {
    /// Makes an instance and opens it for calls. Nobody finds it before its initializer has returned.
    ///
    /// - Throws: ``HubError`` with ``HubError/Code/alreadyStarted`` if the id is taken on this node,
    ///   ``HubError/Code/startFailed`` if the initializer threw, or ``HubError/Code/nodeStopped`` if the node leaves;
    ///   nothing runs then.
    func place<P: HubProcess>(
        _ type: P.Type, id: ProcessID, _ arguments: P.Arguments, _ facts: Residence.Facts
    ) async throws(HubError) {
        let kind = try calls.kinds.register(type)
        let before = try calls.reserve(id, kind: kind.kind)
        guard beginPlacing(id) else {
            calls.unreserve(id, restoring: before)
            throw leaving()
        }
        defer { endPlacing(id) }
        let residence = Residence(facts)
        let process: P
        do {
            process = try await make(type, ProcessID(id, residence: residence), arguments)
        } catch {
            calls.unreserve(id, restoring: before)
            throw HubError(.startFailed, "the initializer of \(id) threw", outcome: .notExecuted, cause: error)
        }
        let instance = Instance(id: id, kind: kind, actor: process, residence: residence)
        if state.withLock({ $0.isLeaving }) {
            calls.unreserve(id, restoring: before)
            await end(instance, .shutdown)
            throw leaving()
        }
        calls.open(instance)
        start(process, of: instance)
        // Last, because the initializer may have asked for it already.
        // A circle until the end: a weak reference would make every retain of an instance take the slow path.
        residence.onStop { self.beginEnding(instance, .stopped, .gentle) }
        if instance.isEnding { residence.forgetStop() }
    }

    private func make<P: HubProcess>(
        _ type: P.Type, _ id: ProcessID, _ arguments: P.Arguments
    ) async throws -> P {
        try await Placement.$current.withValue(Placement(id: id, type: type)) {
            try await CallFrame.$current.withValue(CallFrame()) {
                try await P(arguments, actorSystem: self.actorSystem)
            }
        }
    }

    private func start<P: HubProcess>(_ process: P, of instance: Instance) {
        instance.begin {
            do {
                try await process.whenLocal { try await $0.run() }
            } catch {
                // Whatever a cancelled body throws, it was ended by a stop.
                if Task.isCancelled { return }
                self.logger.error(
                    "a process failed",
                    metadata: ["process": "\(Escaped("\(instance.id)"))", "error": "\(type(of: error))"])
                self.beginEnding(instance, .failed(String(describing: error).capped(bytes: 256)), .firm)
            }
        }
    }

    private func beginPlacing(_ id: ProcessID) -> Bool {
        state.withLock { state in
            guard !state.isLeaving else { return false }
            state.placing.insert(id)
            return true
        }
    }

    private func endPlacing(_ id: ProcessID) {
        let isSettled = state.withLock { state in
            state.placing.remove(id)
            return state.isSettled
        }
        if isSettled { settled.reach() }
    }

    private func leaving() -> HubError {
        HubError(.nodeStopped, "node \(calls.name) leaves", outcome: .notExecuted)
    }
}

// MARK: - The end

extension Instances {
    /// Stops a process of this node.
    ///
    /// - Returns: whether it ran here.
    func stop(_ id: ProcessID, _ reason: TerminationReason) async -> Bool {
        guard let instance = calls.table[id]?.instance else { return false }
        await end(instance, reason)
        return true
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
            let late = state.withLock { $0.placing }.map { Escaped("\($0)").description }.sorted().prefix(10)
            logger.warning(
                "processes are still being made", metadata: ["processes": "\(late.joined(separator: ", "))"])
        }
        // What was opened between the two.
        await endAll(reason)
    }

    private func endAll(_ reason: TerminationReason) async {
        // In this order: an instance is among the ending ones before it leaves the table.
        let running = calls.table.instances()
        let ending = state.withLock { Array($0.ending.values) }
        await withDiscardingTaskGroup { group in
            for instance in running + ending { group.addTask { await self.end(instance, reason) } }
        }
    }

    /// Ends an instance, or waits for it to be ended if that has begun.
    private func end(_ instance: Instance, _ reason: TerminationReason) async {
        beginEnding(instance, reason, .firm)
        await instance.ended.wait()
    }

    /// Begins to end an instance, unless that has begun: from now on no call is admitted.
    private func beginEnding(_ instance: Instance, _ reason: TerminationReason, _ manner: Manner) {
        guard instance.beginEnding() else { return }
        instance.residence.forgetStop()
        state.withLock { $0.ending[ObjectIdentifier(instance)] = instance }
        calls.close(instance, cancellingTurns: manner == .firm)
        instance.cancelBody()
        // Detached: an end inherits neither deadline, chain nor priority of who asked for it. The instance owns it.
        instance.own(Task.detached { await self.finish(instance, reason, manner) })
    }

    /// Awaits body and turns, at most for the shutdown time, calls `terminate` and awaits that, for as long again.
    private func finish(_ instance: Instance, _ reason: TerminationReason, _ manner: Manner) async {
        if manner == .gentle, await !instance.quiet.wait(atMost: Limits.childShutdown) { instance.cancelTurns() }
        if await !instance.quiet.wait(atMost: Limits.childShutdown) {
            warn("a process did not end in time, and is left behind", instance, waitingFor: instance.unfinished)
        }
        if let process = instance.actor as? any HubProcess {
            let terminated = Milestone()
            // Detached and owned like the end it belongs to.
            instance.own(
                Task.detached {
                    await Self.terminate(process, reason)
                    terminated.reach()
                })
            if await !terminated.wait(atMost: Limits.childShutdown) {
                warn("a process did not end in time, and is left behind", instance, waitingFor: "terminate")
            }
        }
        state.withLock { _ = $0.ending.removeValue(forKey: ObjectIdentifier(instance)) }
        instance.ended.reach()
    }

    private func warn(_ text: Logger.Message, _ instance: Instance, waitingFor unfinished: String) {
        logger.warning(
            text, metadata: ["process": "\(Escaped("\(instance.id)"))", "unfinished": "\(unfinished)"])
    }

    private static func terminate<P: HubProcess>(_ process: P, _ reason: TerminationReason) async {
        await process.whenLocal { await $0.terminate(reason) }
    }
}
