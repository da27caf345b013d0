// SPDX-License-Identifier: Apache-2.0

internal import HubCore

// Turns of callers of this node, once they may begin.

extension CallDriver {
    @inline(__always)
    func run(
        _ turn: LocalTurn, _ method: MethodPlan, _ arguments: Arguments, _ result: ResultPlace
    ) async throws {
        defer { leave(turn) }
        do {
            try await CallFrame.$current.withValue(turn.frame) {
                try await method.call(on: turn.actor, arguments, into: result)
            }
        } catch {
            throw told(error, by: turn.instance, method)
        }
    }

    /// Runs a turn in a task of its own, so that its caller can leave at the deadline; the turn then runs on until it
    /// ends, cancelled.
    func runBounded(
        _ turn: LocalTurn, _ method: MethodPlan, _ arguments: Arguments, _ result: ResultPlace, until limit: Instant
    ) async throws {
        let answer = BoundedAnswer(result.type)
        let handle = TurnHandle()
        turn.instance.own(handle, as: turn.scope.id)
        handle.runs(task(of: turn, method, Handed(arguments), answer))
        let place = "\(turn.instance.id).\(method.name)"
        let late = HubError(.deadlineExceeded, "\(place): the turn did not end in time", outcome: .unknown)
        let timer = deadlines.add(
            .action {
                guard answer.race.offer(.failure(late)) else { return }
                handle.cancel()
                self.overdue(place)
            }, at: limit)
        defer { deadlines.cancel(timer) }
        try await withTaskCancellationHandler {
            try await answer.race.value().get()
        } onCancel: {
            handle.cancel()
        }
        answer.copy(to: result)
    }

    private func task(
        of turn: LocalTurn, _ method: MethodPlan, _ arguments: Handed<Arguments>, _ answer: BoundedAnswer
    ) -> Task<Void, Never> {
        Task {
            defer {
                turn.instance.disown(turn.scope.id)
                leave(turn)
            }
            do {
                try await CallFrame.$current.withValue(turn.frame) {
                    try await method.call(on: turn.actor, arguments.value, into: answer.place)
                }
                answer.hasValue()
            } catch {
                answer.race.offer(.failure(self.told(error, by: turn.instance, method)))
            }
        }
    }

    func wrongKind(_ instance: Instance, _ method: MethodPlan) -> HubError {
        HubError(
            .wrongKind, "\(instance.id) is a \(instance.kind.kind), not a \(method.kind)", outcome: .notExecuted)
    }

    /// What a caller on this node is told of an error that a turn ended with.
    ///
    /// A ``HubError`` that a process lets through speaks of a call *it* made; its outcome must not be read as that of the
    /// caller's call, so it is described like any other.
    private func told(_ error: any Error, by instance: Instance, _ method: MethodPlan) -> any Error {
        switch error {
        case let fault as ArgumentFault:
            HubError(
                .undecodableArguments, "\(instance.id).\(method.name): \(fault.reason)", outcome: .notExecuted)
        case is CancellationError, is RemoteError: error
        case _ where instance.kind.errors.contains(error): error
        default: RemoteError(describing: error)
        }
    }
}

/// A value that one task hands over to another and does not touch again.
struct Handed<Value>: @unchecked Sendable {  // The giver keeps no use of it: arguments and results pass once.
    let value: Value
    init(_ value: Value) { self.value = value }
}

/// The result of a turn whose caller may leave before it ends: in memory of its own, for the caller's is gone then.
private final class BoundedAnswer: @unchecked Sendable {  // The memory is the turn's until the race is decided for it.
    let race = Race<Result<Void, any Error>>()
    let place: ResultPlace
    private let form: any ResultForm
    private var isFilled = false

    init(_ type: any Any.Type) {
        form = ResultForms.form(of: type) ?? NoResult()
        place = ResultPlace(form.allocate(), type)
    }

    /// The turn has left its result.
    func hasValue() {
        isFilled = true
        race.offer(.success(()))
    }

    /// Only after the race was decided for the turn.
    func copy(to result: ResultPlace) { form.copy(place.address, to: result.address) }

    deinit {
        if isFilled { form.destroy(place.address) }
        place.address.deallocate()
    }
}
