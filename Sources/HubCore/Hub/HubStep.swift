// SPDX-License-Identifier: Apache-2.0

/// What one event leads to, gathered so that each effect comes once and in an order that callers may rely on: readers
/// know before callers are answered, and wishes travel before the results that speak of them.
struct HubStep {
    let now: Instant
    var actions: [RegistryAction]
    private var rows: [ReadRow] = []
    private var registrySends: [HubEffect] = []
    private var sends: [HubEffect] = []
    /// What most events lead to nothing of: apart, so that a step which has none is made and let go of at once.
    private var rest: Rest?

    fileprivate struct Rest {
        var starts: [StartOrder] = []
        var stops: [StopOrder] = []
        var renewals: [RenewOrder] = []
        var answers: [(id: UInt64, answers: [ChildAnswer])] = []
        var finished: [(id: UInt64, isRolledBack: Bool)] = []
        var notes: [HubNote] = []
        var questions: [AuthorityAction] = []
        var drained: (moved: Int, failed: [ChildID])?
    }

    init(now: Instant) {
        self.now = now
        actions = []
    }

    /// - Parameters:
    ///   - actions: an empty array, whose memory is used.
    ///   - effects: the same, if it is empty; ``finish(needsMore:into:)`` gives it back.
    init(now: Instant, actions: consuming [RegistryAction], effects: inout [HubEffect]) {
        self.now = now
        self.actions = actions
        if effects.isEmpty { swap(&effects, &registrySends) }
    }

    mutating func publish(_ row: ReadRow) { rows.append(row) }
    mutating func sendRegistry(_ message: consuming RegistryMessage, to node: consuming NodeName) {
        registrySends.append(.send(.registry(message), to: node))
    }
    mutating func send(_ message: HubMessage, to node: NodeName) { sends.append(.send(message, to: node)) }
    /// To whom something goes that is not the registry's.
    var receivers: [NodeName] {
        sends.compactMap { if case .send(_, let node) = $0 { node } else { nil } }
    }

    // Changed where it lies: taken out and put back, each of its arrays would be copied.
    mutating func start(_ order: StartOrder) { openRest(); rest?.starts.append(order) }
    mutating func stop(_ order: StopOrder) { openRest(); rest?.stops.append(order) }
    mutating func renew(_ order: RenewOrder) { openRest(); rest?.renewals.append(order) }
    mutating func tell(_ note: HubNote) { openRest(); rest?.notes.append(note) }
    mutating func ask(_ action: AuthorityAction) { openRest(); rest?.questions.append(action) }
    mutating func drainEnded(moved: Int, failed: [ChildID]) { openRest(); rest?.drained = (moved, failed) }
    mutating func finish(_ operation: UInt64, isRolledBack: Bool) {
        openRest()
        rest?.finished.append((operation, isRolledBack))
    }

    mutating func answer(_ operation: UInt64, _ told: [ChildAnswer]) {
        if told.isEmpty { return }
        openRest()
        rest?.answer(operation, told)
    }

    @inline(__always)
    private mutating func openRest() {
        if case nil = rest { rest = Rest() }
    }

    mutating func finish(needsMore: Bool, into effects: inout [HubEffect]) {
        if let rest = rest.take() {
            rest.begin(&effects)
            finishMessages(into: &effects)
            rest.end(&effects)
        } else {
            finishMessages(into: &effects)
        }
        if needsMore { effects.append(.continueWork) }
    }

    private mutating func finishMessages(into effects: inout [HubEffect]) {
        // Mostly there is nothing but messages.
        if effects.isEmpty { swap(&effects, &registrySends) } else { effects += registrySends }
        if !sends.isEmpty { effects += sends }
        if !rows.isEmpty { effects.append(.publish(rows)) }
    }
}

extension HubStep.Rest {
    fileprivate mutating func answer(_ operation: UInt64, _ told: [ChildAnswer]) {
        if answers.last?.id == operation {
            answers[answers.count - 1].answers += told
        } else {
            answers.append((operation, told))
        }
    }

    /// What comes before messages.
    fileprivate func begin(_ effects: inout [HubEffect]) {
        for question in questions { effects.append(.ask(question)) }
        // What is begun and ended in one step is ended after it was begun.
        if !starts.isEmpty { effects.append(.startInstances(starts)) }
        if !renewals.isEmpty { effects.append(.renewInstances(renewals)) }
        if !stops.isEmpty { effects.append(.stopInstances(stops)) }
    }

    /// What comes after readers know.
    fileprivate func end(_ effects: inout [HubEffect]) {
        for (id, told) in answers { effects.append(.answer(OperationID(id), told)) }
        for (id, isRolledBack) in finished { effects.append(.finished(OperationID(id), isRolledBack: isRolledBack)) }
        for note in notes { effects.append(.tell(note)) }
        if let drained { effects.append(.drained(moved: drained.moved, failed: drained.failed)) }
    }
}
