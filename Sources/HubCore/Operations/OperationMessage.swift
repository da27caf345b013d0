// SPDX-License-Identifier: Apache-2.0

/// How starts, stops and changes reach the owners of their children, and what came of them goes back.
///
/// An operation is named by its asking node's incarnation and number; it travels in chunks of at most
/// ``Limits/operationChunk`` children. A chunk may be asked for again: owners recognise what they decided, and a wish
/// remembers the operation that made it, so that another owner recognises it as well.
package enum OperationMessage: Hashable, Sendable {
    indirect case asked(OperationRequest)
    /// What became of some children of a chunk.
    case answered(RequestID, chunk: UInt32, [ItemAnswer])
    /// The asking node does not wait for it any more; what is remembered of it may be forgotten.
    case abandoned(RequestID)
}

/// Some children of one chunk of an operation.
package struct OperationRequest: Hashable, Sendable {
    package var operation: RequestID
    package var chunk: UInt32
    package var asker: NodeName
    /// How often it was passed on by nodes that see another owner.
    package var hops: UInt8
    /// When it was asked: an owner that holds something newer says so instead of overwriting it.
    package var stamp: Stamp
    /// Of the whole operation.
    package var remaining: Duration
    /// Members that passed it on because they cannot run its kind.
    package var lacking: [NodeName]
    package var work: Work

    package init(
        operation: RequestID, chunk: UInt32, asker: NodeName, stamp: Stamp, remaining: Duration, work: Work
    ) {
        self.operation = operation
        self.chunk = chunk
        self.asker = asker
        self.hops = 0
        self.stamp = stamp
        self.remaining = remaining
        self.lacking = []
        self.work = work
    }

    package enum Work: Hashable, Sendable {
        case start([StartItem], StartOptions.ExistingPolicy)
        case stop([StopItem])
        /// Stop those of them that this very operation started.
        case undo([StopItem])
        case change(ChangeItem)

        /// How many children it names.
        package var count: Int {
            switch self {
            case .start(let items, _): items.count
            case .stop(let items), .undo(let items): items.count
            case .change: 1
            }
        }
    }
}

package struct StartItem: Hashable, Sendable {
    /// Which child of the chunk.
    package var place: UInt8
    package var child: Child

    package init(place: UInt8, child: Child) {
        self.place = place
        self.child = child
    }
}

package struct StopItem: Hashable, Sendable {
    package var place: UInt8
    package var child: ChildID
    /// The newest wish the asking node knows: an owner that knows less waits for it.
    package var known: Stamp

    package init(place: UInt8, child: ChildID, known: Stamp) {
        self.place = place
        self.child = child
        self.known = known
    }
}

package struct ChangeItem: Hashable, Sendable {
    package var child: ChildID
    package var known: Stamp
    /// `nil` leaves it as it is.
    package var metadata: [String: MetadataValue]?
    package var tags: Set<String>?

    package init(child: ChildID, known: Stamp, metadata: [String: MetadataValue]?, tags: Set<String>?) {
        self.child = child
        self.known = known
        self.metadata = metadata
        self.tags = tags
    }
}

/// What an owner says about one child of a chunk.
package struct ItemAnswer: Hashable, Sendable {
    package var place: UInt8
    package var result: ItemResult

    package init(place: UInt8, result: ItemResult) {
        self.place = place
        self.result = result
    }
}

package enum ItemResult: Hashable, Sendable {
    /// `stamp` is that of the wish the outcome is about: the asking node answers once its own registry shows it.
    case decided(ChildOutcome, stamp: Stamp)
    /// The owner holds a wish that is newer than the operation, this one: if the operation still waits, it asks anew.
    case outdated(Stamp)
}
