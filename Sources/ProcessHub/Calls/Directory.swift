// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import Synchronization

/// Who writes the read table. Its readers are the calls and lookups.
extension CallDriver {
    /// Takes note of where a child is activated, or of no more than that it is wished for.
    ///
    /// A route with a lower epoch than the one known changes nothing.
    func learn(_ id: ProcessID, kind: ProcessKind, route: Route?) {
        table.update(id) { entry in
            guard var known = entry else {
                entry = ReadEntry(kind: kind, route: route)
                return
            }
            guard let route, known.route.map({ $0.epoch < route.epoch }) ?? true else { return }
            known.kind = kind
            known.route = route
            known.isStopped = false
            entry = known
        }
        changed(id)
    }

    /// A process told of a newer activation than the table knows.
    func raise(_ id: ProcessID, to route: Route) {
        let isNews = table.update(id) { entry in
            guard let known = entry?.route, known.epoch < route.epoch else { return false }
            entry?.route = route
            return true
        }
        if isNews { changed(id) }
    }

    /// The child is wished for no longer.
    func forget(_ id: ProcessID) {
        table.update(id) { entry in
            guard entry?.instance == nil, entry?.isReserved != true else { return }
            entry = nil
        }
        changed(id)
    }

    private func changed(_ id: ProcessID) {
        for call in waiting.callers(of: id) {
            perform(call.tell { $0.routeChanged(routing(table[id]), at: Clock.elapsed()) }, for: call)
        }
    }
}

// MARK: - Instances of this node

extension CallDriver {
    /// Takes an id on this node for an instance that is being made.
    ///
    /// - Returns: what was known of the child before, for ``unreserve(_:restoring:)``.
    /// - Throws: ``HubError`` with ``HubError/Code/alreadyStarted`` if it is taken.
    func reserve(_ id: ProcessID, kind: ProcessKind) throws(HubError) -> ReadEntry? {
        let (isFree, before) = table.update(id) { entry in
            if let entry, entry.instance != nil || entry.isReserved { return (false, nil as ReadEntry?) }
            defer {
                entry = ReadEntry(kind: kind, route: entry?.route)
                entry?.isReserved = true
            }
            return (true, entry)
        }
        guard isFree else {
            throw HubError(.alreadyStarted, "\(id) runs on \(name) already", outcome: .notExecuted)
        }
        return before
    }

    /// The instance could not be made: what was known before counts again, and what was learned meanwhile.
    func unreserve(_ id: ProcessID, restoring before: ReadEntry?) {
        table.update(id) { entry in
            guard entry?.isReserved == true, entry?.instance == nil else { return }
            if entry?.route == before?.route {
                entry = before
            } else {
                entry?.isReserved = false
            }
        }
        changed(id)
    }

    /// Lets calls reach an instance.
    func open(_ instance: Instance) {
        let route = Route(node: name, epoch: instance.residence.facts.epoch)
        table.update(instance.id) { entry in
            entry = ReadEntry(kind: instance.kind.kind, route: route, instance: instance)
        }
        changed(instance.id)
    }

    /// Lets no call reach an instance any more: those that wait are refused.
    ///
    /// - Parameter cancellingTurns: whether turns that have a task of their own are cancelled.
    func close(_ instance: Instance, cancellingTurns: Bool) {
        table.update(instance.id) { entry in
            guard entry?.instance === instance else { return }
            entry?.instance = nil
            entry?.isStopped = true
        }
        if let oldest = stopped.note(instance.id) { drop(oldest) }
        let stop = instance.gate.withLock { $0.stop() }
        for waiter in stop.refused { refuse(waiter, .stopped) }
        if cancellingTurns { for turn in stop.cancelled { instance.cancel(turn) } }
        changed(instance.id)
    }

    /// Forgets that a child was stopped, if it still is.
    private func drop(_ id: ProcessID) {
        table.update(id) { entry in
            if entry?.isStopped == true { entry = nil }
        }
    }
}
