// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubTransport
internal import HubWire
internal import Logging
internal import Synchronization

/// Runs the machine of one hub on one node: tells it what happens, and does what it decides.
final class HubResident: Resident {
    private struct State {
        /// What was asked before the node ran.
        var early: [Early] = []
        var view: MemberView?
        var hasBegun = false
        var isOver = false
    }

    /// An operation that waits for the node to run.
    private struct Early {
        let record: OperationRecord
        let deadline: Instant
        let event: @Sendable (Duration) -> HubEvent
    }

    let id: HubID
    /// Those that the hub may run on this node.
    let kinds: Set<ProcessKind>
    let instances: Instances
    let logger: Logger
    private let declared: [Child]
    private let driver: Driver<HubMachine>
    private let errands: HubErrands
    private let state = Mutex(State())

    private var calls: CallDriver { instances.calls }

    init(_ id: HubID, _ configuration: HubConfiguration, kinds: Set<ProcessKind>, instances: Instances) {
        var logger = instances.logger
        logger[metadataKey: "hub"] = "\(id)"
        let calls = instances.calls
        var settings = HubSettings()
        settings.distribution = configuration.distribution
        settings.kinds = kinds
        let machine = HubMachine(
            hub: id, node: calls.name, incarnation: calls.incarnation, seed: .random(in: 0 ... .max),
            settings: settings)
        let errands = HubErrands(id, kinds: kinds, instances: instances, logger: logger)
        self.id = id
        self.kinds = kinds
        self.instances = instances
        self.logger = logger
        self.errands = errands
        declared = configuration.children
        // Of operations that are over much falls due one by one, and is nothing.
        driver = Driver(
            machine, spacing: Limits.tickSpacing, onPerformed: { errands.mail.effectsDone() },
            onLeave: { errands.catchUp(by: $0) }
        ) {
            errands.perform($0)
        }
        errands.bind { [driver] in driver.post($0) }
    }
}

// MARK: - What the node tells

extension HubResident {
    func begin() {
        let early = state.withLock { state in
            defer { state.early = [] }
            state.hasBegun = true
            return state.early
        }
        driver.start()
        for one in early where one.record.isSent() {
            driver.post(one.event(Clock.elapsed().duration(to: one.deadline)))
        }
        ensureDeclared()
    }

    func viewChanged(_ view: MemberView) {
        var own = view
        own.members = view.members.filter { $0.hubs.contains(id) }
        state.withLock { $0.view = own }
        driver.post(.viewChanged(own))
    }

    var members: [Member] { state.withLock { $0.view?.members ?? [] } }

    func linkUp(_ peer: NodeName, _ incarnation: Incarnation) {
        driver.post(.linkUp(peer, incarnation))
    }

    func received(
        _ payload: UnsafeRawBufferPointer, over connection: PeerConnection
    ) throws(WireFault) {
        var reader = ByteReader(payload)
        let message = try HubMessage(from: &reader)
        guard reader.isAtEnd else { throw reader.fault(.invalidField) }
        let peer = connection.peer
        let hasRoom = errands.mail.serving(connection) {
            driver.post(
                .received(message, from: peer, connection.incarnation), from: peer, bytes: payload.count,
                by: .loop(connection.allowance))
        }
        if !hasRoom { calls.meters.count(.droppedMessage) }
    }

    func drain(within time: Duration) async {
        driver.post(.drainAsked(deadline: time))
        // What is left at the deadline is stopped then, which takes a moment.
        _ = await errands.drained.wait(atMost: time + Limits.childShutdown)
    }

    func end() {
        let early = state.withLock { state in
            defer { state.early = [] }
            state.isOver = true
            return state.early
        }
        driver.stop()
        errands.unbind()
        for one in early { settle(one.record.fail(left())) }
        let leaves = HubError(.nodeStopped, "node \(calls.name) left before it was decided", outcome: .unknown)
        for record in errands.takeOperations() { settle(record.abandon(leaves)) }
    }
}

