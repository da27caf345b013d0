// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import NIOCore

extension LinkHandler {
    /// Hands the channel what was queued by others than the loop, and lets them write it themselves next time.
    func drainForOthers() {
        drain()
        guard isPlain, hasWritten, phase == .up, outstanding == 0, writes.isEmpty,
            (try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)) == 0
        else { return }
        hasWritten = false
        queue.flushed()
    }

    /// Hands the channel what is queued: one slice at a time, because what the channel holds cannot be overtaken.
    func drain() {
        guard phase == .up || phase == .answered, let context else { return }
        if drainLittle(context) { return }
        var turns = 0
        // The loop has other connections too: after some slices, of a bulk transfer after one, it is their turn.
        while outstanding == 0, turns < (lane == .bulk ? 1 : 8) {
            queue.take(into: &writes)
            guard !writes.isEmpty else { return }
            turns += 1
            write(slice(context), context)
        }
        guard outstanding == 0 else { return }
        queue.expectLoop()
        context.eventLoop.assumeIsolated().execute { self.drain() }
    }

    /// Writes all that is queued, if that is little and nothing is before it: what a lone call needs, and no more.
    private func drainLittle(_ context: ChannelHandlerContext) -> Bool {
        guard outstanding == 0, writes.isEmpty else { return false }
        var buffer = ByteBuffer()
        guard queue.takeAll(into: &buffer, atMost: Self.little) else { return false }
        if buffer.readableBytes > 0 { write(buffer, context) }
        return true
    }

    private static let little = 512

    private func slice(_ context: ChannelHandlerContext) -> ByteBuffer {
        let capacity = min(writes.count, limits.writeSliceBytes)
        var buffer = context.channel.allocator.buffer(capacity: capacity)
        writes.fill(&buffer, slice: limits.writeSliceBytes)
        return buffer
    }

    private func write(_ buffer: ByteBuffer, _ context: ChannelHandlerContext) {
        hasWritten = true
        let length = buffer.readableBytes
        if isSmall(length) {
            context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
            if phase != .ended { queue.wrote(length) }
            return
        }
        if outstanding == 0 { lastProgress = now }
        outstanding += length
        let written = context.eventLoop.makePromise(of: Void.self)
        var isSynchronous = true
        written.futureResult.assumeIsolated().whenComplete { result in
            self.wrote(length, result)
            if !isSynchronous { self.drainForOthers() }
        }
        context.writeAndFlush(wrapOutboundOut(buffer), promise: written)
        isSynchronous = false
    }

    /// Whether to write without being told when it is done, which costs a lone call more than the frame itself.
    ///
    /// So the channel may hold a little that is not counted. What is written after that waits to be told, and that tells
    /// of all before it; a write that fails closes the channel.
    private func isSmall(_ length: Int) -> Bool {
        uncounted += length
        if uncounted <= Self.uncountedBytes, !isDraining { return true }
        uncounted = 0
        return false
    }

    private static let uncountedBytes = 4 << 10

    private func wrote(_ length: Int, _ result: Result<Void, any Error>) {
        outstanding -= length
        // After the end the queue may belong to another connection.
        guard phase != .ended else { return }
        queue.wrote(length)
        lastProgress = now
        if case .failure(let error) = result {
            end(TrustDiagnosis.isEnd(error) ? .closedByPeer : .failed("\(error)"))
        }
    }
}
