// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import Synchronization

/// Who writes the read table. Its readers are the calls and lookups.
extension CallDriver {
    /// A hub's machine tells what is to be read from now on.
    func publish(_ rows: [ReadRow], of hub: HubID) {
        for row in rows { table.publish(row.content, of: ProcessID(hub: hub, child: row.child)) }
        // After the rows, so that a call which begins to wait meanwhile sees one or is seen.
        guard waiting.hasCallersOfProcesses else { return }
        for row in rows { changed(ProcessID(hub: hub, child: row.child)) }
    }

    /// A process told of a newer activation than the table knows. An epoch that cannot be one changes nothing.
    func raise(_ id: ProcessID, to route: Route) {
        guard observe(route.epoch) else { return }
        if table.raise(id, to: route) { changed(id) }
    }

    func changed(_ id: ProcessID) {
        for call in waiting.callers(of: id) {
            perform(call.tell { $0.routeChanged(routing(table[id]), at: Clock.elapsed()) }, for: call)
        }
    }
}

// MARK: - Instances of this node

/// What callers are told who wait at the gate of an instance that ends.
enum Closing: Sendable {
    /// The process was stopped.
    case stopped
    /// Its next activation, if there is to be one: they wait until the table knows.
    case ended
    /// It goes on there.
    case superseded(Route)
}

extension CallDriver {
    /// Lets calls reach an instance.
    ///
    /// - Returns: the instance that they reach no longer: one with a lower epoch, or this one if there is one with a
    ///   higher.
    func open(_ instance: Instance) -> Instance? {
        watch.begin()
        let displaced = table.open(instance, at: Route(node: name, epoch: instance.epoch))
        if displaced !== instance, waiting.hasCallersOfProcesses { changed(instance.id) }
        return displaced
    }

    /// An instance goes on under a higher epoch, and its callers with it.
    func renew(_ instance: Instance, under epoch: Epoch) {
        instance.gate.withLock { $0.take(epoch) }
        instance.residence.update { $0.epoch = epoch }
        raise(instance.id, to: Route(node: name, epoch: epoch))
    }

    /// Lets no call reach an instance any more: those that wait are refused.
    ///
    /// - Parameter cancellingTurns: whether turns that have a task of their own are cancelled.
    func close(_ instance: Instance, _ closing: Closing, cancellingTurns: Bool) {
        let refusal: Refusal
        switch closing {
        case .stopped:
            refusal = .stopped
            table.close(instance, successor: nil)
        case .ended:
            refusal = .notHere
            table.close(instance, successor: nil)
        case .superseded(let route):
            refusal = .redirect(route)
            table.close(instance, successor: route)
        }
        let stop = instance.gate.withLock { $0.stop() }
        for waiter in stop.refused { refuse(waiter, refusal) }
        if cancellingTurns { for turn in stop.cancelled { instance.cancel(turn) } }
        if waiting.hasCallersOfProcesses { changed(instance.id) }
    }
}
