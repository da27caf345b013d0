// SPDX-License-Identifier: Apache-2.0

internal import Distributed
public import HubCore

/// A named group of processes with one configuration. Nodes that run a hub of the same id form its members.
///
/// ```swift
/// let hub = try Hub("carts", on: node) { $0.processes = [Cart.self] }
/// ```
///
/// Operations that are asked before the node runs wait for it, at most until their deadline. Lookups, lists and references
/// never wait and never touch the network: they show what this node knows.
public final class Hub: Sendable {
    public let id: HubID
    public let node: Node
    let resident: HubResident
    let resolver: Resolver

    /// Prepares a hub; nothing runs before its node does.
    ///
    /// - Throws: ``HubError``: the id or a kind's name is invalid, two types claim one kind name, a kind is generic or
    ///   has two methods of one name, a child of the configuration breaks a limit or is named twice, or the node has a
    ///   hub of this id already; and what `configure` throws. The hub does not exist then; kinds that were found in order
    ///   before stay known to the node, which can call them.
    public init(
        _ id: HubID, on node: Node, _ configure: (inout HubConfiguration) throws -> Void = { _ in }
    ) throws {
        try id.validate()
        var configuration = HubConfiguration()
        try configure(&configuration)
        try configuration.validate()
        var kinds: Set<ProcessKind> = []
        for type in configuration.processes { kinds.insert(try node.calls.kinds.register(type).kind) }
        self.id = id
        self.node = node
        resolver = Resolver(hub: id, actorSystem: node.actorSystem)
        resident = HubResident(id, configuration, kinds: kinds, instances: node.instances)
        try node.admit(resident)
    }

    /// A typed reference to a child, whether or not it runs.
    ///
    /// Never waits and never touches the network. A call through the reference finds the process where it is then.
    ///
    /// - Throws: ``HubError``: the id is invalid, the child is known and of another kind, or the type cannot be a kind.
    public func process<P: HubProcess>(_ id: ChildID, as type: P.Type) throws(HubError) -> P {
        try resolver.process(id, as: type)
    }
}

/// What a hub is made from.
public struct HubConfiguration: Sendable {
    /// The kinds that the hub may run on this node. Nothing else is ever decoded.
    public var processes: [any HubProcess.Type] = []
    /// Children that the hub makes sure of: once its node is a member, those that are not wished for yet are started,
    /// wherever they belong; those that are, are left as they are. Every member may name the same ones.
    public var children: [Child] = []
    /// Which member owns which child: by hashing unless another strategy is given. All members must have the same one.
    public var distribution: any DistributionStrategy = .consistentHashing

    init() {}

    func validate() throws(HubError) {
        var ids: Set<ChildID> = []
        for child in children {
            try ChildRules.check(child)
            guard ids.insert(child.id).inserted else {
                throw HubError(.alreadyStarted, "the configuration names \(child.id) twice", outcome: .notExecuted)
            }
        }
    }
}
