// SPDX-License-Identifier: Apache-2.0

/// Decides who is in the cluster, which connections are wanted and which hubs run where. One per node.
package struct NodeMachine: Machine, Hashable {
    package let name: NodeName
    var membership: Membership

    /// - Parameters:
    ///   - incarnation: new at every boot.
    ///   - seed: of all that the machine leaves to chance.
    package init(
        name: NodeName, incarnation: Incarnation, traits: NodeTraits = NodeTraits(),
        settings: MembershipSettings = MembershipSettings(), seed: UInt64
    ) {
        self.name = name
        membership = Membership(
            name: name, incarnation: incarnation, traits: traits, settings: settings, seed: seed)
    }

    /// The life it leads now.
    package var incarnation: Incarnation { membership.incarnation }
    package var standing: Standing { membership.standing }

    package static var timePassed: NodeEvent { .timePassed }

    package var nextTick: Instant? { membership.nextTick }

    /// ``nextTick``, for who asks after every event: where the machine lies, for it is copied to answer anything that does not
    /// say that it changes it.
    package mutating func pulse() -> Instant? { membership.nextTick }

    package mutating func handle(_ event: NodeEvent, at now: Instant, into effects: inout [NodeEffect]) {
        membership.notePause(at: now)
        decide(event, at: now)
        for action in membership.finish() { effects.append(NodeEffect(action)) }
    }

    private mutating func decide(_ event: NodeEvent, at now: Instant) {
        switch event {
        case .started(let address, let seeds, let found):
            membership.start(address: address, seeds: seeds, found: found, at: now)
        case .candidatesFound(let addresses): membership.add(candidates: addresses, at: now)
        case .hubStarted(let hub): membership.setHub(hub, isRunning: true, at: now)
        case .hubStopped(let hub): membership.setHub(hub, isRunning: false, at: now)
        case .drainAsked: membership.drain(at: now)
        case .leaveAsked: membership.leave(at: now)
        case .timePassed: membership.tick(at: now)
        case .linkUp(let name, let incarnation, let address): membership.linkUp(name, incarnation, address, at: now)
        case .linkDown(let name, let incarnation, let end): membership.linkDown(name, incarnation, end, at: now)
        case .dialFailed(let address, let node, let fault):
            membership.dialFailed(address, node: node, fault, at: now)
        case .peerRenewed(let name, let old, let new): membership.peerRenewed(name, from: old, to: new, at: now)
        case .received(.membership(let message), let name, let incarnation):
            membership.receive(message, from: name, incarnation, at: now)
        case .received(.unknown, _, _): break
        }
    }
}

extension NodeEffect {
    fileprivate init(_ action: MembershipAction) {
        switch action {
        case .send(let message, let name): self = .send(.membership(message), to: name)
        case .connect(let name, let address): self = .connect(name, address)
        case .dialSeed(let address): self = .dialSeed(address)
        case .forgetSeed(let address): self = .forgetSeed(address)
        case .disconnect(let life): self = .disconnect(life.name, life.incarnation)
        case .renew(let incarnation): self = .renew(incarnation)
        case .viewChanged(let view): self = .viewChanged(view)
        case .rosterChanged(let roster): self = .rosterChanged(roster)
        case .nameTaken(let incarnation): self = .nameTaken(by: incarnation)
        case .left: self = .left
        case .note(let note): self = .note(note)
        }
    }
}
