// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// What callers were told about children, and which lives of hubs held it then: the history that S8 and S9 are checked on.
///
/// It says something about a child only where nothing else can have changed it meanwhile: an operation that nobody
/// answered may still have its effect, within ``afterlife``.
struct WishBook {
    private var records: [HubChild: Record] = [:]
    /// Starts that were taken back, and said so in time.
    private(set) var undone: Set<RequestID> = []

    struct Record {
        /// An acknowledged start, and who held it.
        var running: Certain?
        /// An acknowledged stop, and who held it.
        var stopped: Certain?
        /// Until when a start, a stop or a change of which nobody knows may have its effect.
        var looseStart: Time = 0
        var looseStop: Time = 0
        var looseChange: Time = 0
        var startAsked: Time = -1
        var stopAsked: Time = -1
        var changeAsked: Time = -1
        /// When anything was last asked of it or told about it.
        var touched: Time = 0
        var pending = 0
    }

    struct Certain {
        var version: Wish.Version
        var lives: [Int]
    }

    /// How long what was asked may wander about.
    private static let afterlife: Time = .seconds(40)

    subscript(key: HubChild) -> Record? { records[key] }

    // MARK: - Asked

    mutating func asked(_ work: inout AskedWork, of hub: HostedHub) {
        work.isAlone = true
        for child in work.children {
            var record = records[HubChild(hub: hub.id, child: child)] ?? Record()
            if record.pending > 0 { work.isAlone = false }
            record.pending += 1
            record.touched = hub.world.now
            switch work.sort {
            case .start:
                record.stopped = nil
                record.startAsked = hub.world.now
            case .stop:
                record.running = nil
                record.stopAsked = hub.world.now
            case .change:
                record.changeAsked = hub.world.now
            }
            records[HubChild(hub: hub.id, child: child)] = record
        }
    }

    /// Whether nothing was asked of the child since this operation was.
    func isUntouched(_ child: ChildID, by work: AskedWork, _ hub: HostedHub) -> Bool {
        guard let record = records[HubChild(hub: hub.id, child: child)] else { return true }
        let loose =
            switch work.sort {
            case .start: record.looseStop
            case .stop: record.looseStart
            case .change: max(record.looseStart, record.looseStop)
            }
        var last = max(record.startAsked, record.stopAsked)
        if case .change = work.sort { last = max(last, record.changeAsked) }
        return record.pending == 1 && last <= work.askedAt && loose < work.askedAt
    }

    // MARK: - Answered

    mutating func answered(_ answer: ChildAnswer, _ work: AskedWork, _ hub: HostedHub, _ registries: [HubRegistry]) {
        let key = HubChild(hub: hub.id, child: answer.child)
        let isUntouched = work.isAlone && isUntouched(answer.child, by: work, hub)
        guard var record = records[key] else { return }
        record.touched = hub.world.now
        let now = hub.world.now
        // A change gives the wish a newer stamp, which others may hold or not.
        let isUnchanged = record.changeAsked <= work.askedAt && record.looseChange < work.askedAt
        switch answer.outcome {
        case .started(_, let holders):
            guard isUntouched, let held = Holding(of: answer.child, by: hub, registries) else { break }
            guard held.isPermanent else {
                // It outdoes an earlier start of which its owner knew nothing, and may end by itself.
                if let running = record.running, held.version > running.version { record.running = nil }
                break
            }
            // What was kept on another node's word has the holders of that wish, not of the one that this node wrote before.
            let isKept = work.keeps && held.count < holders && held.keepers >= holders
            if isUnchanged, !isKept { held.check(holders, hub, answer) }
            // Where tombstones are collected soon, a horizon may cover what a part of the cluster has not heard of.
            let isSafe = !hub.world.forgetsSoon || held.lives.count == registries.count(where: \.isLiving)
            if held.isHighest, isSafe { record.running = Certain(version: held.version, lives: held.lives) }
        case .stopped(_, let holders):
            guard isUntouched, let held = Holding(of: answer.child, by: hub, registries), !held.isRunning else { break }
            held.check(holders, hub, answer)
            if held.isHighest { record.stopped = Certain(version: held.version, lives: held.lives) }
            if held.isHighest { checkStopped(answer.child, hub) }
        case .changed(let holders):
            guard isUntouched, let held = Holding(of: answer.child, by: hub, registries), held.isPermanent else {
                break
            }
            if isUnchanged { held.check(holders, hub, answer) }
        case .failed(.deadlinePassed), .failed(.leaving), .failed(.rolledBack):
            loosen(&record, work, until: now + Self.afterlife)
            fall(&record, work, hub)
        case .failed(.startFailed): fall(&record, work, hub)
        case .failed: break
        }
        records[key] = record
    }

    private func loosen(_ record: inout Record, _ work: AskedWork, until time: Time) {
        switch work.sort {
        case .start: record.looseStart = time
        case .stop: record.looseStop = time
        case .change: record.looseChange = time
        }
    }

    /// While views may differ a start that fails may have been decided by an owner that knew nothing of an earlier one: the
    /// later wish, which falls, stands for both.
    private func fall(_ record: inout Record, _ work: AskedWork, _ hub: HostedHub) {
        guard case .start = work.sort, !hub.world.isCalm || record.looseStart >= work.askedAt else { return }
        record.running = nil
        record.looseStop = hub.world.now + Self.afterlife
    }