// MARK: - What users ask

extension HubResident {
    func start(_ children: [Child], _ options: StartOptions, by hand: Hand = .none) -> OperationRecord {
        let ids = children.map(\.id)
        var (accepted, refused) = sift(children, isUnique: options.onFailure == .rollBack)
        if options.onFailure == .rollBack, !refused.isEmpty {
            refused = Self.rolledBack(ids, because: refused)
            accepted = []
        }
        return ask(OperationRecord(ids, refused: refused), accepted.isEmpty, options.deadline, by: hand) {
            [accepted] number, time in
            var options = options
            options.deadline = time
            return .startAsked(number, accepted, options)
        }
    }

    /// Takes out what no node needs to hear of.
    ///
    /// - Parameter isUnique: whether a child that is named again is taken out too; otherwise the machine refuses it.
    private func sift(
        _ children: [Child], isUnique: Bool
    ) -> (accepted: [Child], refused: [Int: ChildFailure]) {
        var refused: [Int: ChildFailure] = [:]
        var seen: Set<ChildID> = []
        let isUnique = isUnique && children.count > 1
        if isUnique { seen.reserveCapacity(children.count) }
        // Where they lie: to copy a child counts a reference to each of its parts.
        for place in children.indices {
            do throws(HubError) {
                try ChildRules.check(children[place])
                guard !isUnique || seen.insert(children[place].id).inserted else {
                    throw HubError(.duplicate, of: children[place].id)
                }
            } catch {
                refused[place] = ChildFailure(children[place].id, error)
            }
        }
        if refused.isEmpty { return (children, refused) }
        return (children.indices.filter { refused[$0] == nil }.map { children[$0] }, refused)
    }

    private static func rolledBack(_ ids: [ChildID], because refused: [Int: ChildFailure]) -> [Int: ChildFailure] {
        var all = refused
        for (place, id) in ids.enumerated() where all[place] == nil {
            all[place] = ChildFailure(id, HubError(.rolledBack, of: id))
        }
        return all
    }

    func stop(_ ids: [ChildID], _ options: StopOptions) -> OperationRecord {
        var refused: [Int: ChildFailure] = [:]
        var accepted: [ChildID] = []
        var seen: Set<ChildID> = []
        for (place, id) in ids.enumerated() {
            do throws(HubError) {
                try id.validate()
                // Stopping twice what is named twice is no error, and one order does it.
                if seen.insert(id).inserted { accepted.append(id) }
            } catch {
                refused[place] = ChildFailure(id, error)
            }
        }
        return ask(OperationRecord(ids, refused: refused), accepted.isEmpty, options.deadline) {
            [accepted] number, time in
            .stopAsked(number, accepted, StopOptions(deadline: time))
        }
    }

    /// - Throws: ``HubError`` if what is asked for breaks a limit; nothing was done.
    func change(
        _ id: ChildID, metadata: [String: MetadataValue]?, tags: Set<String>?, deadline: Duration
    ) throws(HubError) -> OperationRecord {
        try id.validate()
        if let metadata { try ChildRules.check(metadata: metadata, of: id) }
        if let tags { try ChildRules.check(tags: tags, of: id) }
        return ask(OperationRecord([id]), false, deadline) { number, time in
            .changeAsked(number, id, metadata: metadata, tags: tags, deadline: time)
        }
    }

