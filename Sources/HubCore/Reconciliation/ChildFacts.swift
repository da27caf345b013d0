// SPDX-License-Identifier: Apache-2.0

/// What a node knows about one child when it asks itself what to do about it.
package struct ChildFacts: Hashable, Sendable {
    package var node: NodeName
    package var wish: WishFact
    /// Whom the strategy names in the settled view; `nil` if nobody takes the child.
    package var owner: NodeName?
    package var own: OwnFact
    /// Copies in the slices of the other members of the settled view.
    package var rivals: [Rival]
    /// A node that is in no view, which may be about to join or be gone, has a copy.
    package var isOnStranger: Bool
    /// This node serves, and goes on to.
    package var serves: Bool
    /// It takes what it agreed to take: it serves, or leaves and has the time to pass it on.
    package var takesIn: Bool
    /// It also knows what the other members hold.
    package var mayStart: Bool
    /// This node knows what the other members hold, and takes care of what it has: it serves, or leaves.
    package var mayGoOn: Bool
    /// Whether it goes to its owner although it runs well where it is.
    package var movesToOwner: Bool

    package init(
        node: NodeName, wish: WishFact, owner: NodeName?, own: OwnFact, rivals: [Rival], isOnStranger: Bool = false,
        serves: Bool, takesIn: Bool, mayStart: Bool, mayGoOn: Bool, movesToOwner: Bool
    ) {
        self.node = node
        self.wish = wish
        self.owner = owner
        self.own = own
        self.rivals = rivals
        self.isOnStranger = isOnStranger
        self.serves = serves
        self.takesIn = takesIn
        self.mayStart = mayStart
        self.mayGoOn = mayGoOn
        self.movesToOwner = movesToOwner
    }
}

package enum WishFact: Hashable, Sendable {
    /// Nothing is wished of it, or that it is stopped.
    case notRunning
    /// `isNew`: this node has just decided it, and nobody else can have started it.
    case running(RestartPolicy, isNew: Bool)
}

/// What this node itself does with the child.
package enum OwnFact: Hashable, Sendable {
    case nothing
    /// Its instance ended: it waits for its next restart, or is quarantined.
    case idle(Epoch)
    /// An instance is being made, or is about to be.
    case starting(Epoch)
    /// An instance runs. `version`: its finished turns; `met`: the highest epoch of another one it was renewed against.
    case running(Epoch, version: UInt64, met: Epoch)
    /// An instance is being stopped.
    case ending(Epoch)
    /// It runs, or ran, for a life of this node that was declared dead.
    case held(Epoch)
    /// Given up: it is to run there, under this epoch.
    case moved(to: NodeName, Epoch)
}

/// A copy on another member.
package struct Rival: Hashable, Sendable {
    package var node: NodeName
    package var copy: Copy

    package init(node: NodeName, copy: Copy) {
        self.node = node
        self.copy = copy
    }
}

/// What a node does about one child.
package enum ReconcileOrder: Hashable, Sendable {
    case nothing
    /// Begin an activation, under this epoch if the source of a move minted one.
    case begin(ActivationCause, epoch: Epoch?)
    /// End the instance.
    case end(StopCause)
    /// Take back what has not begun, or forget a record.
    case withdraw
    /// Go on under a new epoch; `met` is the highest epoch of another instance that was met, if that is why.
    case renew(met: Epoch?)
    /// Offer it to another node.
    case move(to: NodeName)
    /// It arrived where it moved to.
    case arrived
    /// The child has had its one life: stop it everywhere.
    case endWish

    package enum StopCause: Hashable, Sendable {
        case stopped
        case superseded(Route)
    }
}
