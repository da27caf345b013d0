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
}

/// The node's table of children behind every lookup and call: written by the hubs' machines and by instances that come
/// and go, read by all.
///
/// Sixty-four shards, so that no single growth is long and readers rarely meet; each has its own lock and its own rows.
final class ReadTable: Sendable {
    private static let shardBits = 6

    private final class Shard: Sendable {
        let rows = Mutex(ReadRows())
    }

    private let shards = (0..<(1 << ReadTable.shardBits)).map { _ in Shard() }

    /// The hash that the registry has too.
    static func hash(_ child: ChildID) -> UInt { UInt(truncatingIfNeeded: SlotTable.hash(child.rawValue)) }

    /// The part of a hash that chooses a place in a shard.
    static func placeHash(_ hash: UInt) -> UInt32 { UInt32(truncatingIfNeeded: hash >> shardBits) }

    private func shard(_ hash: UInt) -> Shard { shards[Int(hash & (1 << Self.shardBits - 1))] }

    private func read<R: Sendable>(_ id: ProcessID, _ body: (borrowing ReadRows, UInt32) -> R) -> R? {
        let hash = Self.hash(id.child)
        return shard(hash).rows.withLock { rows in
            guard let slot = rows.slot(of: id, hash: Self.placeHash(hash)) else {
                return nil
            }
            return body(rows, slot)
        }
    }

    private func write<R: Sendable>(_ id: ProcessID, _ body: (inout ReadRows, UInt32) -> R) -> R {
        let hash = Self.hash(id.child)
        return shard(hash).rows.withLock { rows in
            body(&rows, Self.placeHash(hash))
        }
    }
}

// MARK: - Reading

extension ReadTable {
    subscript(id: ProcessID) -> ReadEntry? {
        read(id) { rows, slot in rows.entry(slot) }
    }

    /// The instance of this node, if there is one: what every local call asks.
    func instance(_ id: ProcessID) -> Instance? {
        read(id) { rows, slot in rows.instance(slot) } ?? nil
    }

    /// What lookups show of a child that is wished for.
    func listing(_ id: ProcessID) -> RegistryEntry? {
        read(id) { rows, slot in rows.listing(slot) } ?? nil
    }

    /// What lookups show of all children of a hub, shard by shard, in no order.
    ///
    /// - Parameter node: only those that run there; `nil` for all.
    func listings(of hub: HubID, on node: NodeName? = nil) -> [RegistryEntry] {
        var all: [RegistryEntry] = []
        if node == nil { all.reserveCapacity(shards.reduce(0) { $0 + $1.rows.withLock { $0.least(of: hub) } }) }
        for shard in shards { shard.rows.withLock { $0.list(hub, on: node, into: &all) } }
        return all
    }

    /// What lookups show of the children of a hub that carry a tag; takes as long as they are many.
    func listings(of hub: HubID, tagged tag: String) -> [RegistryEntry] {
        var all: [RegistryEntry] = []
        for shard in shards { shard.rows.withLock { $0.list(hub, tagged: tag, into: &all) } }
        return all
    }

    /// How many parts the table has, for those who go through it a part at a time.
    var partCount: Int { shards.count }

    /// The instances of this node in one part of the table.
    func instances(inPart part: Int) -> [Instance] {
        shards[part % shards.count].rows.withLock { $0.instances }
    }

    /// All instances of this node, shard by shard.
    func instances() -> [Instance] {
        shards.flatMap { shard in shard.rows.withLock { $0.instances } }
    }
}

// MARK: - Writing

extension ReadTable {
    /// A hub's machine tells what is to be read of a child from now on.
    func publish(_ content: ReadRow.Content, of id: ProcessID) {
        write(id) { rows, hash in
            switch content {
            case .gone: rows.forget(id, hash)
            case .wished(let kind, let metadata, let tags, let hosts):
                rows.wish(id, hash, kind: kind, hosts: hosts, about: ReadRows.About(metadata: metadata, tags: tags))
            }
        }
    }

    /// A process told of a newer activation than the table knows.
    ///
    /// - Returns: whether that is news.
    func raise(_ id: ProcessID, to route: Route) -> Bool {
        write(id) { rows, hash in rows.raise(id, hash, to: route) }
    }

    /// From now on calls find this instance, unless they would have found one with a higher epoch.
    ///
    /// - Returns: the instance that calls find no longer, which is `instance` itself if its epoch is not the highest.
    func open(_ instance: Instance, at route: Route) -> Instance? {
        write(instance.id) { rows, hash in rows.open(instance, at: route, hash) }
    }

    /// Calls find this instance no longer.
    ///
    /// - Parameter successor: where the process goes on, if that is known.
    func close(_ instance: Instance, successor: Route?) {
        write(instance.id) { rows, hash in rows.close(instance, hash, successor: successor) }
    }
}