    /// Lets the machine hear of an operation as soon as the node runs.
    private func ask(
        _ record: OperationRecord, _ isEmpty: Bool, _ time: Duration, by hand: Hand = .none,
        _ event: @escaping @Sendable (OperationID, Duration) -> HubEvent
    ) -> OperationRecord {
        if record.isOfNothing {
            settle(record.fail(HubError(.noChildren, "no children are named", outcome: .notExecuted)))
            return record
        }
        if isEmpty {
            settle(record.finish(isRolledBack: false))
            return record
        }
        let number = instances.nextOperation()
        let deadline = Clock.elapsed().advanced(by: time)
        errands.add(record, as: number)
        arm(record, number, at: deadline)
        let (isReady, isOver, isFull) = state.withLock { state in
            let isFull = !state.hasBegun && state.early.count >= Limits.operations
            if !state.hasBegun, !state.isOver, !isFull {
                state.early.append(Early(record: record, deadline: deadline) { event(number, $0) })
            }
            return (state.hasBegun, state.isOver, isFull)
        }
        if isOver {
            errands.remove(number)
            settle(record.fail(left()))
        } else if isFull {
            errands.remove(number)
            let full = "\(Limits.operations) operations wait for node \(calls.name) to run"
            settle(record.fail(HubError(.overloaded, full, outcome: .notExecuted)))
        } else if isReady, record.isSent() {
            driver.post(event(number, time), by: hand)
        }
        return record
    }

    private func arm(_ record: OperationRecord, _ number: OperationID, at instant: Instant) {
        let timer = calls.deadlines.add(.action { self.overdue(record, number, since: instant) }, at: instant)
        settle(record.arm(timer))
    }

    /// The deadline passed. The machine keeps it by itself; should it not, its caller is told a little later all the same.
    private func overdue(_ record: OperationRecord, _ number: OperationID, since deadline: Instant) {
        if record.wasSent, deadline.duration(to: Clock.elapsed()) < Limits.operationGrace {
            return arm(record, number, at: deadline.advanced(by: Limits.operationGrace))
        }
        errands.remove(number)
        if record.wasSent {
            record.abandon(HubError(.deadlineExceeded, "the deadline passed", outcome: .unknown))
        } else {
            state.withLock { state in state.early.removeAll { $0.record === record } }
            record.fail(HubError(.nodeNotRunning, "node \(calls.name) has not been run", outcome: .notExecuted))
        }
    }

    private func settle(_ timer: TimerID?) {
        if let timer { calls.deadlines.cancel(timer) }
    }

    private func left() -> HubError {
        HubError(.nodeStopped, "node \(calls.name) has left", outcome: .notExecuted)
    }
}

// MARK: - Children that the configuration declares

extension HubResident {
    /// Makes sure of the declared children: again after a while, until each is wished for or cannot be started.
    private func ensureDeclared() {
        guard !declared.isEmpty else { return }
        let options = StartOptions(existing: .keep)
        // It ends with the hub: its operations do, and so does the wait between them.
        Task.detached {
            var missing = self.declared
            while !missing.isEmpty, !self.isOver {
                guard let outcome = try? await self.start(missing, options).outcome() else { return }
                missing = self.unsettled(of: missing, after: outcome)
                if !missing.isEmpty { await self.pause(Limits.declaredRetry) }
            }
        }
    }

    /// The children that may yet be started if they are tried again. Those that cannot be are named in the log.
    private func unsettled(of children: [Child], after outcome: OperationOutcome) -> [Child] {
        zip(children, outcome.children).compactMap { child, decision in
            let failure: ChildFailure
            switch decision.1 {
            case .done(.started): return nil
            case .done(let outcome): failure = outcome.failure(of: child.id)
            case .failed(let refused): failure = refused
            }
            if Self.passing.contains(failure.error.code) { return child }
            logger.error(
                "a declared child cannot be started",
                metadata: ["child": "\(Escaped(child.id.rawValue))", "why": "\(failure.error)"])
            return nil
        }
    }

    /// Why a child may not be started now, and may be later.
    private static let passing: Set<HubError.Code> = [
        .deadlineExceeded, .noOwner, .partitioned, .overloaded, .nodeStopped,
    ]

    private var isOver: Bool { state.withLock { $0.isOver } }

    private func pause(_ time: Duration) async {
        let pause = Milestone()
        let timer = calls.deadlines.add(.action { pause.reach() }, at: Clock.elapsed().advanced(by: time))
        defer { calls.deadlines.cancel(timer) }
        await pause.wait()
    }
}
