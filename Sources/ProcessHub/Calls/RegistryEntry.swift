// SPDX-License-Identifier: Apache-2.0

public import HubCore

/// What this node knows of one child that is wished for.
public struct RegistryEntry: Hashable, Sendable {
    public let id: ChildID
    public let kind: ProcessKind
    /// Where calls go; `nil` while nobody runs it, because it is just being started, moved or restarted.
    public let host: Host?
    public internal(set) var tags: Set<String> = []
    public internal(set) var metadata: [String: MetadataValue] = [:]
    var others: [Host] = []

    init(id: ChildID, kind: ProcessKind, host: Host?) {
        self.id = id
        self.kind = kind
        self.host = host
    }

    /// Every activation, the one that calls go to first.
    public var hosts: [Host] { host.map { [$0] + others } ?? others }

    func runs(on node: NodeName) -> Bool {
        host?.node == node || others.contains { $0.node == node }
    }
}

/// A node on which an instance of a child really runs.
public struct Host: Hashable, Sendable, CustomStringConvertible {
    public let node: NodeName
    /// The stamp of the activation there.
    public let epoch: Epoch

    init(_ route: Route) {
        node = route.node
        epoch = route.epoch
    }

    public var description: String { "\(node)@\(epoch)" }
}
