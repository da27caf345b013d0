// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubWire
internal import NIOCore
internal import Synchronization

/// What one connection is to write, as whole frames: any thread appends, the event loop takes.
///
/// The first to append after the loop took everything wakes the loop; the others only append, so that many small frames
/// make one write. Who says that the frame is alone writes it without the loop where nothing is before it.
final class OutboundQueue: Sendable {
    fileprivate struct State {
        var control = ByteWriter()
        var calls = ByteWriter()
        var methods = OutboundMethods()
        /// The loop will look without being woken.
        var isExpected = false
        var isClosed = false
        var wake: (@Sendable () -> Void)?
        /// Writes without the loop, if the connection can.
        var direct: DirectWriter?
        /// The system has all that the loop took: what is written now comes next.
        var isFlushed = false
        /// What is left of a frame of which the system took the beginning: goes before everything.
        var torn: [UInt8] = []

        var count: Int { torn.count + control.count + calls.count }
        var isEmpty: Bool { count == 0 }

        mutating func appendControl(_ body: (inout ByteWriter, inout OutboundMethods) -> Bool) -> Bool {
            let mark = control.count
            if body(&control, &methods) { return true }
            control.truncate(to: mark)
            return false
        }

        mutating func appendCalls(_ body: (inout ByteWriter, inout OutboundMethods) -> Bool) -> Bool {
            let mark = calls.count
            let known = methods.count
            if body(&calls, &methods) { return true }
            calls.truncate(to: mark)
            methods.rollBack(to: known)
            return false
        }
    }

    private let state: Mutex<State>
    /// Bytes that the loop took and that are not written yet.
    private let taken = Atomic<Int>(0)
    private let limit: Int

    init(limit: Int, wake: (@Sendable () -> Void)? = nil) {
        self.limit = limit
        state = Mutex(State(wake: wake))
    }

    var isClosed: Bool { state.withLock { $0.isClosed } }
    /// Everything that was queued is written.
    var isIdle: Bool { state.withLock { $0.isEmpty } && taken.load(ordering: .relaxed) == 0 }

    /// Appends what `body` writes, whole frames only, under the lock of the queue: `body` must be quick.
    ///
    /// - Parameter isAlone: nothing else is expected to be sent at this moment.
    func send(
        control: Bool, isAlone: Bool = false, _ body: (inout ByteWriter, inout OutboundMethods) -> Bool
    ) -> SendResult {
        let (result, wake) = state.withLock { state -> (SendResult, (@Sendable () -> Void)?) in
            guard !state.isClosed else { return (.closed, nil) }
            let isFull =
                control
                ? state.control.count >= limit : state.calls.count + taken.load(ordering: .relaxed) >= limit
            guard !isFull else { return (.overloaded, nil) }
            let isFirst = state.isEmpty
            guard control ? state.appendControl(body) : state.appendCalls(body) else { return (.abandoned, nil) }
            // Also while the loop is about to look: who was woken by it may be running in its place.
            if isAlone, isFirst, state.writeDirectly() { return (.queued, nil) }
            if state.isExpected { return (.queued, nil) }
            state.isExpected = true
            return (.queued, state.wake)
        }
        wake?()
        return result
    }

    /// Writes what is queued, if that is little and nothing is before it; else it stays for the loop.
    func flush() { state.withLock { if !$0.isEmpty { _ = $0.writeDirectly() } } }

    /// The system has all that the loop took.
    func flushed() { state.withLock { $0.isFlushed = true } }

    /// The loop promises to look soon; nobody needs to wake it.
    func expectLoop() { state.withLock { $0.isExpected = true } }

    /// Moves what is queued into `writes`, as far as that is used up.
    func take(into writes: inout WriteQueue) {
        state.withLock { state in
            state.isExpected = false
            state.isFlushed = state.isFlushed && state.isEmpty
            let bytes = writes.refill(
                torn: &state.torn, control: &state.control.bytes, calls: &state.calls.bytes)
            taken.add(bytes, ordering: .relaxed)
        }
    }

    /// Moves all that is queued into `buffer`, control frames first, if that is at most `limit` bytes.
    ///
    /// - Returns: whether it was so little; nothing is moved if there is nothing.
    func takeAll(into buffer: inout ByteBuffer, atMost limit: Int) -> Bool {
        state.withLock { state in
            let bytes = state.count
            guard bytes <= limit, state.torn.isEmpty else { return false }
            state.isExpected = false
            if bytes == 0 { return true }
            state.isFlushed = false
            if state.control.count > 0 { state.control.move(into: &buffer) }
            if state.calls.count > 0 { state.calls.move(into: &buffer) }
            taken.add(bytes, ordering: .relaxed)
            return true
        }
    }

    func wrote(_ bytes: Int) { taken.subtract(bytes, ordering: .relaxed) }

    /// Gives the queue a loop that writes it, or takes that away; what is queued stays.
    func attach(wake: (@Sendable () -> Void)?, direct: DirectWriter? = nil) {
        let now = state.withLock { state -> (@Sendable () -> Void)? in
            state.wake = wake
            state.direct = direct
            state.isExpected = !state.isEmpty
            return state.isEmpty ? nil : wake
        }
        now?()
    }

    /// Drops what is queued and goes on empty: the connection is lost and there may be another.
    func drop(wake: (@Sendable () -> Void)?) {
        state.withLock { state in
            state.control = ByteWriter()
            state.calls = ByteWriter()
            state.torn = []
            state.direct = nil
            state.isFlushed = false
            state.isExpected = false
            state.wake = wake
        }
        taken.store(0, ordering: .relaxed)
    }

    /// Accepts nothing after what `body` writes; what is queued is still to be written.
    func finish(_ body: (inout ByteWriter) -> Bool) {
        state.withLock { state in
            guard !state.isClosed else { return }
            _ = body(&state.calls)
            state.isClosed = true
        }
    }

    /// Nothing is accepted any more and what is queued is dropped.
    func close() {
        state.withLock { state in
            state.isClosed = true
            state.control = ByteWriter()
            state.calls = ByteWriter()
            state.torn = []
            state.wake = nil
            state.direct = nil
        }
    }
}

extension OutboundQueue.State {
    /// Writes what is queued, if that is little and nothing is before it.
    ///
    /// - Returns: whether it is written; what the system did not take is left to the loop.
    fileprivate mutating func writeDirectly() -> Bool {
        guard let direct, isFlushed, torn.isEmpty, control.count == 0 || calls.count == 0 else { return false }
        let isControl = control.count > 0
        let length = count
        guard length <= Limits.directWriteBytes else { return false }
        let written = (isControl ? control : calls).bytes.withUnsafeBytes { direct.write($0) }
        guard written > 0 else { return false }
        if written < length { torn = Array((isControl ? control : calls).bytes[written...]) }
        if isControl { control.truncate(to: 0) } else { calls.truncate(to: 0) }
        return written == length
    }
}

extension ByteWriter {
    fileprivate mutating func move(into buffer: inout ByteBuffer) {
        bytes.withUnsafeBytes { _ = buffer.writeBytes($0) }
        truncate(to: 0)
    }
}
