// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import Synchronization

/// Runs one machine on real time: the only one that tells it what happened and does what it says.
///
/// Events go to an inbox. Whoever puts one into an idle inbox becomes the driver and leaves when the inbox is empty;
/// whoever comes meanwhile only appends, so no event costs a wake-up of another thread. The driver takes the whole inbox,
/// lets the machine handle it, and then performs the effects in the order produced, without waiting for any: what takes
/// time comes back as an event. After a few batches it hands over to a loop that serves no connection, so that nobody is kept
/// for long.
///
/// Nothing is handled before ``start(with:)``. Passing time is told after everything that had arrived. When the machine's timer is late (the process was stopped,
/// or the machine slept), every event loop first hands over what it finds to be read, so that silence which nobody
/// listened to is never taken for the silence of a peer.
final class Driver<M: Machine>: Sendable {
    private struct Inbox {
        var events: [M.Event] = []
        /// What each peer's events in the inbox weigh.
        var shares: [NodeName: Int] = [:]
        var tick = Tick.none
        var alarm = Alarm.off
        /// Before then no alarm rings again.
        var quietUntil = Instant.zero
        var lastReading: UInt64 = 0
        /// Somebody drives, and will see what is appended, or will once the driver starts.
        var isDriven = true
        var isOver = false
    }

    /// What the machine is to hear of time.
    private enum Tick {
        case none
        /// The alarm rang.
        case rung
        /// Every event loop has finished a read round since the alarm rang late.
        case read
    }

    private enum Alarm: Equatable {
        case off
        case set(Instant)
        /// The event loops read, in the round of this number; the tick follows.
        case reading(UInt64)
    }

    private struct Core {
        var machine: M
        var effects: [M.Effect] = []
    }

    private let time: any DriverTime
    private let spacing: Duration
    private let inbox = Mutex(Inbox())
    /// Never waited for: only the one who drives touches it, but for looks from outside.
    private let core: Mutex<Core>
    private let performer: Mutex<Deed<M.Effect>?>
    private let onTick: @Sendable () -> Void
    private let onPerformed: @Sendable () -> Void
    private let onLeave: @Sendable (Hand) -> Void

    /// - Parameters:
    ///   - perform: does one effect, quickly and without waiting; what it posts is handled in a later batch. It is
    ///   called by whoever posted, so nothing may be posted under a lock that it takes.
    ///   - spacing: how long an alarm rests after it rang; what falls due meanwhile is told together.
    ///   - onTick: called whenever the machine has heard that time has passed, after the effects of that.
    ///   - onPerformed: called after effects were performed, before anything else is handled.
    ///   - onLeave: called when the effects of a batch are done and nobody drives, or another batch begins: what `perform`
    ///   put off is to be begun, where the hand allows it on this very thread.
    init(
        _ machine: M, time: any DriverTime = LoopTime(), spacing: Duration = .zero,
        onTick: @escaping @Sendable () -> Void = {}, onPerformed: @escaping @Sendable () -> Void = {},
        onLeave: @escaping @Sendable (Hand) -> Void = { _ in }, perform: @escaping @Sendable (M.Effect) -> Void
    ) {
        self.time = time
        self.spacing = spacing
        self.onTick = onTick
        self.onPerformed = onPerformed
        self.onLeave = onLeave
        core = Mutex(Core(machine: machine))
        performer = Mutex(Deed(perform))
    }

    /// Lets the machine begin: with these events, then with what was posted before.
    func start(with first: [M.Event] = []) {
        inbox.withLock { $0.events.insert(contentsOf: first, at: 0) }
        arm(core.withLock { $0.machine.nextTick })
        drive()
    }

    /// Tells the machine that something happened. Returns before or after the machine has heard it.
    func post(_ event: M.Event, by hand: Hand = .none) {
        enter(by: hand) { $0.events.append(event) }
    }

    /// Tells the machine what a peer caused, unless the inbox holds too much of that peer already.
    ///
    /// - Parameter bytes: what the event weighs, at least.
    /// - Returns: whether there was room.
    func post(_ event: M.Event, from peer: NodeName, bytes: Int, by hand: Hand = .none) -> Bool {
        var hasRoom = false
        enter(by: hand) { inbox in
            let share = inbox.shares[peer, default: 0] + max(bytes, Limits.leastMessageBytes)
            hasRoom = share <= Limits.peerInboxBytes
            guard hasRoom else { return }
            inbox.shares[peer] = share
            inbox.events.append(event)
        }
        return hasRoom
    }

    /// Nothing is handled any more, and nothing of this driver stays in memory through what it performs.
    func stop() {
        inbox.withLock { inbox in
            inbox.isOver = true
            inbox.events = []
            inbox.shares = [:]
            inbox.tick = .none
        }
        performer.withLock { $0 = nil }
    }

    /// Looks at the machine, between two batches.
    func look<R: Sendable>(_ body: (borrowing M) -> R) -> R { core.withLock { body($0.machine) } }
}

// MARK: - Driving

