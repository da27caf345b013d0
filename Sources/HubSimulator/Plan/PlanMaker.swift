// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// Draws a plan from a seed: storms of faults, and calm between them in which everybody has to agree again.
package struct PlanMaker {
    private var plan: Plan
    private var chance: SeededGenerator
    /// How likely each sort of trouble is, in this world.
    private var weights: [(trouble: Trouble, weight: UInt64)] = []

    /// One sort of trouble that a storm is made of.
    enum Trouble: CaseIterable {
        case crash, vanish, restartStorm, crashTogether, coldStart
        case pause, pauseTogether, hiccups, slowDown
        case cut, oneWay, isolation, halves, swizzle, ring, reject, sever, flaps
        case loss, doubling, delay, jump
        case drain, leave, twin, find, hubs
    }

    /// - Parameter profile: `nil` lets the seed draw its own mixture, and its own limits.
    package static func plan(seed: UInt64, nodes: Int, duration: Time, profile: Profile? = nil) -> Plan {
        var maker = PlanMaker(seed: seed, nodes: nodes, duration: duration, profile: profile)
        maker.draw()
        return maker.plan
    }

    private init(seed: UInt64, nodes: Int, duration: Time, profile: Profile?) {
        plan = Plan(seed: seed, nodes: nodes, duration: duration, profile: profile)
        chance = Chance.faults.stream(of: seed)
        plan.climate = ClimateMaker.climate(seed: seed, nodes: nodes, profile: profile)
        weights = Self.weights(of: profile, using: &chance)
    }

    private static func weights(
        of profile: Profile?, using chance: inout SeededGenerator
    ) -> [(trouble: Trouble, weight: UInt64)] {
        guard let profile else {
            return Trouble.allCases.map { trouble in
                let weight = chance.below(3) == 0 ? chance.below(10) : 0
                return (trouble: trouble, weight: weight)
            }
        }
        let usual: [Trouble] =
            switch profile {
            case .calm: [.drain, .leave, .hubs, .find]
            case .lossy: [.loss, .doubling, .delay, .hubs]
            case .flapping: [.flaps, .sever, .flaps, .oneWay, .reject]
            case .pausing: [.pause, .pauseTogether, .hiccups]
            case .partitions: [.cut, .oneWay, .isolation, .halves, .swizzle, .ring, .reject]
            case .churn: [.crash, .vanish, .restartStorm, .crashTogether, .coldStart, .leave, .drain, .twin]
            case .slow: [.slowDown, .hubs]
            }
        return usual.map { (trouble: $0, weight: 1) }
    }

    // MARK: - Storms

    private mutating func draw() {
        if plan.nodes > 2, chance.below(4) == 0 { plan.absent = [chance.index(below: plan.nodes)] }
        for seat in plan.absent { plan.faults.append(Planned(within(2...10), .start(seat))) }
        var time = Time.seconds(3) + within(0...2)
        while time < plan.duration {
            let end = min(plan.duration, time + within(1...12))
            storm(from: time, to: end)
            time = max(end, latest) + Time.milliseconds(Int64(chance.below(14_000)))
        }
        drawExtra()
        plan.faults.sort { $0.time < $1.time }
    }

    /// When the last of the planned faults that end by themselves is over.
    private var latest: Time { plan.faults.map(\.end).max() ?? 0 }

    private mutating func storm(from start: Time, to end: Time) {
        let total = weights.reduce(0) { $0 + $1.weight }
        guard total > 0 else { return }
        for _ in 0...chance.below(4) {
            var left = chance.below(total)
            for (trouble, weight) in weights {
                if left < weight {
                    draw(trouble, at: chance.within(start...end))
                    break
                }
                left -= weight
            }
        }
    }

    private mutating func add(_ time: Time, _ fault: Fault) { plan.faults.append(Planned(time, fault)) }

    private mutating func draw(_ trouble: Trouble, at time: Time) {
        switch trouble {
        case .crash, .vanish, .restartStorm, .crashTogether, .coldStart: drawEnds(trouble, at: time)
        case .pause, .pauseTogether, .hiccups, .slowDown: drawPauses(trouble, at: time)
        case .cut, .oneWay, .isolation, .halves, .swizzle, .ring, .reject, .sever, .flaps: drawCuts(trouble, at: time)
        case .loss: add(time, .lose(perMillion: 20_000 + chance.below(300_000), for: within(1...5)))
        case .doubling: add(time, .double(perMillion: chance.below(500_000), for: within(1...5)))
        case .delay: add(time, .delay(by: .milliseconds(Int64(chance.below(300))), for: within(1...5)))
        case .jump: add(time, .jump(someNode, byMilliseconds: chance.within(-3_600_000...3_600_000)))
        case .drain, .leave, .twin, .find, .hubs: drawOrders(trouble, at: time)
        }
    }

    private var someNode: Int { mutating get { chance.index(below: plan.nodes) } }

    /// A span of so many seconds, at random.
    private mutating func within(_ seconds: ClosedRange<Int64>) -> Time {
        chance.within(.seconds(seconds.lowerBound)...(.seconds(seconds.upperBound)))
    }

    /// A span whose length is as likely to be short as long.
    private mutating func anySpan(upTo seconds: Int64) -> Time {
        let longest = Time.seconds(seconds)
        return chance.within(.milliseconds(20)...max(.milliseconds(30), longest >> Int64(chance.below(8))))
    }

    private mutating func someNodes() -> [Int] {
        var all = Array(0..<plan.nodes)
        chance.shuffle(&all)
        return Array(all.prefix(1 + chance.index(below: max(1, plan.nodes - 1)))).sorted()
    }
}

