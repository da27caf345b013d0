// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubTransport
internal import Synchronization

/// Finds turns that overrun the call deadline in the task of their caller, on its own node: nobody else bounds them.
///
/// Such turns come by the million, so none of them has a timer or a time: each part of the table is looked at once in a
/// call deadline, and a turn that runs at two looks in a row has overrun it. It is told once.
final class TurnWatch: Sendable {
    private struct State {
        var isOn = false
        var isOver = false
        /// By part of the table: what ran at the last look, and whether it was told.
        var seen: [[TurnID: Bool]]
        var tell: (@Sendable (_ process: String) -> Void)?
    }

    private let table: ReadTable
    private let callDeadline: Duration
    private let state: Mutex<State>

    init(_ table: ReadTable, callDeadline: Duration) {
        self.table = table
        self.callDeadline = callDeadline
        state = Mutex(State(seen: Array(repeating: [:], count: table.partCount)))
    }

    /// Says who is told.
    func onOverdue(_ tell: @escaping @Sendable (_ process: String) -> Void) {
        state.withLock { $0.tell = tell }
    }

    /// Looks again and again from now on; on an event loop, because the turns may keep every other thread busy.
    func begin() {
        let isFirst = state.withLock { state in
            defer { state.isOn = true }
            return !state.isOn && !state.isOver
        }
        if isFirst { lookLater(at: 0) }
    }

    func end() {
        state.withLock { state in
            state.isOver = true
            state.tell = nil
        }
    }

    private func lookLater(at part: Int) {
        LoopTimer.after(callDeadline / table.partCount) {
            guard !self.state.withLock({ $0.isOver }) else { return }
            self.look(at: part)
            self.lookLater(at: (part + 1) % self.table.partCount)
        }
    }

    /// Looks at one part of the table, which is to be done no sooner than a call deadline after the last look.
    func look(at part: Int) {
        let running = table.instances(inPart: part).flatMap { instance in
            instance.turnsOfCallers.map { ($0, instance) }
        }
        let (overdue, tell) = state.withLock { state in
            let before = state.seen[part]
            state.seen[part] = Dictionary(running.map { ($0.0, before[$0.0] != nil) }) { first, _ in first }
            return (running.filter { before[$0.0] == false }.map(\.1), state.tell)
        }
        for instance in overdue { tell?("\(instance.id)") }
    }
}
