// SPDX-License-Identifier: Apache-2.0

internal import Distributed
public import HubCore

/// A named group of processes with one configuration. Nodes that run a hub of the same id form its members.
///
/// ```swift
/// let hub = try Hub("carts", on: node) { $0.processes = [Cart.self] }
/// ```
public final class Hub: Sendable {
    public let id: HubID
    public let node: Node
    let hosted: Set<ProcessKind>

    /// Prepares a hub; nothing runs before its node does.
    ///
    /// - Throws: ``HubError``: the id or a kind's name is invalid, two types claim one kind name, a kind is generic or
    ///   has two methods of one name, or the node has a hub of this id already; and what `configure` throws. The hub does
    ///   not exist then; kinds that were found in order before stay known to the node, which can call them.
    public init(
        _ id: HubID, on node: Node, _ configure: (inout HubConfiguration) throws -> Void = { _ in }
    ) throws {
        try id.validate()
        var configuration = HubConfiguration()
        try configure(&configuration)
        var hosted: Set<ProcessKind> = []
        for type in configuration.processes {
            hosted.insert(try node.calls.kinds.register(type).kind)
        }
        self.id = id
        self.node = node
        self.hosted = hosted
        try node.admit(hub: id)
    }

    /// A typed reference to a child, whether or not it runs.
    ///
    /// Never waits and never touches the network. A call through the reference finds the process where it is then.
    ///
    /// - Throws: ``HubError``: the id is invalid, the child is known and of another kind, or the type cannot be a kind.
    public func process<P: HubProcess>(_ id: ChildID, as type: P.Type) throws(HubError) -> P {
        try id.validate()
        let kind = try node.calls.kinds.register(type).kind
        let process = ProcessID(hub: self.id, child: id)
        if let known = node.calls.table[process], known.kind != kind {
            throw HubError(.wrongKind, "\(process) is a \(known.kind), not a \(kind)", outcome: .notExecuted)
        }
        do {
            return try P.resolve(id: process, using: node.actorSystem)
        } catch {
            throw HubError(.internalFault, "no reference to \(process)", outcome: .notExecuted, cause: error)
        }
    }
}

/// What a hub is made from.
public struct HubConfiguration: Sendable {
    /// The kinds that the hub may run on this node. Nothing else is ever decoded.
    public var processes: [any HubProcess.Type] = []

    init() {}
}