    mutating func finished(_ work: AskedWork, isRolledBack: Bool, _ hub: HostedHub) {
        if isRolledBack, hub.world.now < work.askedAt + work.deadline { undone.insert(work.key) }
        release(work, hub, isLoose: false)
    }

    /// Its caller's process ended: nobody knows what becomes of it.
    mutating func forgotten(_ work: AskedWork, _ hub: HostedHub) { release(work, hub, isLoose: true) }

    private mutating func release(_ work: AskedWork, _ hub: HostedHub, isLoose: Bool) {
        for child in work.children {
            let key = HubChild(hub: hub.id, child: child)
            guard var record = records[key] else { continue }
            record.pending -= 1
            record.touched = hub.world.now
            if isLoose {
                loosen(&record, work, until: hub.world.now + Self.afterlife)
                fall(&record, work, hub)
            }
            records[key] = record
        }
    }

    // MARK: - S9

    /// An activation was ordered: not by anybody who held the tombstone of an acknowledged stop.
    func ordered(_ instance: InstanceID, on hub: HostedHub) {
        guard let stopped = records[HubChild(hub: hub.id, child: instance.child)]?.stopped,
            stopped.lives.contains(hub.life)
        else { return }
        hub.complain(.resurrection, "\(instance.child) was stopped, and is activated again (S9)")
    }

    /// A stop was acknowledged in calm times: no instance is left, not even one that is ending.
    private func checkStopped(_ child: ChildID, _ hub: HostedHub) {
        guard hub.world.isCalm else { return }
        for other in hub.world.hubs(of: hub.id) {
            guard other.places.keys.contains(where: { $0.child == child }) else { continue }
            hub.complain(
                .resurrection, "\(child) is said to be stopped and runs on \(other.name) (S9)")
        }
    }
}

/// What a life of a hub knows, or knew at its end.
struct HubRegistry {
    var life: Int
    var isLiving: Bool
    var members: Int
    let holder: any MachineHolder
}

/// Where a machine of a hub lies, to be looked at without a copy.
protocol MachineHolder: AnyObject {
    func look<R>(_ body: (inout HubMachine) -> R) -> R
}

/// The machine of a life that is over.
final class HubRemains: MachineHolder {
    private var machine: HubMachine

    init(_ machine: HubMachine) { self.machine = machine }

    func look<R>(_ body: (inout HubMachine) -> R) -> R { body(&machine) }
}

/// Who holds the wish that its node's caller was told about.
private struct Holding {
    var version: Wish.Version
    var isRunning: Bool
    /// It does not end by itself.
    var isPermanent: Bool
    /// Living ones.
    var lives: [Int] = []
    /// With those that ended lately.
    var count = 0
    /// Those that wish for the child too, under whatever stamp.
    var keepers = 0
    /// Nobody living holds a later wish: clocks that differ can give one.
    var isHighest = true
    /// The fewest members that anybody had in view lately.
    var smallestView = Int.max

    init?(of child: ChildID, by hub: HostedHub, _ registries: [HubRegistry]) {
        guard let own = hub.look({ KnownWish(child, $0.registry) }) else { return nil }
        version = own.version
        isRunning = own.isRunning
        isPermanent = isRunning && own.restart == .permanent
        for known in registries {
            if known.isLiving { smallestView = min(smallestView, known.members) }
            let (wish, horizon) = known.holder.look { (KnownWish(child, $0.registry), $0.registry.horizon) }
            // A collected tombstone is held by the horizon that covers it.
            guard wish != nil || (!isRunning && horizon >= version.since) else { continue }
            var held = wish?.version ?? version
            // Two owners may have decided one start, one after the other: they wish for the same.
            if let wish, isRunning, wish.isRunning, wish.origin == own.origin { held = max(held, version) }
            if held >= version { count += 1 }
            if held >= version || (isRunning && wish?.isRunning ?? false) { keepers += 1 }
            if held >= version, known.isLiving { lives.append(known.life) }
            if held > version, known.isLiving { isHighest = false }
        }
    }

    /// S8: as many hold it as the caller is told, and a majority does.
    func check(_ holders: Int, _ hub: HostedHub, _ answer: ChildAnswer) {
        if isRunning, hub.world.isOvertaken(answer.child, on: hub) { return }
        // Who dropped the start, because a horizon passed it, needs no tombstone of it.
        if !isRunning, hub.world.isDroppedAnywhere(answer.child, hub.id) { return }
        if holders > count {
            hub.complain(.holders, "\(answer.child): said to be held by \(holders), and \(count) do (S8)")
        }
        if count < smallestView / 2 + 1 {
            hub.complain(.holders, "\(answer.child): held by \(count) of at least \(smallestView) (S8)")
        }
    }
}

/// A wish as one registry has it.
private struct KnownWish {
    let version: Wish.Version
    let origin: RequestID
    let isRunning: Bool
    let restart: RestartPolicy

    init?(_ child: ChildID, _ registry: borrowing Registry) {
        guard let slot = registry.peek(child), let desired = registry.desired(of: slot) else { return nil }
        version = registry.version(of: slot)
        origin = registry.origin(of: slot)
        isRunning = desired == .running
        restart = registry.restart(of: slot)
    }
}
