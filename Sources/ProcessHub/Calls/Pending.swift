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
        let sendings = Mutex<[UInt64: Sending]>([:])
    }

    private let shards = (0..<Pending.shardCount).map { _ in Shard() }
    private let lastStream = Atomic<UInt64>(0)

    /// A stream id that no other sending of this node has or had.
    func mintStream() -> UInt64 { lastStream.add(1, ordering: .relaxed).newValue }

    private func shard(of stream: UInt64) -> Shard { shards[Int(stream % UInt64(Self.shardCount))] }

    func insert(_ sending: Sending, as stream: UInt64) {
        shard(of: stream).sendings.withLock { $0[stream] = sending }
    }

    func remove(_ stream: UInt64) {
        _ = shard(of: stream).sendings.withLock { $0.removeValue(forKey: stream) }
    }

    /// Takes out the sending that an answer is for.
    ///
    /// - Parameter connection: what the answer came over, `nil` for one from this node. An answer from another peer than
    ///   the sending went to changes nothing.
    func take(_ stream: UInt64, from connection: PeerConnection?) -> Sending? {
        shard(of: stream).sendings.withLock { sendings in
            guard let index = sendings.index(forKey: stream), sendings.values[index].carrier === connection else {
                return nil
            }
            return sendings.remove(at: index).value
        }
    }

    /// Takes out what a lost connection carried, oldest first.
    func removeAll(carriedBy connection: PeerConnection) -> [Sending] {
        removeAll { $0.carrier === connection }
    }

    func removeAll() -> [Sending] {
        removeAll { _ in true }
    }

    private func removeAll(where matches: (Sending) -> Bool) -> [Sending] {
        var found: [(UInt64, Sending)] = []
        for shard in shards {
            shard.sendings.withLock { sendings in
                let lost = sendings.filter { matches($0.value) }
                for stream in lost.keys { sendings[stream] = nil }
                found += lost.map { ($0.key, $0.value) }
            }
        }
        return found.sorted { $0.0 < $1.0 }.map(\.1)
    }
}
