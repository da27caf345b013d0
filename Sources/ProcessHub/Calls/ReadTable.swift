// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import Synchronization

/// What this node knows of one child, as far as a call has to know it.
struct ReadEntry: Sendable {
    var kind: ProcessKind
    /// Where its activation is; `nil` while it is wished for and nobody runs it.
    var route: Route?
    /// The instance, if it runs on this node.
    var instance: Instance?
    /// It ran on this node and was stopped: calls fail at once and say so.
    var isStopped = false
    /// An instance is being made on this node.
    var isReserved = false
}

/// The node's table of children behind every lookup and call: written by whoever learns where a child is, read by all.
///
/// Sixty-four shards, so that no single growth of a dictionary is long and readers rarely meet.
final class ReadTable: Sendable {
    private static let shardCount = 64

    private final class Shard: Sendable {
        let entries = Mutex<[ProcessID: ReadEntry]>([:])
    }

    private let shards = (0..<ReadTable.shardCount).map { _ in Shard() }

    /// By the hash, which agrees with equality: texts that Unicode calls equal are one id, whatever their bytes.
    private func shard(of id: ProcessID) -> Shard {
        shards[id.hashValue & (Self.shardCount - 1)]
    }

    subscript(id: ProcessID) -> ReadEntry? {
        shard(of: id).entries.withLock { $0[id] }
    }

    /// The instance of this node, if there is one: what every local call asks.
    func instance(_ id: ProcessID) -> Instance? {
        shard(of: id).entries.withLock { $0[id]?.instance }
    }

    /// Changes an entry; a `nil` left behind removes it.
    func update<Result>(_ id: ProcessID, _ change: (inout ReadEntry?) throws -> Result) rethrows -> Result {
        try shard(of: id).entries.withLock { entries in
            var entry = entries[id]
            defer { entries[id] = entry }
            return try change(&entry)
        }
    }

    /// All instances of this node, shard by shard.
    func instances() -> [Instance] {
        shards.flatMap { shard in shard.entries.withLock { $0.values.compactMap(\.instance) } }
    }

    /// The ids and entries of one hub, shard by shard, in no order.
    func entries(of hub: HubID) -> [(ProcessID, ReadEntry)] {
        shards.flatMap { shard in
            shard.entries.withLock { $0.filter { $0.key.hub == hub }.map { ($0.key, $0.value) } }
        }
    }
}
