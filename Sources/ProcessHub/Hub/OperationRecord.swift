// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import Synchronization

/// One operation from its being asked until its last child is decided.
final class OperationRecord: Sendable {
    private struct State {
        /// By child; those that the machine has not decided are missing.
        var answers: [ChildAnswer] = []
        var timer: TimerID?
        var isSent = false
        var isRolledBack = false
        /// Why no child was tried.
        var fault: HubError?
        /// Why the children that are not decided never were.
        var leftover: HubError?
        var isOver = false
    }

    /// In the order they were asked for; a child that is named twice stands here twice.
    private let children: [ChildID]
    /// Those that were refused before the machine heard of them, by their place.
    private let refused: [Int: ChildFailure]
    private let state = Mutex(State())
    private let ended = Milestone()

    init(_ children: [ChildID], refused: [Int: ChildFailure] = [:]) {
        self.children = children
        self.refused = refused
    }

    /// It names no child at all.
    var isOfNothing: Bool { children.isEmpty }

    // MARK: What happens to it

    /// The machine hears of it now.
    ///
    /// - Returns: whether it is to: it may be over.
    func isSent() -> Bool {
        state.withLock { state in
            state.isSent = true
            return !state.isOver
        }
    }

    /// Keeps the timer of the deadline.
    ///
    /// - Returns: the one before it, or this one if it is not needed any more.
    func arm(_ timer: TimerID) -> TimerID? {
        state.withLock { state in
            guard !state.isOver else { return timer }
            defer { state.timer = timer }
            return state.timer
        }
    }

    var wasSent: Bool { state.withLock { $0.isSent } }

    func answer(_ answers: [ChildAnswer]) {
        state.withLock { state in
            // All at once: whoever brings the answers of many is not to copy them again and again.
            if state.answers.isEmpty { state.answers.reserveCapacity(children.count - refused.count) }
            state.answers.append(contentsOf: answers)
        }
    }

    /// - Returns: the timer that nobody needs any more.
    func finish(isRolledBack: Bool) -> TimerID? {
        end { $0.isRolledBack = isRolledBack }
    }

    /// No child was tried, and none will be.
    @discardableResult
    func fail(_ fault: HubError) -> TimerID? {
        end { $0.fault = fault }
    }

    /// Whatever is not decided by now cannot be told.
    @discardableResult
    func abandon(_ leftover: HubError) -> TimerID? {
        end { $0.leftover = leftover }
    }

    private func end(_ change: (inout State) -> Void) -> TimerID? {
        let (isFirst, timer) = state.withLock { state in
            guard !state.isOver else { return (false, nil as TimerID?) }
            change(&state)
            state.isOver = true
            return (true, state.timer.take())
        }
        if isFirst { ended.reach() }
        return timer
    }

    // MARK: What came of it

    /// Waits for the end.
    func outcome() async throws(HubError) -> OperationOutcome {
        await ended.wait()
        let state = state.withLock { $0 }
        if let fault = state.fault { throw fault }
        let decided = byPlace(state.answers) ?? byChild(state.answers)
        var outcome = OperationOutcome(isRolledBack: state.isRolledBack)
        outcome.children.reserveCapacity(children.count)
        for (place, child) in children.enumerated() {
            if let failure = refused[place] {
                outcome.children.append((child, .failed(failure)))
            } else if let decision = decided(place, child) {
                outcome.children.append((child, .done(decision)))
            } else {
                let error = state.leftover ?? HubError(.internalFault, "\(child) was not decided", outcome: .unknown)
                outcome.children.append((child, .failed(ChildFailure(child, error))))
            }
        }
        return outcome
    }

    /// The answers by their places, if there is one for each child; a child that is named twice may have been asked for once.
    private func byPlace(_ answers: [ChildAnswer]) -> ((Int, ChildID) -> ChildOutcome?)? {
        guard answers.count == children.count - refused.count else { return nil }
        let asked = refused.isEmpty ? nil : children.indices.filter { refused[$0] == nil }
        var answerOf = [Int32](repeating: -1, count: children.count)
        for (number, answer) in answers.enumerated() {
            guard answer.place < answers.count else { return nil }
            let place = asked?[answer.place] ?? answer.place
            guard children[place] == answer.child, answerOf[place] < 0 else { return nil }
            answerOf[place] = Int32(number)
        }
        return { place, _ in answerOf[place] < 0 ? nil : answers[Int(answerOf[place])].outcome }
    }

    private func byChild(_ answers: [ChildAnswer]) -> (Int, ChildID) -> ChildOutcome? {
        var places: [ChildID: Int] = Dictionary(minimumCapacity: answers.count)
        for (place, answer) in answers.enumerated() where places[answer.child] == nil { places[answer.child] = place }
        return { _, child in places[child].map { answers[$0].outcome } }
    }
}
