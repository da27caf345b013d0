// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// S13: each activation is told once when it begins and, unless its node ends, once when it is over, in order.
struct HookBook {
    /// By child, the activation that was told and is not over.
    private(set) var active: [ChildID: Epoch] = [:]
    private var told: Set<InstanceID> = []
    /// Children whose wish was dropped because a collected tombstone covers it.
    private(set) var dropped: Set<ChildID> = []

    mutating func note(_ note: HubNote, _ hub: HostedHub) {
        switch note {
        case .activated(let instance, let activation, let cause):
            hub.world.marks.reach(.cause(cause))
            guard told.insert(instance).inserted else {
                return hub.complain(.hooks, "\(instance.child) under \(instance.epoch) is activated twice (S13)")
            }
            if let old = active.updateValue(instance.epoch, forKey: instance.child) {
                hub.complain(
                    .hooks, "\(instance.child) is activated again, and \(old) is not over (S13)")
            }
            if activation == .handedOver {
                hub.complain(.hooks, "\(instance.child) is handed over without a move (S3)")
            }
        case .deactivated(let instance, _):
            guard active[instance.child] == instance.epoch else {
                return hub.complain(
                    .hooks, "\(instance.child) under \(instance.epoch) is over, and was not active (S13)")
            }
            active[instance.child] = nil
        case .droppedAsStopped(let child): dropped.insert(child)
        case .quarantined, .conflictResolved, .refusedStamp, .childMoved, .restartsDelayed: break
        }
    }

    /// At a quiet time: what hooks were told is what runs.
    func check(_ hub: HostedHub) {
        for (child, epoch) in active where hub.places[InstanceID(child: child, epoch: epoch)] == nil {
            return hub.complain(.hooks, "\(child) under \(epoch) is active for hooks, and does not run (S13)")
        }
        for (child, number) in hub.open where hub.instances[number]?.id.epoch != active[child] {
            return hub.complain(.hooks, "\(child) runs and hooks were not told (S13)")
        }
    }
}