// MARK: - Kinds of trouble

extension PlanMaker {
    private mutating func drawEnds(_ trouble: Trouble, at time: Time) {
        switch trouble {
        case .crash: add(time, .crash(someNode, backAfter: anySpan(upTo: 12)))
        case .vanish: add(time, .vanish(someNode, backAfter: anySpan(upTo: 16)))
        case .restartStorm:
            plan.shapes.append(.restartStorm)
            let node = someNode
            var next = time
            for _ in 0...(1 + chance.below(5)) {
                let rest = anySpan(upTo: 2)
                add(next, .crash(node, backAfter: rest))
                next += rest + anySpan(upTo: 3)
            }
        case .crashTogether:
            plan.shapes.append(.crashTogether)
            for node in someNodes() { add(time, .crash(node, backAfter: anySpan(upTo: 10))) }
        default:
            plan.shapes.append(.coldStart)
            for node in 0..<plan.nodes { add(time, .crash(node, backAfter: anySpan(upTo: 6))) }
        }
    }

    private mutating func drawPauses(_ trouble: Trouble, at time: Time) {
        switch trouble {
        case .pause:
            let (node, span) = (someNode, anySpan(upTo: 25))
            add(time, .pause(node, for: span))
            if chance.below(8) == 0 { askToLeave([node], from: time, for: span) }
        case .pauseTogether:
            plan.shapes.append(.pauseTogether)
            let span = anySpan(upTo: 20)
            let nodes = chance.below(3) == 0 ? Array(0..<plan.nodes) : someNodes()
            for node in nodes { add(time + .milliseconds(Int64(chance.below(50))), .pause(node, for: span)) }
            if chance.below(4) == 0 { askToLeave(nodes, from: time + .milliseconds(50), for: span) }
        case .hiccups: hiccups(at: time)
        default: add(time, .slow(someNode, for: within(2...15)))
        }
    }

    /// Somebody asks some of these to leave while they stand still: they learn it when they go on, before anything else.
    private mutating func askToLeave(_ nodes: [Int], from time: Time, for span: Time) {
        plan.shapes.append(.askedInVain)
        for node in nodes where chance.below(2) == 0 {
            add(time + chance.within(0...span), .leave(node, backAfter: anySpan(upTo: 12)))
        }
    }

