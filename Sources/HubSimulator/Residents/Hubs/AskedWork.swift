// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// What a caller asked of a hub, and what it was told so far.
struct AskedWork {
    var sort: Sort
    /// As they were named; one may be named twice.
    var children: [ChildID]
    /// What other nodes call it.
    var key: RequestID
    var askedAt: Time
    var deadline: Time
    /// When the caller's node has to have told it everything.
    var overdueAt: Instant
    /// How many answers each child got.
    var answers: [ChildID: Int] = [:]
    var answered = 0
    var hasFailed = false
    /// It was turned away as a whole: nothing was begun.
    var isRefused = true
    /// Whether another operation was under way for one of its children, or was asked for meanwhile.
    var isAlone: Bool
    /// How often it was late for a good reason.
    var excuses = 0
    /// Of the members when it was asked.
    var lives: [MemberLife] = []
    /// Of a start: those that end their own wish.
    var isFleeting: Set<ChildID> = []

    /// A start that is content with a child that is there.
    var keeps: Bool { if case .start(let options) = sort { options.existing == .keep } else { false } }

    enum Sort: Hashable {
        case start(StartOptions)
        case stop
        case change([String: MetadataValue], Set<String>)

        var word: String {
            switch self {
            case .start: "start"
            case .stop: "stop"
            case .change: "change"
            }
        }
    }

    var rollsBack: Bool { if case .start(let options) = sort { options.onFailure == .rollBack } else { false } }
}

/// What ends together with what a member runs.
struct MemberLife: Hashable {
    var name: NodeName
    var incarnation: Incarnation
    /// Of its hub.
    var life: Int?
}

// MARK: - What callers ask

extension HostedHub {
    func beginRequests() {
        guard world.plan.climate.hubs.clients > 0, seat < world.plan.nodes else { return }
        nextRequest = now.advanced(by: .milliseconds(Int64(chance.below(2_000))))
    }

    /// A caller of this node asks for something, at random.
    func request() {
        let climate = world.plan.climate.hubs
        guard !world.isClosing, !isLeaving else { return nextRequest = nil }
        nextRequest = now.advanced(by: .nanoseconds(chance.within(.milliseconds(10)...climate.pace * 2)))
        let deadline = Duration.nanoseconds(chance.within(.milliseconds(200)...HubClimate.longestDeadline))
        if chance.below(100) == 0 { return requestMuch(climate, deadline) }
        let count = 1 + chance.index(below: climate.batch)
        if climate.isEachIDUsedOnce { return requestOnce(count, climate, deadline) }
        let ids = (0..<count).map { _ in ChildID("c\(chance.index(below: climate.children))") }
        switch chance.below(100) {
        case ..<55: start(ids.map { draw($0) }, drawOptions(deadline))
        case ..<85: stop(ids, StopOptions(deadline: deadline))
        default:
            let metadata = chance.below(3) == 0 ? [:] : ["of": MetadataValue.integer(Int64(lastOperation))]
            change(ids[0], metadata: metadata, tags: ["t\(chance.below(3))"], deadline: deadline)
        }
    }

    /// Starts children that nobody ever asked for, or has some of those stopped for good, whoever started them.
    private func requestOnce(_ count: Int, _ climate: HubClimate, _ deadline: Duration) {
        var living = world.sessions[id] ?? []
        defer { world.sessions[id] = living }
        if living.isEmpty || (living.count < climate.children && chance.below(100) < 60) {
            let ids = (0..<count).map { ChildID("s\(lastOperation)-\(life)-\($0)") }
            living += ids
            return start(ids.map { draw($0) }, drawOptions(deadline))
        }
        if chance.below(8) == 0 {
            let metadata = ["of": MetadataValue.integer(Int64(lastOperation))]
            return change(chance.pick(living), metadata: metadata, tags: ["t"], deadline: deadline)
        }
        let ids = (0..<min(count, living.count)).map { _ in living.remove(at: chance.index(below: living.count)) }
        stop(ids, StopOptions(deadline: deadline))
    }

