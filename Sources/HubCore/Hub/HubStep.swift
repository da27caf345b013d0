// SPDX-License-Identifier: Apache-2.0

/// What one event leads to, gathered so that each effect comes once and in an order that callers may rely on: readers
/// know before callers are answered, and wishes travel before the results that speak of them.
struct HubStep {
    let now: Instant
    var actions: [RegistryAction] = []
    private var starts: [StartOrder] = []
    private var stops: [StopOrder] = []
    private var renewals: [RenewOrder] = []
    private var rows: [ReadRow] = []
    private var registrySends: [HubEffect] = []
    private var sends: [HubEffect] = []
    private var answers: [(id: UInt64, answers: [ChildAnswer])] = []
    private var finished: [(id: UInt64, isRolledBack: Bool)] = []
    private var notes: [HubNote] = []
    private var questions: [AuthorityAction] = []
    private var drained: (moved: Int, failed: [ChildID])?

    init(now: Instant) { self.now = now }

    mutating func start(_ order: StartOrder) { starts.append(order) }
    mutating func stop(_ order: StopOrder) { stops.append(order) }
    mutating func renew(_ order: RenewOrder) { renewals.append(order) }
    mutating func publish(_ row: ReadRow) { rows.append(row) }
    mutating func sendRegistry(_ message: RegistryMessage, to node: NodeName) {
        registrySends.append(.send(.registry(message), to: node))
    }
    mutating func send(_ message: HubMessage, to node: NodeName) { sends.append(.send(message, to: node)) }
    /// To whom something goes that is not the registry's.
    var receivers: [NodeName] {
        sends.compactMap { if case .send(_, let node) = $0 { node } else { nil } }
    }
    mutating func tell(_ note: HubNote) { notes.append(note) }
    mutating func ask(_ action: AuthorityAction) { questions.append(action) }
    mutating func drainEnded(moved: Int, failed: [ChildID]) { drained = (moved, failed) }

    mutating func takeActions() -> [RegistryAction] {
        var taken: [RegistryAction] = []
        swap(&taken, &actions)
        return taken
    }

    mutating func answer(_ operation: UInt64, _ told: [ChildAnswer]) {
        if told.isEmpty { return }
        if answers.last?.id == operation {
            answers[answers.count - 1].answers += told
        } else {
            answers.append((operation, told))
        }
    }

    mutating func finish(_ operation: UInt64, isRolledBack: Bool) { finished.append((operation, isRolledBack)) }

    mutating func finish(needsMore: Bool, into effects: inout [HubEffect]) {
        for question in questions { effects.append(.ask(question)) }
        // What is begun and ended in one step is ended after it was begun.
        if !starts.isEmpty { effects.append(.startInstances(starts)) }
        if !renewals.isEmpty { effects.append(.renewInstances(renewals)) }
        if !stops.isEmpty { effects.append(.stopInstances(stops)) }
        // Mostly there is nothing but messages.
        if effects.isEmpty { swap(&effects, &registrySends) } else { effects += registrySends }
        if !sends.isEmpty { effects += sends }
        if !rows.isEmpty { effects.append(.publish(rows)) }
        for (id, told) in answers { effects.append(.answer(OperationID(id), told)) }
        for (id, isRolledBack) in finished { effects.append(.finished(OperationID(id), isRolledBack: isRolledBack)) }
        for note in notes { effects.append(.tell(note)) }
        if let drained { effects.append(.drained(moved: drained.moved, failed: drained.failed)) }
        if needsMore { effects.append(.continueWork) }
    }
}
