// SPDX-License-Identifier: Apache-2.0

internal import HubCore

// What is checked over all hubs of the cluster, once all has been well for a while.

extension Judge {
    func settleHubs(_ world: World) {
        guard calmSince <= world.now - bounds.hubs else { return }
        checkHubs(world)
    }

    /// Every hub by itself: it knows nothing of the others.
    func checkHubs(_ world: World) {
        guard let hubs = world.hubs, violation == nil else { return }
        hubs.now = world.now
        for id in hubs.running where violation == nil {
            HubInspection(id, world, bounds).check()
            world.collectComplaints()
        }
    }
}
