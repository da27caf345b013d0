// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import Synchronization

/// One call to another node, from its making until its end: the core's ``OutgoingCall`` and who waits for it.
final class RemoteCall: Sendable {
    /// How the call ended.
    enum End: Sendable {
        case result([UInt8])
        case failure(any Error)
    }

    private struct State {
        var machine: OutgoingCall
        var stream: UInt64?
        var timer: TimerID?
        /// The epoch that the newest sending expected.
        var expected = Epoch.none
        var hasWaited = false
        var arrival: WireCall?
        var waiter: UnsafeContinuation<End, Never>?
        /// How it ended, until its caller is told.
        var end: End?
        var hasEnd = false
    }

    let id: ProcessID
    let method: MethodPlan
    let arguments: [UInt8]
    let chain: [TurnID]
    /// A cast ends when it was sent.
    let isCast: Bool
    let deadline: Instant
    /// Calls that wait for the same thing go on in the order they were made.
    let order: UInt64
    private let state: Mutex<State>

    init(
        _ id: ProcessID, _ method: MethodPlan, _ arguments: [UInt8], chain: [TurnID], isCast: Bool,
        machine: OutgoingCall
    ) {
        self.id = id
        self.method = method
        self.arguments = arguments
        self.chain = chain
        self.isCast = isCast
        deadline = machine.deadline
        order = machine.request.sequence
        state = Mutex(State(machine: machine))
    }

    /// Tells the machine what happened.
    func tell(_ event: (inout OutgoingCall) -> CallAction) -> CallAction {
        state.withLock { event(&$0.machine) }
    }

    var machine: OutgoingCall { state.withLock { $0.machine } }
    var isEnded: Bool { state.withLock { $0.machine.isEnded } }
    var request: RequestID { state.withLock { $0.machine.request } }
    var stream: UInt64? { state.withLock { $0.stream } }
    var expected: Epoch { state.withLock { $0.expected } }
    /// The call as a message names it.
    var place: String { "\(id).\(method.name)" }

    /// The call waits for a route or a connection.
    func waits() { state.withLock { $0.hasWaited = true } }

    /// The sending that went to this very node, if the process came here.
    var arrival: WireCall? { state.withLock { $0.arrival } }
    func arrives(as arrival: WireCall) { state.withLock { $0.arrival = arrival } }

    /// Notes the stream of the newest sending.
    ///
    /// - Returns: the stream of the one before, which nobody waits for any more.
    func carries(_ stream: UInt64, expecting epoch: Epoch) -> UInt64? {
        state.withLock { state in
            defer {
                state.stream = stream
                state.expected = epoch
            }
            return state.stream
        }
    }

    // MARK: Its end: a race like ``Race``, in the memory of the call

    /// Ends the call for its caller, who goes on at once. Only the first end counts.
    func ends(_ end: End) {
        let waiter = state.withLock { state -> UnsafeContinuation<End, Never>? in
            guard !state.hasEnd else { return nil }
            state.hasEnd = true
            if state.waiter == nil { state.end = end }
            return state.waiter.take()
        }
        waiter?.resume(returning: end)
    }

    /// How the call ends. To be awaited once.
    @inline(__always)
    func ending() async -> End {
        await withUnsafeContinuation { continuation in
            let end = state.withLock { state -> End? in
                if !state.hasEnd { state.waiter = continuation }
                return state.end.take()
            }
            if let end { continuation.resume(returning: end) }
        }
    }

    // MARK: What it holds meanwhile

    /// Keeps the timer for its deadline, unless the call has ended or is to be woken earlier.
    ///
    /// - Returns: whether the timer is kept; if not, it is of no use.
    func armLast(_ timer: TimerID) -> Bool {
        state.withLock { state in
            guard !state.hasEnd, state.timer == nil else { return false }
            state.timer = timer
            return true
        }
    }

    /// Keeps the timer for ``OutgoingCall/wakeAt``.
    ///
    /// - Returns: the timer before it.
    func arm(_ timer: TimerID?) -> TimerID? {
        state.withLock { state in
            defer { state.timer = timer }
            return state.timer
        }
    }

    /// The stream and the timer that a finished call leaves behind, and whether it may still wait for something.
    func leftovers() -> (stream: UInt64?, timer: TimerID?, hasWaited: Bool) {
        state.withLock { state in
            defer {
                state.stream = nil
                state.timer = nil
            }
            return (state.stream, state.timer, state.hasWaited)
        }
    }
}
