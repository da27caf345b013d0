// SPDX-License-Identifier: Apache-2.0

internal import HubTransport
internal import Synchronization

/// The sendings of this node that wait for their answers, by stream id.
final class Pending: Sendable {
    struct Sending: Sendable {
        let call: RemoteCall
        let number: UInt32
        /// Which connection carries it; `nil` for one to this very node.
        let carrier: PeerConnection?
    }

    private static let shardCount = 16

    private final class Shard: Sendable {
        let sendings = Mutex(Sendings())
    }

    /// Often one, which needs no table.
    private struct Sendings {
        private var first: (stream: UInt64, sending: Sending)?
        private var more: [UInt64: Sending] = [:]

        mutating func insert(_ sending: Sending, as stream: UInt64) {
            if first == nil { first = (stream, sending) } else { more[stream] = sending }
        }

        mutating func remove(_ stream: UInt64) -> Sending? {
            guard let first, first.stream == stream else {
                return more.isEmpty ? nil : more.removeValue(forKey: stream)
            }
            self.first = nil
            return first.sending
        }

        mutating func remove(_ stream: UInt64, carriedBy connection: PeerConnection?) -> Sending? {
            let found = first?.stream == stream ? first?.sending : more.isEmpty ? nil : more[stream]
            return found?.carrier === connection ? remove(stream) : nil
        }

        mutating func removeAll(where matches: (Sending) -> Bool) -> [(UInt64, Sending)] {
            var lost = more.filter { matches($0.value) }.map { ($0.key, $0.value) }
            if let first, matches(first.sending) { lost.append(first) }
            for (stream, _) in lost { _ = remove(stream) }
            return lost
        }
    }

    private let shards = (0..<Pending.shardCount).map { _ in Shard() }
    private let lastStream = Atomic<UInt64>(0)

    /// A stream id that no other sending of this node has or had.
    func mintStream() -> UInt64 { lastStream.add(1, ordering: .relaxed).newValue }

    private func shard(of stream: UInt64) -> Shard { shards[Int(stream % UInt64(Self.shardCount))] }

    func insert(_ sending: Sending, as stream: UInt64) {
        shard(of: stream).sendings.withLock { $0.insert(sending, as: stream) }
    }

    func remove(_ stream: UInt64) {
        _ = shard(of: stream).sendings.withLock { $0.remove(stream) }
    }

    /// Takes out the sending that an answer is for.
    ///
    /// - Parameter connection: what the answer came over, `nil` for one from this node. An answer from another peer than
    ///   the sending went to changes nothing.
    func take(_ stream: UInt64, from connection: PeerConnection?) -> Sending? {
        shard(of: stream).sendings.withLock { $0.remove(stream, carriedBy: connection) }
    }

    /// Takes out what a lost connection carried, oldest first.
    func removeAll(carriedBy connection: PeerConnection) -> [Sending] {
        removeAll { $0.carrier === connection }
    }

    func removeAll() -> [Sending] {
        removeAll { _ in true }
    }

    private func removeAll(where matches: (Sending) -> Bool) -> [Sending] {
        let found = shards.flatMap { shard in shard.sendings.withLock { $0.removeAll(where: matches) } }
        return found.sorted { $0.0 < $1.0 }.map(\.1)
    }
}
