// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import Synchronization

/// A cast to a process of this node: it has no caller whose task could run it.
final class LocalCast: Sendable {
    let method: MethodPlan
    let arguments: Handed<Arguments>
    let deadline: Instant
    let handle = TurnHandle()
    private let timer = Mutex<TimerID?>(nil)

    init(_ method: MethodPlan, _ arguments: Arguments, until deadline: Instant) {
        self.method = method
        self.arguments = Handed(arguments)
        self.deadline = deadline
    }

    func arm(_ timer: TimerID) { self.timer.withLock { $0 = timer } }
    func disarm() -> TimerID? { timer.withLock { $0.take() } }
}

extension CallDriver {
    /// Sends a call whose reply nobody wants. Returns once it has its place in the process's queue or in a connection's.
    ///
    /// Nobody waits for a cast, so it carries no chain and passes no gate by one.
    func cast(_ id: ProcessID, _ method: MethodPlan, _ arguments: Arguments, _ frame: CallFrame) async throws {
        if let instance = table.instance(id) {
            let deadline = frame.limit ?? Clock.elapsed().advanced(by: callDeadline)
            if hold.isOn, let refusal = await heldBack(until: deadline) {
                throw HubError(refused: refusal, "\(id).\(method.name)", outcome: .notExecuted)
            }
            if try admit(LocalCast(method, arguments, until: deadline), to: instance) { return }
        }
        _ = try await callRemotely(id, method, try encode(arguments, for: id, method), frame, isCast: true)
    }

    /// - Returns: whether the cast is in; if not, the process has moved.
    private func admit(_ cast: LocalCast, to instance: Instance) throws -> Bool {
        guard instance.kind.kind == cast.method.kind else { throw wrongKind(instance, cast.method) }
        let turn = mintTurn()
        cast.arm(deadlines.add(.action { self.expire(cast, turn, of: instance) }, at: cast.deadline))
        let admission = instance.gate.withLock {
            $0.arrive(
                turn, from: .local(hint: .none), chain: [], deadline: cast.deadline, waiter: .cast(cast),
                at: Clock.elapsed())
        }
        switch admission {
        case .run: run(cast, turn: turn, in: instance)
        case .waiting: break
        case .refuse(.stopped):
            disarm(cast)
            return false  // Whether it is to run again is for the table to say.
        case .refuse(let refusal):
            disarm(cast)
            guard case .redirect(let route) = refusal else {
                throw HubError(refused: refusal, "\(instance.id).\(cast.method.name)", outcome: .notExecuted)
            }
            raise(instance.id, to: route)
            return false
        case .joined, .answer, .redirectHere: disarm(cast)  // For requests from the wire alone.
        }
        return true
    }

    func run(_ cast: LocalCast, turn: TurnID, in instance: Instance) {
        instance.own(cast.handle, as: turn)
        // Detached: whoever ended the turn before is a stranger, whose task-locals are not the cast's.
        let task = Task.detached {
            let scope = TurnScope(turn, inside: nil, limit: cast.deadline)
            do {
                if self.hold.isOn { await self.hold.untilServing() }
                try await CallFrame.$current.withValue(CallFrame(in: scope)) {
                    try await cast.method.callForNobody(on: instance.actor, cast.arguments.value)
                }
            } catch {
                self.meters.count(.failedCast)
            }
            scope.end()
            self.disarm(cast)
            instance.disown(turn)
            self.finish(turn, of: instance)
        }
        cast.handle.runs(task)
    }

    /// A cast that will not be executed, or not to its end.
    func drop(_ cast: LocalCast) {
        disarm(cast)
        meters.count(.droppedCast)
    }

    private func expire(_ cast: LocalCast, _ turn: TurnID, of instance: Instance) {
        withdraw(turn, of: instance, .deadlinePassed)
        cast.handle.cancel()
    }

    private func disarm(_ cast: LocalCast) {
        if let timer = cast.disarm() { deadlines.cancel(timer) }
    }
}
