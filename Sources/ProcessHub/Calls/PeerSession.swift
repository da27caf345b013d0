// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubTransport
internal import HubWire
internal import Synchronization

/// What one connection means to the calls: the methods its peer numbered, and its sendings that wait for an answer.
final class PeerSession: Sendable {
    struct Method: Sendable {
        let kind: ProcessKind
        let name: MethodName
        /// What it was when it was numbered; `nil` if its kind was not known here then.
        let plan: MethodPlan?
    }

    private struct State {
        /// By their numbers, which our peers give in order.
        var methods: [Method] = []
        var otherMethods: [UInt32: Method] = [:]
        var calls: [UInt64: WireCall] = [:]
    }

    let connection: PeerConnection
    private let seat = Mutex<LoopSeat?>(nil)
    private let state = Mutex(State())

    init(_ connection: PeerConnection) {
        self.connection = connection
    }

    /// What runs short turns on the connection's event loop; `nil` if nothing does.
    var loopSeat: LoopSeat? { seat.withLock { $0 } }

    /// Takes another seat, or none any more, and lets the one before end.
    func take(_ newer: LoopSeat?) {
        let old = seat.withLock { seat in
            defer { seat = newer }
            return seat
        }
        old?.close()
    }

    /// - Throws: ``WireFault`` if the number was given before.
    func define(_ payload: UnsafeRawBufferPointer, among kinds: Kinds) throws(WireFault) {
        var reader = ByteReader(payload)
        let definition = try MethodDefinition(from: &reader)
        let method = Method(
            kind: definition.kind, name: definition.method,
            plan: kinds.plan(of: definition.kind)?.methods[definition.method])
        let isNew = state.withLock { state in
            guard definition.number >= state.methods.count, state.otherMethods[definition.number] == nil else {
                return false
            }
            if definition.number == state.methods.count {
                state.methods.append(method)
            } else {
                state.otherMethods[definition.number] = method
            }
            return true
        }
        guard isNew else { throw reader.fault(.invalidField) }
    }

    func method(_ number: UInt32) -> Method? {
        state.withLock { $0.methods.indices.contains(Int(number)) ? $0.methods[Int(number)] : $0.otherMethods[number] }
    }

    func insert(_ call: WireCall) {
        state.withLock { $0.calls[call.stream] = call }
    }

    func remove(_ call: WireCall) {
        state.withLock { state in
            if state.calls[call.stream] === call { state.calls[call.stream] = nil }
        }
    }

    func call(_ stream: UInt64) -> WireCall? {
        state.withLock { $0.calls[stream] }
    }

    /// Answers a sending. An answer that finds no room is dropped: the caller learns by its deadline that it cannot know.
    ///
    /// - Returns: whether the answer found room.
    @discardableResult
    func send(_ answer: Answer, epoch: Epoch, stream: UInt64) -> Bool {
        // On the loop, while it handles the last of what it read, no other answer is about to follow.
        let isAlone = connection.isAtLastFrame && connection.isOnEventLoop
        let result = connection.send(.calls, isAlone: isAlone) { writer, _ in
            do {
                switch answer {
                case .result(let bytes):
                    try writer.frame(.reply, stream: stream, ReplyEnvelope(epoch: epoch), payload: bytes)
                case .failure(let failure, let payload):
                    try writer.frame(
                        .error, stream: stream, ErrorEnvelope(failure, epoch: epoch), payload: payload)
                }
                return true
            } catch {
                return false
            }
        }
        return result == .queued
    }
}