    /// Processes stand still one after another, each for less than anybody's patience, and no process twice.
    private mutating func hiccups(at time: Time) {
        plan.shapes.append(.hiccups)
        var next = time
        for node in someNodes() {
            add(next, .pause(node, for: chance.within(.milliseconds(300)...Plan.shortPause)))
            next += chance.within(.milliseconds(100)...(.milliseconds(1_200)))
        }
    }

    private mutating func drawCuts(_ trouble: Trouble, at time: Time) {
        guard plan.nodes > 1 else { return }
        let first = someNode
        let second = (first + 1 + chance.index(below: plan.nodes - 1)) % plan.nodes
        switch trouble {
        case .cut: add(time, .cut(first, second, both: true, for: anySpan(upTo: 20)))
        case .oneWay: add(time, .cut(first, second, both: false, for: anySpan(upTo: 20)))
        case .isolation:
            plan.shapes.append(.isolation)
            add(time, .split([first], for: anySpan(upTo: 20)))
        case .halves:
            plan.shapes.append(.halves)
            add(time, .split(someNodes(), for: anySpan(upTo: 20)))
        case .swizzle: swizzle(at: time)
        case .ring: ring(at: time)
        case .reject: add(time, .reject(first, second, for: anySpan(upTo: 15)))
        case .sever: add(time, .sever(first, second))
        default: flap(first, at: time)
        }
    }

    /// Several links are cut one after another and healed in another order.
    private mutating func swizzle(at time: Time) {
        plan.shapes.append(.swizzle)
        var pairs = (0..<plan.nodes).flatMap { one in ((one + 1)..<plan.nodes).map { (one, $0) } }
        if pairs.isEmpty { return }
        chance.shuffle(&pairs)
        for (one, other) in pairs.prefix(2 + chance.index(below: 6)) {
            let start = time + .milliseconds(Int64(chance.below(4_000)))
            add(start, .cut(one, other, both: chance.below(3) > 0, for: anySpan(upTo: 12)))
        }
    }

    private mutating func ring(at time: Time) {
        guard plan.nodes > 3, plan.nodes <= 16 else { return }
        plan.shapes.append(.ring)
        let span = anySpan(upTo: 12)
        for one in 0..<plan.nodes {
            for other in (one + 1)..<plan.nodes where other - one > 1 && other - one < plan.nodes - 1 {
                add(time, .cut(one, other, both: true, for: span))
            }
        }
    }

    private mutating func flap(_ node: Int, at time: Time) {
        plan.shapes.append(.flaps)
        if chance.below(4) == 0 { return flapQuickly(node, at: time) }
        var next = time
        let isProcess = chance.below(3) == 0
        for _ in 0...(2 + chance.below(6)) {
            let span = chance.within(.milliseconds(50)...(.milliseconds(1_500)))
            if isProcess {
                add(next, .crash(node, backAfter: span))
            } else if chance.below(3) == 0 {
                add(next, .sever(node, (node + 1) % plan.nodes))
            } else {
                add(next, .split([node], for: chance.below(4) == 0 ? span + .seconds(6) : span))
            }
            next += span + chance.within(.milliseconds(100)...(.milliseconds(2_500)))
        }
    }

    /// A process that ends and starts all the time, and another one that ends meanwhile.
    private mutating func flapQuickly(_ node: Int, at time: Time) {
        var next = time
        for _ in 0...(12 + chance.below(12)) {
            let span = chance.within(.milliseconds(100)...(.milliseconds(250)))
            add(next, .crash(node, backAfter: span))
            next += span + chance.within(.milliseconds(100)...(.milliseconds(250)))
        }
        let other = (node + 1 + chance.index(below: plan.nodes - 1)) % plan.nodes
        add(time + .milliseconds(500), .crash(other, backAfter: .seconds(8)))
    }

