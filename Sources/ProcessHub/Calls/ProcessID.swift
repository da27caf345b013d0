// SPDX-License-Identifier: Apache-2.0

public import HubCore

/// The identity of a process: its hub and its child id. This is what a reference carries when it is sent to another
/// node.
public struct ProcessID: Hashable, Codable, Sendable, CustomStringConvertible {
    public let hub: HubID
    public let child: ChildID

    /// Set in the identity of an instance, never in a reference: which instance of this node it is. It takes no part in
    /// equality, hashing and coding, so that a late `deinit` cannot be taken for its successor.
    let residence: Residence?

    package init(hub: HubID, child: ChildID) {
        self.hub = hub
        self.child = child
        residence = nil
    }

    init(_ id: ProcessID, residence: Residence) {
        hub = id.hub
        child = id.child
        self.residence = residence
    }

    private enum CodingKeys: CodingKey {
        case hub, child
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            hub: try container.decode(HubID.self, forKey: .hub),
            child: try container.decode(ChildID.self, forKey: .child))
    }

    public static func == (left: Self, right: Self) -> Bool {
        left.child == right.child && left.hub == right.hub
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(child)  // Few hubs share a child id; equality tells them apart.
    }

    public var description: String { "\(hub)/\(child)" }
}
