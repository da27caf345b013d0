// SPDX-License-Identifier: Apache-2.0

/// Decides which node owns which child: a value, pure and quick, asked with whole batches.
///
/// ```swift
/// struct ByName: DistributionStrategy {
///     func owners(of children: [ChildID], copies: Int, in view: PlacementView) -> [[NodeName]] {
///         let names = view.members.map(\.name).sorted()
///         return children.map { _ in Array(names.prefix(copies)) }
///     }
/// }
/// ```
public protocol DistributionStrategy: Sendable {
    /// Who asks the strategy; ``DecidedBy/everyNode`` by default.
    var decidedBy: DecidedBy { get }
    /// Whether children move when a node joins; they do by default.
    var movesOnJoin: Bool { get }
    /// Registered with the hub for as long as it uses the strategy; none by default.
    var hooks: [Hook] { get }

    /// Looks at a start before anything is done about it; accepts all by default.
    ///
    /// - Throws: ``HubError`` if these children cannot be placed; nothing of the start is done then.
    func validate(_ children: [Child], _ options: StartOptions) throws(HubError)

    /// The nodes that own each child, the one that shall run it first.
    ///
    /// With ``DecidedBy/everyNode`` the same children, copies and members must give the same answer on every node and
    /// each time.
    ///
    /// - Parameters:
    ///   - copies: how many nodes each child shall be on, at least 1; fewer are named where there are fewer.
    ///   - view: who is there; the answer names no others.
    /// - Returns: as many lists as there are children, in their order; an empty list where no node takes the child.
    func owners(of children: [ChildID], copies: Int, in view: PlacementView) -> [[NodeName]]
}

extension DistributionStrategy {
    public var decidedBy: DecidedBy { .everyNode }
    public var movesOnJoin: Bool { true }
    public var hooks: [Hook] { [] }
    public func validate(_ children: [Child], _ options: StartOptions) throws(HubError) {}
}

/// Who asks a strategy where a child belongs.
public enum DecidedBy: UInt8, Hashable, Sendable, CaseIterable {
    /// Each node for itself, whenever it wants to know: the answer must be the same everywhere.
    case everyNode = 0
    /// One node, once; its answer is recorded with the wish, so it need not be the same each time.
    case leader = 1
}