    private mutating func drawOrders(_ trouble: Trouble, at time: Time) {
        let node = someNode
        switch trouble {
        case .drain: add(time, .drain(node))
        case .leave:
            if chance.below(5) == 0 { return leaveTogether(from: time) }
            add(time, .leave(node, backAfter: anySpan(upTo: 12)))
        case .twin: add(time, .twin(of: node))
        case .find:
            // Discovery looks again and again, and finds others.
            for round in 0...Int64(chance.below(3)) {
                add(time + .seconds(2) * round, .find(node, address: someNode))
            }
        default:
            let hub = chance.index(below: 3)
            add(time, .startHub(node, hub))
            guard chance.below(2) == 0 else { return }
            let span = anySpan(upTo: 5)
            add(time + span, .stopHub(node, hub))
            // The hub that runs everywhere comes back.
            if hub == 0 { add(time + 2 * span, .startHub(node, hub)) }
        }
    }
}

extension PlanMaker {
    /// A few worlds have one trouble more, by chance of its own: what all others go through is not touched by it.
    private mutating func drawExtra() {
        var chance = Chance.extras.stream(of: plan.seed)
        let latest = plan.duration - .seconds(16)
        guard plan.profile == nil, plan.nodes > 2, latest > .seconds(4) else { return }
        switch chance.below(16) {
        case 0: usurp(from: .seconds(4)...latest, &chance)
        case 1: pauseDraining(from: .seconds(4)...latest, &chance)
        default: break
        }
    }

    /// Half of the nodes are cut off, and the others, to whom these are dead, take in a second process with the name of
    /// one.
    private mutating func usurp(from times: ClosedRange<Time>, _ chance: inout SeededGenerator) {
        plan.shapes.append(.usurper)
        var side = Array(0..<plan.nodes)
        chance.shuffle(&side)
        side.removeLast(plan.nodes / 2)
        let start = chance.within(times)
        add(start, .split(side.sorted(), for: chance.within(.seconds(8)...(.seconds(11)))))
        add(start + chance.within(0...(.seconds(2))), .twin(of: side[0]))
    }

    /// A process that drains stands still for longer than everybody's patience, and then leaves.
    private mutating func pauseDraining(from times: ClosedRange<Time>, _ chance: inout SeededGenerator) {
        let node = chance.index(below: plan.nodes)
        let start = chance.within(times)
        let pause = start + chance.within(.milliseconds(50)...(.seconds(1)))
        let span = chance.within(.seconds(4)...(.seconds(9)))
        add(start, .drain(node))
        add(pause, .pause(node, for: span))
        add(pause + span + chance.within(.milliseconds(500)...(.seconds(2))), .leave(node, backAfter: .seconds(1)))
    }

    /// Somebody stops the whole cluster in good order, and starts it again.
    private mutating func leaveTogether(from time: Time) {
        plan.shapes.append(.leaveTogether)
        let spread = anySpan(upTo: 4)
        for node in 0..<plan.nodes {
            add(time + chance.within(0...spread), .leave(node, backAfter: anySpan(upTo: 12)))
        }
    }
}

extension Plan {
    /// Nobody is called dead for standing still for so long.
    static let shortPause: Time = .milliseconds(1_500)
    /// Of two processes with one name one has given way by then.
    static let twinDecided: Time = .seconds(8)
    /// How long a process with the name of another is there, if it is not sent away.
    static let twinTime: Time = .seconds(12)
}

extension Planned {
    /// When it is over, if it ends by itself.
    package var end: Time {
        switch fault {
        case .crash(_, let span), .vanish(_, let span), .leave(_, let span), .pause(_, let span), .slow(_, let span),
            .cut(_, _, _, let span), .split(_, let span), .reject(_, _, let span):
            time + (span ?? 0)
        case .twin: time + Plan.twinTime
        case .lose(_, let span), .double(_, let span), .delay(_, let span): time + span
        default: time
        }
    }
}