extension Driver {
    /// Changes the inbox, and drives if nobody does.
    private func enter(by hand: Hand = .none, _ change: (inout Inbox) -> Void) {
        let mustDrive = inbox.withLock { inbox in
            guard !inbox.isOver else { return false }
            change(&inbox)
            defer { inbox.isDriven = true }
            return !inbox.isDriven
        }
        if mustDrive { drive(by: hand) }
    }

    /// - Parameter batches: after so many a loop that serves no connection goes on, one at a time, so that machines that
    ///   share it take turns.
    private func drive(batches: Int = Limits.driverBatches, by hand: Hand = .none) {
        for batch in 0..<batches {
            guard let work = take() else { return leave(hand) }
            if batch > 0 { onLeave(.none) }
            handle(work.events)
            handle(work.tick)
        }
        leave(.none)
        time.soon { self.drive(batches: 1) }
    }

    /// Time comes last: what is done at once needs no alarm.
    private func leave(_ hand: Hand) {
        onLeave(hand)
        arm(core.withLock { $0.machine.nextTick })
    }

    /// Takes the whole inbox; `nil` if there is nothing, and from then on nobody drives.
    private func take() -> (events: [M.Event], tick: Tick)? {
        inbox.withLock { inbox in
            guard !inbox.events.isEmpty || inbox.tick != .none else {
                inbox.isDriven = false
                return nil
            }
            defer {
                inbox.events = []
                inbox.shares.removeAll(keepingCapacity: true)
                inbox.tick = .none
            }
            return (inbox.events, inbox.tick)
        }
    }

    /// Handles events, a slice at a time, so that no effect waits for more than a slice.
    private func handle(_ events: [M.Event]) {
        var rest = events[...]
        while !rest.isEmpty {
            let slice = rest.prefix(Limits.driverEvents)
            rest = rest.dropFirst(Limits.driverEvents)
            let now = time.now()
            let effects = core.withLock { core in
                for event in slice { core.machine.handle(event, at: now, into: &core.effects) }
                return core.effects.taken()
            }
            perform(effects)
        }
    }

    private func perform(_ effects: [M.Effect]) {
        guard !effects.isEmpty, let perform = performer.withLock({ $0 }) else { return }
        for effect in effects { perform(effect) }
        onPerformed()
        core.withLock { $0.effects.reuse(effects) }
    }
}

// MARK: - Time

extension Driver {
    /// Tells the machine that time has passed, or sees first that nothing lies unread.
    private func handle(_ tick: Tick) {
        guard tick != .none else { return }
        let now = time.now()
        let effects = core.withLock { core -> [M.Effect]? in
            guard let due = core.machine.nextTick, due <= now else { return [] }
            guard tick == .read || due.duration(to: now) <= Limits.tickLateness else { return nil }
            core.machine.handle(M.timePassed, at: now, into: &core.effects)
            return core.effects.taken()
        }
        guard let effects else { return readFirst() }
        perform(effects)
        onTick()
    }

    /// Waits for the event loops, but not for one that does not come back: time goes on for the others.
    private func readFirst() {
        let reading = inbox.withLock { inbox in
            inbox.lastReading += 1
            inbox.alarm = .reading(inbox.lastReading)
            return inbox.lastReading
        }
        time.wake(after: Limits.readRoundTime) { self.haveRead(reading) }
        time.afterReading { self.haveRead(reading) }
    }

    private func haveRead(_ reading: UInt64) {
        let isHeard = inbox.withLock { inbox in
            guard inbox.alarm == .reading(reading) else { return false }
            inbox.alarm = .off
            return true
        }
        if isHeard { enter { $0.tick = .read } }
    }

    private func arm(_ due: Instant?) {
        guard let due else { return }
        let at = inbox.withLock { inbox -> Instant? in
            let at = max(due, inbox.quietUntil)
            switch inbox.alarm {
            case .reading: return nil
            case .set(let earlier) where earlier <= at: return nil
            case .set, .off: break
            }
            inbox.alarm = .set(at)
            return inbox.isOver ? nil : at
        }
        guard let at else { return }
        time.wake(after: time.now().duration(to: at)) { self.ring(at) }
    }

    /// An alarm rang; one that was set anew for an earlier time is not heard.
    private func ring(_ due: Instant) {
        let isHeard = inbox.withLock { inbox in
            guard inbox.alarm == .set(due) else { return false }
            inbox.alarm = .off
            inbox.quietUntil = due.advanced(by: spacing)
            return true
        }
        if isHeard { enter { if $0.tick == .none { $0.tick = .rung } } }
    }
}

extension Array {
    /// Gives away its elements and is empty.
    fileprivate mutating func taken() -> [Element] {
        var elements: [Element] = []
        swap(&self, &elements)
        return elements
    }

    /// Takes over the memory of an array that is no longer needed.
    fileprivate mutating func reuse(_ old: consuming [Element]) {
        guard isEmpty, capacity < old.capacity, old.capacity <= Limits.driverEvents else { return }
        old.removeAll(keepingCapacity: true)
        self = old
    }
}
