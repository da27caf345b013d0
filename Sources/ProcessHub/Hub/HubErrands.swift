// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubTransport
internal import HubWire
internal import Logging
internal import Synchronization

/// Does what a hub's machine decides.
final class HubErrands: Sendable {
    private let hub: HubID
    private let instances: Instances
    private let logger: Logger
    private let sponsor: Sponsor
    private let state: Outbox
    let mail: HubMail
    /// Everything has moved off or is stopped.
    let drained = Milestone()

    private var calls: CallDriver { instances.calls }

    init(_ hub: HubID, kinds: Set<ProcessKind>, instances: Instances, logger: Logger) {
        let state = Outbox()
        self.hub = hub
        self.instances = instances
        self.logger = logger
        self.state = state
        mail = HubMail(hub, instances.calls)
        sponsor = Sponsor(
            hub: hub, kinds: kinds, of: instances.calls.kinds, onStopRequest: { instances.endAsAsked($0) }
        ) { report in
            switch report {
            case .started(let activations): state.post(.instancesStarted(activations))
            case .failed(let activation, let fault): state.post(.instanceFailed(activation, fault))
            case .ended(let activation, let reason): state.post(.instanceEnded(activation, reason))
            }
        }
    }

    /// Tells who hears what comes back from what was done.
    func bind(_ post: @escaping @Sendable (HubEvent) -> Void) { state.bind(post) }
    func unbind() { state.bind(nil) }

    func perform(_ effect: HubEffect) {
        if case .send = effect {} else { mail.sendGathered() }
        switch effect {
        case .send(let message, let peer): mail.send(message, to: peer)
        case .startInstances(let orders): start(orders)
        case .stopInstances(let orders): instances.stop(orders, for: sponsor)
        case .renewInstances(let orders): instances.renew(orders, for: sponsor)
        case .publish(let rows): calls.publish(rows, of: hub)
        case .answer(let number, let answers): state.operation(number)?.answer(answers)
        case .finished(let number, let isRolledBack): finish(number, isRolledBack: isRolledBack)
        case .ask(let action): grant(action)
        case .drained(let moved, let failed): report(moved: moved, failed: failed)
        case .continueWork: state.post(.workContinued)
        case .tell(let note): log(note)
        }
    }

    /// A lone instance is made when nobody drives, if possible by the very thread that waits for it.
    private func start(_ orders: [StartOrder]) {
        guard orders.count == 1 else { return instances.start(orders, for: sponsor) }
        if let making = instances.accept(orders[0], for: sponsor) { state.putOff(making) }
    }

    /// Begins what was put off.
    func catchUp(by hand: Hand) {
        mail.batchEnds()
        let all = state.takePutOff()
        // None waits for another one's initializer.
        for making in all.dropLast() { instances.begin(making, by: .none) }
        if let last = all.last { instances.begin(last, by: hand) }
    }

    /// Whoever grants ownership is asked here; on its own a hub may always claim it.
    private func grant(_ action: AuthorityAction) {
        if case .claim(let activations) = action { state.post(.authorityAnswered(.granted(activations))) }
    }

    private func report(moved: Int, failed: [ChildID]) {
        if failed.isEmpty {
            logger.info("drained", metadata: ["moved": "\(moved)"])
        } else {
            let shown = failed.prefix(10).map { Escaped($0.rawValue).description }.joined(separator: ", ")
            logger.warning(
                "not everything could be moved off",
                metadata: ["moved": "\(moved)", "left": "\(failed.count)", "children": "\(shown)"])
        }
        drained.reach()
    }
}

// MARK: - What is told

extension HubErrands {
    /// The seam for hooks and metrics: every note of the machine passes here, in order.
    private func log(_ note: HubNote) {
        switch note {
        case .activated, .deactivated, .childMoved: break
        case .quarantined(let child, let failures):
            logger.error(
                "a child fails again and again, and is left alone for a while",
                metadata: ["child": "\(Escaped(child.rawValue))", "failures": "\(failures)"])
        case .conflictResolved(let child, let kept, let ended):
            logger.warning(
                "two instances of a child met, and one was ended",
                metadata: ["child": "\(Escaped(child.rawValue))", "kept": "\(kept)", "ended": "\(ended)"])
        case .droppedAsStopped(let child):
            logger.warning(
                "a child that was stopped came back with a member, and was dropped",
                metadata: ["child": "\(Escaped(child.rawValue))"])
        case .refusedStamp(let stamp, let peer):
            calls.meters.count(.refusedEpoch)
            logger.warning("a stamp lies too far ahead", metadata: ["stamp": "\(stamp)", "from": "\(peer)"])
        case .restartsDelayed(let time):
            logger.warning("too many restarts: they are delayed", metadata: ["for": "\(time)"])
        }
    }
}

// MARK: - Operations under way

extension HubErrands {
    func add(_ record: OperationRecord, as number: OperationID) { state.add(record, as: number) }
    func remove(_ number: OperationID) { _ = state.take(number) }
    func takeOperations() -> [OperationRecord] { state.takeAll() }

    private func finish(_ number: OperationID, isRolledBack: Bool) {
        guard let timer = state.take(number)?.finish(isRolledBack: isRolledBack) else { return }
        calls.deadlines.cancel(timer)
    }
}

/// What comes back to the machine, and who waits for what it decides.
private final class Outbox: Sendable {
    private struct State {
        var post: (@Sendable (HubEvent) -> Void)?
        var operations: [OperationID: OperationRecord] = [:]
        var putOff: [Making] = []
    }

    private let state = Mutex(State())

    func bind(_ post: (@Sendable (HubEvent) -> Void)?) { state.withLock { $0.post = post } }
    func post(_ event: HubEvent) { state.withLock { $0.post }?(event) }

    func putOff(_ making: Making) { state.withLock { $0.putOff.append(making) } }

    func takePutOff() -> [Making] {
        state.withLock { state in
            if state.putOff.isEmpty { return [] }
            defer { state.putOff = [] }
            return state.putOff
        }
    }

    func add(_ record: OperationRecord, as number: OperationID) {
        state.withLock { $0.operations[number] = record }
    }

    func operation(_ number: OperationID) -> OperationRecord? { state.withLock { $0.operations[number] } }

    func take(_ number: OperationID) -> OperationRecord? {
        state.withLock { $0.operations.removeValue(forKey: number) }
    }

    func takeAll() -> [OperationRecord] {
        state.withLock { state in
            defer { state.operations = [:] }
            return state.operations.sorted { $0.key < $1.key }.map(\.value)
        }
    }
}
