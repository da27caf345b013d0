// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import Synchronization

/// One sending of a call that came over the wire, from its arrival until its answer.
final class WireCall: TurnTask {
    /// Where the answer goes.
    enum Origin: Sendable {
        case session(PeerSession)
        /// The call was sent by this very node: the process came to its caller.
        case loopback
    }

    private struct State {
        var train: TurnTrain?
        var hasEnded = false
        var timer: TimerID?
        var isAnswered = false
        var isCancelled = false
        var isCharged = true
    }

    let origin: Origin
    let stream: UInt64
    let request: RequestID
    /// A cast has no answer.
    let wantsAnswer: Bool
    let instance: Instance
    let method: MethodPlan
    let arguments: [UInt8]
    let chain: [TurnID]
    let deadline: Instant
    let turn: TurnID
    private let state = Mutex(State())

    init(
        origin: Origin, stream: UInt64, wantsAnswer: Bool, instance: Instance, method: MethodPlan, order: CallOrder,
        turn: TurnID
    ) {
        self.origin = origin
        self.stream = stream
        self.wantsAnswer = wantsAnswer
        self.instance = instance
        self.method = method
        request = order.request
        arguments = order.arguments
        chain = order.chain
        deadline = order.deadline
        self.turn = turn
    }

    func came(over session: PeerSession) -> Bool {
        if case .session(let own) = origin { own === session } else { false }
    }

    /// The call as a message names it.
    var place: String { "\(instance.id).\(method.name)" }

    /// Takes note of the train that runs its turn.
    ///
    /// - Returns: `false` if the turn has ended already.
    func rides(_ train: TurnTrain) -> Bool {
        let (hasEnded, isCancelled) = state.withLock { state in
            if !state.hasEnded { state.train = train }
            return (state.hasEnded, state.isCancelled)
        }
        if isCancelled, !hasEnded { train.cancel(self) }
        return !hasEnded
    }

    /// The turn has ended.
    ///
    /// - Returns: whether a train was known to run it.
    func endTurn() -> Bool {
        state.withLock { state in
            state.hasEnded = true
            return state.train != nil
        }
    }

    /// Cancels the turn, also one that is only just beginning.
    func cancel() {
        let train = state.withLock { state in
            state.isCancelled = true
            return state.train
        }
        train?.cancel(self)
    }

    var isCancelled: Bool { state.withLock { $0.isCancelled } }

    /// Keeps the timer for its deadline. A call that has one is in its session's table.
    ///
    /// - Returns: whether the call still waits for an answer; if not, the timer and the place are of no use.
    func arm(_ timer: TimerID) -> Bool {
        state.withLock { state in
            if !state.isAnswered { state.timer = timer }
            return !state.isAnswered
        }
    }

    /// Claims the right to answer, which exists once.
    ///
    /// - Returns: whether the caller has it, the timer to be cancelled, and the bytes it is no longer charged with.
    func claimAnswer() -> (isFirst: Bool, timer: TimerID?, charge: Int) {
        state.withLock { state in
            let claim = (!state.isAnswered, state.timer, state.isCharged ? arguments.count : 0)
            state.isAnswered = true
            state.isCharged = false
            state.timer = nil
            return claim
        }
    }

    /// It never was charged: there was no room.
    func waiveCharge() {
        state.withLock { $0.isCharged = false }
    }
}

/// What a call from the wire asks for.
struct CallOrder: Sendable {
    var request: RequestID
    var mode: CallMode
    var chain: [TurnID]
    var deadline: Instant
    var arguments: [UInt8]
}
