// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// `TimerSlots` with what each timer tells, the way a driver keeps it.
struct TimerWheel<Payload: Sendable>: Sendable {
    private var slots: TimerSlots
    /// What each timer tells, by its index.
    private var payloads: [Payload?] = []
    private var due: [Int32] = []

    /// - Parameter tick: the resolution, at least a microsecond.
    init(tick: Duration = .milliseconds(1), startingAt now: Instant) {
        slots = TimerSlots(tick: tick, startingAt: now)
    }
}

extension TimerWheel {
    /// Timers that are armed.
    var count: Int { slots.count }

    /// When `advance` has something to do next: a timer fires then, or a wide slot is spread over narrower ones.
    var nextWake: Instant? { slots.nextWake }

    /// Arms a timer; one whose time has passed fires with the next tick.
    mutating func add(_ payload: Payload, at instant: Instant) -> TimerID {
        let timer = slots.add(at: instant)
        if Int(timer.index) == payloads.count {
            payloads.append(payload)
        } else {
            payloads[Int(timer.index)] = payload
        }
        return timer
    }

    /// Disarms a timer.
    ///
    /// - Returns: what it would have told, or `nil` if it fired or was cancelled before.
    @discardableResult
    mutating func cancel(_ timer: TimerID) -> Payload? {
        guard slots.cancel(timer) else { return nil }
        return payloads[Int(timer.index)].take()
    }

    /// Handles the time up to `now` and appends what is due, in the order it became due.
    mutating func advance(to now: Instant, into fired: inout [Payload]) {
        slots.advance(to: now, into: &due)
        for index in due {
            if let payload = payloads[Int(index)].take() { fired.append(payload) }
        }
        due.removeAll(keepingCapacity: true)
    }
}
