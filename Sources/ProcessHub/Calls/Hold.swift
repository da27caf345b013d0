// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import Synchronization

/// Keeps turns from beginning while the node does not know whether the others still count it in: it was stopped for
/// longer than they wait, so its processes may run elsewhere by now.
///
/// What arrives is kept, in order and bounded; deadlines and cancellations apply as they do at a gate. Turns that run
/// already go on.
///
/// A process that goes on after it was stopped finds calls unread, and its own tasks in the middle of theirs, before its
/// node hears that time has passed. So the hold also begins by itself, with the first call after the node was silent for
/// longer than the others wait, and lasts until the node has looked.
final class Hold: Sendable {
    /// What becomes of a call that arrives.
    enum Verdict {
        /// Nothing is held.
        case pass
        case kept
        case full
    }

    private struct State {
        var isOn = false
        /// It began by itself: the node has not looked yet.
        var isPresumed = false
        /// Calls from the wire, in the order they arrived.
        var calls: [ObjectIdentifier: Kept] = [:]
        /// Callers of this node, each in its own task.
        var waiters: [UInt64: Race<Bool>] = [:]
        var last: UInt64 = 0

        var isFull: Bool { calls.count + waiters.count >= Limits.heldCalls }
    }

    struct Kept: Sendable {
        let order: UInt64
        let call: WireCall
        let mode: CallMode
    }

    private let flag = Atomic(false)
    /// When the node heard last that time has passed, on the coarse clock; far ahead while no node listens.
    private let lastPulse = Atomic<Int64>(.max)
    private let state = Mutex(State())
    private let patience: Int64

    /// - Parameter patience: a node that is silent for longer was stopped.
    init(patience: Duration = MembershipSettings().pauseTime) {
        self.patience = patience.wholeNanoseconds
    }

    /// Whether turns are held back; read on every call.
    var isOn: Bool {
        if flag.load(ordering: .relaxed) { return true }
        guard Clock.coarseNanoseconds() &- lastPulse.load(ordering: .relaxed) > patience else { return false }
        return presume()
    }

    private func presume() -> Bool {
        state.withLock { state in
            // The node may have looked in the meantime.
            guard Clock.coarseNanoseconds() &- lastPulse.load(ordering: .relaxed) > patience else { return state.isOn }
            if !state.isOn { state.isPresumed = true }
            state.isOn = true
            flag.store(true, ordering: .relaxed)
            return true
        }
    }

    /// The node has heard that time has passed, and has done what it thinks of it.
    ///
    /// - Returns: whether a hold that began by itself is to end.
    func pulse() -> Bool {
        lastPulse.store(Clock.coarseNanoseconds(), ordering: .relaxed)
        return flag.load(ordering: .relaxed) && state.withLock { $0.isPresumed }
    }

    /// As if the node had been silent since the machine was started.
    func forgetPulse() { lastPulse.store(0, ordering: .relaxed) }

    /// Nobody hears any more that time passes.
    func rest() { lastPulse.store(.max, ordering: .relaxed) }

    /// Whether turns are held back already.
    var hasBegun: Bool { flag.load(ordering: .relaxed) }

    /// How many wait.
    var heldCount: Int { state.withLock { $0.calls.count + $0.waiters.count } }

    func begin() {
        state.withLock { state in
            state.isOn = true
            state.isPresumed = false
            flag.store(true, ordering: .relaxed)
        }
    }

    /// Takes what was kept, or ends the hold if nothing is: until then what arrives is kept behind it.
    ///
    /// - Returns: the calls from the wire that are to arrive now, in this order; `nil` once the hold is over.
    func release() -> [Kept]? {
        let (calls, waiters) = state.withLock { state -> ([ObjectIdentifier: Kept]?, [UInt64: Race<Bool>]) in
            guard state.calls.isEmpty else {
                defer { state.calls = [:] }
                return (state.calls, [:])
            }
            defer { state = State(last: state.last) }
            flag.store(false, ordering: .relaxed)
            return (nil, state.waiters)
        }
        for waiter in waiters.sorted(by: { $0.key < $1.key }) { waiter.value.offer(true) }
        return calls?.values.sorted { $0.order < $1.order }
    }

    func keep(_ call: WireCall, _ mode: CallMode) -> Verdict {
        state.withLock { state in
            guard state.isOn else { return .pass }
            guard !state.isFull else { return .full }
            state.last += 1
            state.calls[ObjectIdentifier(call)] = Kept(order: state.last, call: call, mode: mode)
            return .kept
        }
    }

    /// - Returns: whether the call was held, and is no longer.
    func drop(_ call: WireCall) -> Bool {
        state.withLock { $0.calls.removeValue(forKey: ObjectIdentifier(call)) != nil }
    }

    /// - Returns: the calls that came over a connection which is no more: nobody can be answered, and what its caller
    /// sends again is not to find them. Casts stay.
    func drop(from session: PeerSession) -> [WireCall] {
        state.withLock { state in
            let gone = state.calls.values.filter { $0.call.wantsAnswer && $0.call.came(over: session) }
            for kept in gone { state.calls[ObjectIdentifier(kept.call)] = nil }
            return gone.map(\.call)
        }
    }

    /// Waits, as a turn that waited at a gate when the holding began, whether or not its caller has left: there is at
    /// most one for each that may run.
    func untilServing() async {
        if let race = wait(always: true).race { _ = await race.value() }
    }

    /// What a task awaits; `nil` inside if too many do.
    fileprivate func wait(always: Bool = false) -> (isHeld: Bool, race: Race<Bool>?, number: UInt64) {
        state.withLock { state in
            guard state.isOn else { return (false, nil, 0) }
            guard always || !state.isFull else { return (true, nil, 0) }
            state.last += 1
            let race = Race<Bool>()
            state.waiters[state.last] = race
            return (true, race, state.last)
        }
    }

    fileprivate func forget(_ number: UInt64) {
        state.withLock { _ = $0.waiters.removeValue(forKey: number) }
    }
}

extension CallDriver {
    /// No turn begins from now on, until ``serve()``.
    func holdTurns() { hold.begin() }

    /// The node serves (again): what was held goes on, in the order it came.
    func serve() {
        while let batch = hold.release() {
            for kept in batch { enter(kept.call, kept.mode, isTracked: true, at: Clock.elapsed()) }
        }
    }

    /// The node has heard that time has passed.
    func pulse() {
        if hold.pulse() { serve() }
    }

    /// Waits, as a caller of this node, until the node serves.
    ///
    /// - Returns: why the caller is not to go on, if it is not.
    func heldBack(until deadline: Instant) async -> Refusal? {
        let wait = hold.wait()
        guard wait.isHeld else { return nil }
        guard let race = wait.race else {
            meters.count(.refusedCall)
            return .overloaded
        }
        let timer = deadlines.add(.action { race.offer(false) }, at: deadline)
        defer {
            deadlines.cancel(timer)
            hold.forget(wait.number)
        }
        let serves = await withTaskCancellationHandler {
            await race.value()
        } onCancel: {
            race.offer(false)
        }
        if serves { return nil }
        return Task.isCancelled ? .cancelled : .deadlinePassed
    }
}