    private func requestMuch(_ climate: HubClimate, _ deadline: Duration) {
        let ids = (0..<climate.largeBatch).map { ChildID("l\($0)") }
        if chance.below(2) == 0 {
            start(ids.map { Child(id: $0, kind: Behaviour.ok.kind) }, drawOptions(deadline))
        } else {
            stop(ids, StopOptions(deadline: deadline))
        }
    }

    private func draw(_ id: ChildID) -> Child {
        let behaviour: Behaviour = chance.below(2) == 0 ? .ok : chance.pick(Behaviour.allCases)
        var child = Child(id: id, kind: behaviour.kind, arguments: [UInt8(chance.below(256))])
        if chance.below(4) == 0 { child.restart = chance.pick(RestartPolicy.allCases) }
        if chance.below(3) == 0 { child.tags = ["t\(chance.below(3))"] }
        return child
    }

    private func drawOptions(_ deadline: Duration) -> StartOptions {
        StartOptions(
            deadline: deadline, onFailure: chance.below(4) == 0 ? .rollBack : .continue,
            existing: chance.below(3) == 0 ? .keep : .refuse)
    }

    func start(_ children: [Child], _ options: StartOptions) {
        let number = ask(.start(options), children.map(\.id), Time(options.deadline))
        // What is kept may have been wished for by somebody else, as one that ends its own wish.
        let mayBeKept = options.existing == .keep
        operations[number]?.isFleeting = Set(
            children.filter { $0.restart != .permanent || (mayBeKept && !Behaviour($0.kind).isSteady) }.map(\.id))
        post(.startAsked(OperationID(number), children, options))
    }

    func stop(_ ids: [ChildID], _ options: StopOptions) {
        let number = ask(.stop, ids, Time(options.deadline))
        post(.stopAsked(OperationID(number), ids, options))
    }

    func change(_ id: ChildID, metadata: [String: MetadataValue], tags: Set<String>, deadline: Duration) {
        let number = ask(.change(metadata, tags), [id], Time(deadline))
        post(.changeAsked(OperationID(number), id, metadata: metadata, tags: tags, deadline: deadline))
    }

    private func ask(_ sort: AskedWork.Sort, _ children: [ChildID], _ deadline: Time) -> UInt64 {
        lastOperation += 1
        let overdueAt = now.advanced(by: .nanoseconds(deadline) + Limits.operationGrace)
        var work = AskedWork(
            sort: sort, children: children, key: RequestID(caller: machine.incarnation, sequence: lastOperation),
            askedAt: world.now, deadline: deadline, overdueAt: overdueAt, isAlone: false)
        work.lives = memberLives()
        world.wishes.asked(&work, of: self)
        operations[lastOperation] = work
        later(.overdue(lastOperation), after: deadline + Time(Limits.operationGrace))
        return lastOperation
    }
}

// MARK: - What they are told

extension HostedHub {
    func answered(_ number: UInt64, _ answers: [ChildAnswer]) {
        guard var work = operations.removeValue(forKey: number) else {
            return complain(.operations, "answers operation \(number), which is over")
        }
        let registries = world.registries(of: id)
        for answer in answers {
            if let kind = answer.outcome.kind { world.marks.reach(.outcome(kind)) }
            work.answers[answer.child, default: 0] += 1
            work.answered += 1
            work.hasFailed = work.hasFailed || answer.outcome.isFailure
            if answer.outcome != .failed(.leaving), answer.outcome != .failed(.overloaded) { work.isRefused = false }
            checkRead(answer, work)
            checkUnread(answer, work)
            world.wishes.answered(answer, work, self, registries)
        }
        operations[number] = work
    }

