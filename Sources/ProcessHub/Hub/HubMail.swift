// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubTransport
internal import HubWire
internal import Synchronization

/// Sends the messages of one hub: those of a batch that go to one peer together, and to whoever waits for one first.
///
/// A thread that no connection waits for writes to the first few peers of a batch itself. An event loop that handles the last
/// message of what it read gathers what goes back to its sender, writes that once the effects are done, and only then wakes
/// the loops that write to others: a wake-up takes longer than a write.
final class HubMail: Sendable {
    private struct Letter {
        let peer: NodeName
        var pages: [Page]
    }

    private struct Page {
        let message: HubMessage
        /// Its bytes, if others may get the same.
        let encoded: [UInt8]?
    }

    private struct State {
        /// What the batch sends, until it does something else.
        var gathered: [Letter] = []
        /// Whose message is being handled, on its own loop, with none after it.
        var served: PeerConnection?
        /// What goes to others then, in order.
        var later: [Letter] = []

        func mustWait(_ peer: NodeName) -> Bool {
            if let served, served.isOnEventLoop { return served.peer != peer }
            // Another loop began to serve meanwhile: what was put off still goes first.
            return !later.isEmpty && later.contains { $0.peer == peer }
        }

        /// Takes out what goes now, and puts off the rest.
        mutating func takeGathered() -> [Letter] {
            var letters: [Letter] = []
            swap(&letters, &gathered)
            for letter in letters where mustWait(letter.peer) { later.append(letter) }
            return later.isEmpty ? letters : letters.filter { !mustWait($0.peer) }
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
        let page = Page(message: message, encoded: shared(message))
        state.withLock { state in
            if let place = state.gathered.firstIndex(where: { $0.peer == peer }) {
                state.gathered[place].pages.append(page)
            } else {
                state.gathered.append(Letter(peer: peer, pages: [page]))
            }
        }
    }

    /// Nothing more is sent before something else is done.
    func sendGathered() {
        let letters = state.withLock { $0.gathered.isEmpty ? [] : $0.takeGathered() }
        for letter in letters { write(letter, isAlone: !LoopTimer.isOnLoop && isOneOfFew()) }
    }

    /// The effects of a batch are done, and nothing else is handled yet.
    func effectsDone() {
        sendGathered()
        let (served, later) = state.withLock { state in
            defer { state.later = [] }
            return (state.served, state.later)
        }
        if let served, served.isOnEventLoop { served.flush() }
        for letter in later { write(letter, isAlone: isOneOfFew()) }
    }

    /// Another batch begins, or none for now.
    func batchEnds() { sentInBatch.store(0, ordering: .relaxed) }

    private func isOneOfFew() -> Bool {
        sentInBatch.add(1, ordering: .relaxed).newValue <= Limits.directSends
    }
}

// MARK: - Writing

extension HubMail {
    private func write(_ letter: Letter, isAlone: Bool) {
        guard let connection = calls.switchboard?.connection(to: letter.peer) else { return drop(letter.pages.count) }
        var written = 0
        let result = connection.send(.control, isAlone: isAlone) { writer, _ in
            for page in letter.pages where write(page, to: &writer) { written += 1 }
            return written > 0
        }
        drop(letter.pages.count - (result == .queued ? written : 0))
    }

    /// - Returns: whether it could be encoded; if not, nothing is written.
    private func write(_ page: Page, to writer: inout ByteWriter) -> Bool {
        do {
            try writer.frame(.machine, stream: 0) { writer throws(WireFault) in
                try MachineEnvelope(.hub(hub)).encode(into: &writer)
                if let encoded = page.encoded {
                    encoded.withUnsafeBytes { writer.raw($0) }
                } else {
                    try page.message.encode(into: &writer)
                }
            }
            return true
        } catch {
            return false
        }
    }

    private func drop(_ messages: Int) {
        for _ in 0..<messages { calls.meters.count(.droppedMessage) }
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
