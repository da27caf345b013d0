// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// A child of one hub.
struct HubChild: Hashable {
    var hub: HubID
    var child: ChildID

    /// By the child alone: there is one hub, mostly.
    func hash(into hasher: inout Hasher) { hasher.combine(child) }
}

/// S2: no two activations of a child share an epoch, anywhere, and epochs grow, over a full restart too.
struct EpochBook {
    private var children: [HubChild: Entry] = [:]

    private struct Entry {
        var epochs: Set<Epoch> = []
        var highest = Epoch.none
        var highestAt: Time = 0
        /// On which life of a hub.
        var highestOn = 0
    }

    /// How far apart clocks are that were never set: an activation so much later has the higher epoch, whoever ordered
    /// either. Orders wait for authorities and slow initializers, so it is generous.
    private static let margin: Time = .seconds(20)

    mutating func ordered(_ instance: InstanceID, on hub: HostedHub) {
        let key = HubChild(hub: hub.id, child: instance.child)
        var entry = children[key] ?? Entry()
        children[key] = nil
        if !entry.epochs.insert(instance.epoch).inserted {
            hub.complain(.epochs, "\(instance.child) is activated twice under \(instance.epoch) (S2)")
        }
        let now = hub.world.now
        if instance.epoch > entry.highest {
            (entry.highest, entry.highestAt, entry.highestOn) = (instance.epoch, now, hub.life)
        } else if entry.highestOn == hub.life || (now - entry.highestAt > Self.margin && !hub.world.hasJumps) {
            hub.complain(.epochs, "\(instance.child) is activated under \(instance.epoch) after \(entry.highest) (S2)")
        }
        children[key] = entry
    }
}
