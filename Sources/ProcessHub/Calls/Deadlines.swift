// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubTransport
internal import Synchronization

/// The node's timers: one wheel, turned on an event loop while it holds any, so that a deadline is kept also while turns
/// keep every thread busy.
///
/// It needs no running node: a call made before its node runs has a deadline too.
final class Deadlines: Sendable {
    enum Item: Sendable {
        /// A call of this node waits at the gate of a process of this node.
        case turn(TurnID, Instance)
        case wire(WireCall)
        case remote(RemoteCall)
        case action(@Sendable () -> Void)
    }

    private struct State {
        var slots: TimerSlots
        /// What each timer is for, by its index.
        var items: [Item?] = []
        var due: [Int32] = []
        var isTurning = false

        mutating func add(_ item: Item, at instant: Instant) -> TimerID {
            let timer = slots.add(at: instant)
            if Int(timer.index) == items.count {
                items.append(item)
            } else {
                items[Int(timer.index)] = item
            }
            return timer
        }

        mutating func cancel(_ timer: TimerID) -> Item? {
            slots.cancel(timer) ? items[Int(timer.index)].take() : nil
        }

        mutating func advance(to now: Instant, into fired: inout [Item]) {
            slots.advance(to: now, into: &due)
            for index in due {
                if let item = items[Int(index)].take() { fired.append(item) }
            }
            due.removeAll(keepingCapacity: true)
        }
    }

    private static let shortestSleep: Duration = .milliseconds(2)
    private static let longestSleep: Duration = .milliseconds(10)
    /// After so many looks in a row that found nothing nobody looks any more, until the next timer.
    private static let idleLooks = 100

    private let state = Mutex(State(slots: TimerSlots(tick: .milliseconds(1), startingAt: Clock.elapsed())))
    private let handler = Mutex<Deed<Item>?>(nil)

    /// Tells who handles what is due: once before the first timer, `nil` after the last.
    func onDue(_ handle: (@Sendable (Item) -> Void)?) {
        handler.withLock { $0 = handle.map(Deed.init) }
    }

    func add(_ item: Item, at instant: Instant) -> TimerID {
        let (timer, mustTurn) = state.withLock { state in
            defer { state.isTurning = true }
            return (state.add(item, at: instant), !state.isTurning)
        }
        if mustTurn { turn() }
        return timer
    }

    func cancel(_ timer: TimerID) {
        // What was armed is released outside the lock.
        _ = state.withLock { $0.cancel(timer) }
    }

    /// Turns the wheel again and again until it has been empty for a while.
    private func turn(looksLeft: Int = Deadlines.idleLooks) {
        LoopTimer.after(sleep()) { self.look(looksLeft: looksLeft) }
    }

    private func look(looksLeft: Int) {
        var due: [Item] = []
        let isEmpty = state.withLock { state in
            state.advance(to: Clock.elapsed(), into: &due)
            return state.slots.count == 0
        }
        if !due.isEmpty, let handler = handler.withLock({ $0 }) {
            for item in due { handler(item) }
        }
        guard isEmpty else { return turn() }
        if looksLeft > 1 || !rest() { turn(looksLeft: max(1, looksLeft - 1)) }
    }

    private func sleep() -> Duration {
        let next = state.withLock { $0.slots.nextWake }
        guard let next else { return Self.longestSleep }
        return min(max(Clock.elapsed().duration(to: next), Self.shortestSleep), Self.longestSleep)
    }

    /// - Returns: whether the wheel is still empty, so that nobody needs to look any more.
    private func rest() -> Bool {
        state.withLock { state in
            guard state.slots.count == 0 else { return false }
            state.isTurning = false
            return true
        }
    }
}
