// SPDX-License-Identifier: Apache-2.0

public import HubCore

/// What this node knows. Nothing here waits or touches the network.
extension Hub {
    /// Where a child runs, of which kind it is, its tags and metadata; `nil` if none of this id is wished for, as far as
    /// this node knows.
    ///
    /// A start that was awaited on this node is seen; what others did arrives within moments.
    public func lookup(_ id: ChildID) -> RegistryEntry? {
        node.calls.table.listing(ProcessID(hub: self.id, child: id))
    }

    /// Every child that is wished for, in no order.
    public func children() -> [RegistryEntry] {
        node.calls.table.listings(of: id)
    }

    /// The children that run on a node, in no order: `hub.children(on: hub.node.name)` are those of this one.
    public func children(on node: NodeName) -> [RegistryEntry] {
        self.node.calls.table.listings(of: id, on: node)
    }

    /// The children that carry a tag, in no order; takes as long as they are many, however many there are without it.
    public func tagged(_ tag: String) -> [RegistryEntry] {
        node.calls.table.listings(of: id, tagged: tag)
    }

    /// The members that run this hub, as this node sees them, itself among them; sorted by name. Empty until it knows.
    public var members: [Member] { resident.members }
}
