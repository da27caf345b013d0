// SPDX-License-Identifier: Apache-2.0

/// A message that waits for its turn.
struct Intake: Hashable, Sendable {
    var message: HubMessage
    var node: NodeName
    /// `nil` for a message of this node to itself.
    var incarnation: Incarnation?

    /// What it costs to handle, in rows.
    var weight: Int {
        switch message {
        case .registry(let message): message.rows
        case .operation(.asked(let request)): request.work.count
        case .operation(.answered(_, _, let items)): items.count
        case .operation(.abandoned), .move, .lacking, .unknown: 1
        }
    }
}

/// What is to be looked at when its time has come.
enum Due: Hashable, Sendable {
    case child(SlotReference)
    case operation(UInt64)
    case arrivals
    case confirmation
    case drain
    /// The others are told again what this node cannot run, and so often after that.
    case lacking(Int)
}

/// A child whose wish is told to others together with its instance, unless that takes too long.
struct Withheld: Hashable, Sendable {
    var slot: SlotReference
    var until: Instant
}

/// All children are looked at once after a view changed, bit by bit and in a circle: a new view does not begin anew.
struct Sweep: Hashable, Sendable {
    var index: UInt32 = 0
    var left = 0
    /// How many slots there were when it was last gone on with.
    var slots = 0
    /// Lives that became members since the last one ended, and told what they run before: readers see it from now on.
    var newcomers: Set<Incarnation> = []
}

/// A child for which this node keeps a place among those that arrive.
struct ExpectedChild: Hashable, Sendable {
    var child: ChildID
    var epoch: Epoch
    var until: Instant
}

/// An owner's answer that this node's registry does not show yet.
struct UnseenItem: Hashable, Sendable {
    var operation: UInt64
    var chunk: UInt32
    var place: UInt8
}

/// Everything goes off this node.
struct Drain: Hashable, Sendable {
    var deadline: Instant
    var moved = 0
    var failed: [ChildID] = []
    /// The deadline passed, or there is nobody to take anything: what is left is stopped.
    var isStopping = false
    var isTold = false
}

/// Answers to one chunk that are not sent yet.
struct Said: Hashable, Sendable {
    var chunk: UInt32
    var key: ChunkKey
    var asker: NodeName
    var items: [ItemAnswer]
}
