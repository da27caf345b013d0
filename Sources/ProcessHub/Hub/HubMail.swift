// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubTransport
internal import HubWire
internal import Synchronization

/// Sends the messages of one hub, so that whoever waits for one gets it first.
///
/// A thread that no connection waits for writes the first few of a batch itself. An event loop that handles the last
/// message of what it read gathers what goes back to its sender, writes that once the effects are done, and only then wakes
/// the loops that write to others: a wake-up takes longer than a write.
final class HubMail: Sendable {
    private struct State {
        /// Whose message is being handled, on its own loop, with none after it.
        var served: PeerConnection?
        /// What goes to others then, in order.
        var later: [(message: HubMessage, peer: NodeName)] = []

        func mustWait(_ peer: NodeName) -> Bool {
            if let served, served.isOnEventLoop { return served.peer != peer }
            // Another loop began to serve meanwhile: what was put off still goes first.
            return !later.isEmpty && later.contains { $0.peer == peer }
        }
    }

    private let hub: HubID
    private let calls: CallDriver
    private let state = Mutex(State())
    private let lastDelta = Mutex<SharedDelta?>(nil)
    private let sentInBatch = Atomic<Int>(0)

    init(_ hub: HubID, _ calls: CallDriver) {
        self.hub = hub
        self.calls = calls
    }

    /// Does what follows from a message of `connection`, on its loop.
    func serving<R, E: Error>(_ connection: PeerConnection, _ body: () throws(E) -> R) throws(E) -> R {
        guard connection.isAtLastFrame else { return try body() }
        state.withLock { $0.served = connection }
        defer { state.withLock { $0.served = nil } }
        return try body()
    }

    /// To be called by one thread at a time, the one that drives.
    func send(_ message: HubMessage, to peer: NodeName) {
        let mustWait = state.withLock { state in
            let mustWait = state.mustWait(peer)
            if mustWait { state.later.append((message, peer)) }
            return mustWait
        }
        if !mustWait { write(message, to: peer) }
    }

    /// The effects of a batch are done, and nothing else is handled yet.
    func effectsDone() {
        let (served, later) = state.withLock { state in
            defer { state.later = [] }
            return (state.served, state.later)
        }
        if let served, served.isOnEventLoop { served.flush() }
        for (message, peer) in later { write(message, to: peer) }
    }

    /// Another batch begins, or none for now.
    func batchEnds() { sentInBatch.store(0, ordering: .relaxed) }

    private func isOneOfFew() -> Bool {
        !LoopTimer.isOnLoop && sentInBatch.add(1, ordering: .relaxed).newValue <= Limits.directSends
    }

    private func write(_ message: HubMessage, to peer: NodeName) {
        guard let connection = calls.switchboard?.connection(to: peer) else {
            return calls.meters.count(.droppedMessage)
        }
        let (hub, shared) = (hub, shared(message))
        let result = connection.send(.control, isAlone: isOneOfFew()) { writer, _ in
            do {
                try writer.frame(.machine, stream: 0) { writer throws(WireFault) in
                    try MachineEnvelope(.hub(hub)).encode(into: &writer)
                    if let shared {
                        shared.withUnsafeBytes { writer.raw($0) }
                    } else {
                        try message.encode(into: &writer)
                    }
                }
                return true
            } catch {
                return false
            }
        }
        if result != .queued { calls.meters.count(.droppedMessage) }
    }

    /// The bytes of a delta, which mostly goes to several members in a row: made once for all.
    private func shared(_ message: HubMessage) -> [UInt8]? {
        guard case .registry(let registry) = message, case .delta(let delta) = registry.body else { return nil }
        return lastDelta.withLock { last in
            if let last, last.number == delta.number, last.birth == registry.birth { return last.bytes }
            var writer = ByteWriter()
            guard (try? message.encode(into: &writer)) != nil else { return nil }
            last = SharedDelta(number: delta.number, birth: registry.birth, bytes: writer.bytes)
            return writer.bytes
        }
    }
}

/// A delta as it was encoded last.
private struct SharedDelta {
    var number: UInt64
    var birth: Stamp
    var bytes: [UInt8]
}