    /// Read your writes: what a caller is told stands in its node's rows (S12), unless somebody else asked for something
    /// of the child too: what is told in one batch may be older than another thing that is told with it.
    private func checkRead(_ answer: ChildAnswer, _ work: AskedWork) {
        guard work.isAlone, world.wishes.isUntouched(answer.child, by: work, self),
            !world.isOvertaken(answer.child, on: self)
        else { return }
        switch answer.outcome {
        case .started(let route, _):
            guard case .wished(let kind, _, _, let hosts) = rows[answer.child] else {
                // Where views may differ, two owners may begin it, and one that fails ends the wish.
                guard !work.isFleeting.contains(answer.child), !work.rollsBack, world.isCalm else { return }
                return complain(.lookup, "\(answer.child) was started and readers do not know it (S12)")
            }
            // One that may be taken back is told when all are decided; it may have failed since.
            if work.rollsBack, !Behaviour(kind).isSteady { return }
            if hosts.contains(where: { $0.epoch >= route.epoch }) { return }
            // One that ends by itself may have ended when its caller is told.
            if !Behaviour(kind).isSteady { return }
            // The answer may have waited for others, and its host's life be over, or that of the host it moved to since, or
            // it met another activation.
            if work.lives != memberLives() || world.isSuperseded(answer.child, route, on: self) { return }
            complain(.lookup, "\(answer.child) was started and readers do not see where (S12)")
        case .stopped:
            if rows[answer.child] == nil { return }
            complain(.lookup, "\(answer.child) was stopped and readers still see it (S12)")
        case .changed:
            guard case .change(let metadata, let tags) = work.sort,
                case .wished(_, let seen, let seenTags, _) = rows[answer.child]
            else { return }
            if seen == metadata, seenTags == tags { return }
            complain(.lookup, "\(answer.child) was changed and readers do not see it (S12)")
        case .failed: break
        }
    }

    /// Nobody is told that its time is over while the answer of an owner lies there unread: what came while the process
    /// stood still is read before its timers.
    private func checkUnread(_ answer: ChildAnswer, _ work: AskedWork) {
        guard case .failed(.deadlinePassed) = answer.outcome else { return }
        for case .received(.operation(.answered(work.key, _, _)), _, _) in inbox {
            complain(.operations, "\(answer.child) is told late, and what its owner answered lies unread")
        }
    }

    /// The members that this hub sees, as they are.
    private func memberLives() -> [MemberLife] {
        // In the order of the view, which is that of their names.
        var lives = view?.members.map { MemberLife(name: $0.name, incarnation: $0.incarnation) } ?? []
        for hub in world.hubs(of: id) {
            if let place = lives.firstIndex(where: { $0.name == hub.name }) { lives[place].life = hub.life }
        }
        return lives
    }

    func finished(_ number: UInt64, isRolledBack: Bool) {
        guard let work = operations.removeValue(forKey: number) else {
            return complain(.operations, "finishes operation \(number), which is over")
        }
        world.operationsEnded += 1
        var named: [ChildID: Int] = [:]
        for child in work.children { named[child, default: 0] += 1 }
        if named != work.answers {
            complain(
                .operations, "\(work.answered) answers for the \(work.children.count) children of operation \(number)")
        }
        if isRolledBack != (work.rollsBack && work.hasFailed && !work.isRefused) {
            complain(.rollback, "operation \(number) says \(isRolledBack ? "" : "not ")rolled back")
        }
        world.wishes.finished(work, isRolledBack: isRolledBack, self)
    }

    /// An operation should have ended by now, if the process did not stand still.
    func checkOverdue(_ number: UInt64) {
        guard let work = operations[number] else { return }
        // Who stands still or is slow tells nobody anything in time.
        let isExcused = world.now - node.runsSince < .seconds(1) || world.now - node.slowUntil < .seconds(3)
        if work.overdueAt.advanced(by: .milliseconds(200)) < now || (isExcused && work.excuses < 20) {
            operations[number]?.excuses += 1
            operations[number]?.overdueAt = now.advanced(by: .seconds(1))
            return later(.overdue(number), after: .seconds(1))
        }
        complain(.operations, "operation \(number), a \(work.sort.word), did not end by its deadline")
    }
}
