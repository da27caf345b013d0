// SPDX-License-Identifier: Apache-2.0

// How an operation ends: all answered, its deadline, or one failure that takes the others back.

extension AskedOperation {
    /// A child failed, and what was done for the others is to be taken back.
    package var mustUndo: Bool { phase == .asking && work.rollsBack && hasFailed }

    /// Begins to take back what it did; asks for nothing more.
    ///
    /// - Returns: the operation that does it.
    package mutating func beginUndo(deadline: Instant) -> AskedOperation? {
        guard case .start(let children, _) = work else { return nil }
        phase = .undoing
        open = []
        let asked = Array(children.prefix(next))
        let key = RequestID(caller: key.caller, sequence: key.sequence | Self.undoBit)
        return AskedOperation(key: key, work: .undo(asked, failed: kept), stamp: stamp, deadline: deadline)
    }

    /// What an operation that undoes is called; callers' own numbers are below.
    package static var undoBit: UInt64 { 1 << 63 }

    /// The operation whose starts a request of this name takes back.
    package static func undone(by key: RequestID) -> RequestID {
        RequestID(caller: key.caller, sequence: key.sequence & ~undoBit)
    }

    /// The others are stopped again, or there is no more time to wait for it: the caller is told.
    package mutating func undoEnded() {
        guard phase == .undoing else { return }
        (phase, next) = (.telling, 0)
    }

    /// The deadline passed, or the node leaves: what is undecided fails, which may take back the others.
    package mutating func giveUp() {
        switch phase {
        case .asking where work.rollsBack: (hasFailed, isLate) = (true, true)
        case .asking: phase = .givingUp
        case .undoing: undoEnded()
        case .givingUp, .telling, .over: return
        }
    }

    /// Ends it if everything was answered in time.
    ///
    /// - Returns: how far it is then.
    @discardableResult
    package mutating func complete() -> Phase {
        guard phase == .asking, isAnswered else { return phase }
        if work.rollsBack { (phase, next) = (.telling, 0) } else { phase = .over }
        return phase
    }

    package var isEnding: Bool { phase == .givingUp || phase == .telling }

    /// The next children the caller is told about at the end.
    ///
    /// - Parameter fault: why a child of which nothing was heard failed.
    package mutating func tell(_ fault: (ChildID) -> ChildFault) -> [ChildAnswer] {
        var told: [ChildAnswer] = []
        if phase == .givingUp, let chunk = open.popLast() {
            for (place, item) in chunk.items.enumerated() where item != .done {
                let index = index(chunk: chunk.number, place: UInt8(place))
                let id = work.id(at: index)
                told.append(ChildAnswer(id, .failed(fault(id)), at: index))
            }
            return told
        }
        let last = min(next + Limits.operationChunk, work.count)
        for index in next..<last {
            let id = work.id(at: index)
            let outcome = phase == .telling ? fate(index, fault) : .failed(fault(id))
            told.append(ChildAnswer(id, outcome, at: index))
        }
        next = last
        if next == work.count { phase = .over }
        return told
    }

    /// What became of a child of an operation in which one failure takes the others back.
    private func fate(_ index: Int, _ fault: (ChildID) -> ChildFault) -> ChildOutcome {
        guard isRolledBack else { return kept[index] ?? .failed(fault(work.id(at: index))) }
        guard let outcome = kept[index] else { return .failed(isLate ? fault(work.id(at: index)) : .rolledBack) }
        return outcome.isFailure ? outcome : .failed(.rolledBack)
    }

    /// Whether what it did was taken back.
    package var isRolledBack: Bool { work.rollsBack && hasFailed }
}
