// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import Synchronization

/// What all reply windows of the node hold together: bounded in time by one ring and in bytes by one budget.
final class ReplyMemory: Sendable {
    private struct State {
        var ring = ExpiryRing(lifetime: Limits.windowTime, capacity: Limits.nodeWindowEntries)
        var bytes = 0
        var isSwept = false
    }

    private let state = Mutex(State())

    /// Ends a turn whose reply is remembered.
    func finish(
        _ call: WireCall, _ reply: StoredReply?, at now: Instant, sweeping deadlines: Deadlines
    ) -> (next: Entrance.FollowUp?, epoch: Epoch) {
        let (next, epoch, growth) = call.instance.gate.withLock { gate in
            let before = gate.replyBytes
            let next = gate.finish(call.turn, reply: reply)
            return (next, gate.epoch, gate.replyBytes - before)
        }
        let key = ExpiryRing.Key(owner: call.instance, request: call.request)
        let (evicted, mustSweep, isOver) = state.withLock { state in
            defer { state.isSwept = true }
            state.bytes += growth
            return (state.ring.append(key, at: now), !state.isSwept, state.bytes > Limits.nodeReplyBytes)
        }
        if let evicted { forget(evicted) }
        if mustSweep { armSweep(deadlines, at: now.advanced(by: Limits.windowTime)) }
        if isOver { shed() }
        return (next, epoch)
    }

    private func forget(_ key: ExpiryRing.Key) {
        guard let instance = key.owner as? Instance else { return }
        let freed = instance.gate.withLock { gate in
            let before = gate.replyBytes
            gate.forget(key.request)
            return before - gate.replyBytes
        }
        if freed > 0 { state.withLock { $0.bytes -= freed } }
    }

    /// Drops the oldest replies while the node holds too many bytes of them; that they were executed stays known.
    private func shed() {
        while let key = state.withLock({ $0.bytes > Limits.nodeReplyBytes ? $0.ring.popOldest() : nil }) {
            guard let instance = key.owner as? Instance else { continue }
            let freed = instance.gate.withLock { $0.dropReply(to: key.request) }
            state.withLock { $0.bytes -= freed }
        }
    }

    private func armSweep(_ deadlines: Deadlines, at instant: Instant) {
        _ = deadlines.add(.action { self.sweep(deadlines) }, at: instant)
    }

    /// Forgets what is old, a bounded number at a time so that no timer waits long.
    private func sweep(_ deadlines: Deadlines) {
        let now = Clock.elapsed()
        for _ in 0..<Limits.sweptReplies {
            guard let key = state.withLock({ $0.ring.popExpired(at: now) }) else { break }
            forget(key)
        }
        let next = state.withLock { state in
            if state.ring.count == 0 { state.isSwept = false }
            return state.ring.nextExpiry
        }
        if let next { armSweep(deadlines, at: max(next, now.advanced(by: .milliseconds(1)))) }
    }
}
